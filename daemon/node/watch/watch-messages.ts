import type { WatchHint } from '../../effects/watcher.ts';

/** What the watch thread is asked for. `id` names one watch. */
export type WatchRequest =
  | { readonly kind: 'watch'; readonly id: number; readonly root: string; readonly ignored: readonly string[] }
  | { readonly kind: 'close'; readonly id: number };

/** What it says. */
export type WatchReport =
  | { readonly kind: 'started'; readonly id: number }
  /** `code` is '' when the error had none. */
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'hints'; readonly id: number; readonly hints: readonly WatchHint[] }
  | { readonly kind: 'closed'; readonly id: number };
