import type { WatchHint } from '../../effects/watcher.ts';

/** How long hints wait for more of the same. */
const DRAIN_DELAY_MS = 10;

/**
 * Raw events between two drains that count as lost events. When the kernel's queue is full it drops what comes and says
 * so once, but libuv drops that message: the sign that is left is that so many events arrive at once. The queue holds
 * 16,384 (fs.inotify.max_queued_events); libuv empties it in one go, before any timer runs.
 */
export const LOST_EVENTS_COUNT = 8192;

/** Different directories remembered between two drains; scanning everything costs less than as many single hints. */
const DIRECTORIES_LIMIT = 4096;

/** Turns raw events into few hints: one per directory, at most every `DRAIN_DELAY_MS`, in bounded memory. */
export class HintCollector {
  readonly #onHint: (hint: WatchHint) => void;
  readonly #beforeDrain: (lost: boolean) => void;
  readonly #directories = new Set<string>();
  readonly #subtrees = new Set<string>();
  #rawEvents = 0;
  #lost = false;
  #timer: NodeJS.Timeout | undefined;
  #open = true;

  /** `beforeDrain` may add hints of its own; `lost` tells that an overflow is about to be reported. */
  constructor(onHint: (hint: WatchHint) => void, beforeDrain: (lost: boolean) => void = () => undefined) {
    this.#onHint = onHint;
    this.#beforeDrain = beforeDrain;
  }

  /** One event from below, whether or not it becomes a hint. */
  countEvent(): void {
    this.#rawEvents += 1;
    this.#arm();
  }

  directory(path: string): void {
    if (this.#directories.size < DIRECTORIES_LIMIT) this.#directories.add(path);
    else this.#lost = true;
    this.#arm();
  }

  subtree(path: string): void {
    if (this.#subtrees.size < DIRECTORIES_LIMIT) this.#subtrees.add(path);
    else this.#lost = true;
    this.#arm();
  }

  overflow(): void {
    this.#lost = true;
    this.#arm();
  }

  /** The last hints of all: what went unnoticed until now is to be scanned for, too. */
  fail(reason: string): void {
    if (!this.#open) return;
    this.close();
    this.#onHint({ kind: 'overflow' });
    this.#onHint({ kind: 'failed', reason });
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#forget();
  }

  #arm(): void {
    if (!this.#open || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#drain(), DRAIN_DELAY_MS);
  }

  #drain(): void {
    const lost = (): boolean => this.#lost || this.#rawEvents >= LOST_EVENTS_COUNT;
    // The timer still counts as armed here, so that hints added now are not drained a second time.
    this.#beforeDrain(lost());
    this.#timer = undefined;
    if (!this.#open) return;
    const hints: WatchHint[] = lost() ? [{ kind: 'overflow' }] : this.#pending();
    this.#forget();
    for (const hint of hints) this.#onHint(hint);
  }

  #pending(): WatchHint[] {
    const subtrees = [...this.#subtrees].filter((path) => !coveredBy(this.#subtrees, parentOf(path)));
    const directories = [...this.#directories].filter((path) => !coveredBy(this.#subtrees, path));
    return [
      ...subtrees.map((directory) => ({ kind: 'subtree', directory }) as const),
      ...directories.map((directory) => ({ kind: 'directory', directory }) as const),
    ];
  }

  #forget(): void {
    this.#directories.clear();
    this.#subtrees.clear();
    this.#rawEvents = 0;
    this.#lost = false;
  }
}

/** The directory that holds `path`; undefined for the root. */
export function parentOf(path: string): string | undefined {
  if (path === '') return undefined;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last name of `path`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The root-relative path of a child. */
export function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function coveredBy(subtrees: ReadonlySet<string>, path: string | undefined): boolean {
  if (subtrees.size === 0) return false;
  for (let each = path; each !== undefined; each = parentOf(each)) {
    if (subtrees.has(each)) return true;
  }
  return false;
}
