import type { Timer } from '../../effects/clock.ts';
import type { Watch, Watcher, WatchHint } from '../../effects/watcher.ts';
import type { FolderContext } from '../context.ts';
import { HIDDEN } from '../disk/places.ts';

/** Hints that say where to look. */
export type LookHint = Exclude<WatchHint, { kind: 'failed' }>;

/** A watch that failed is tried again so soon, then ever more seldom: it costs a look at every directory. */
const RETRY_FIRST_MS = 5000;
const RETRY_LAST_MS = 10 * 60_000;
const FAILED = 'watch-failed';

/**
 * The watch on one root. What ends it may pass: the root was away for a moment, or there were no watches left. Without
 * one, changes are still found by the periodic scan.
 */
export class RootWatch {
  readonly #context: Pick<FolderContext, 'root' | 'problems' | 'clock'>;
  readonly #watcher: Watcher;
  readonly #onHint: (hint: LookHint) => void;
  #watch: Watch | undefined;
  #timer: Timer | undefined;
  #delayMs = RETRY_FIRST_MS;
  /** Counts attempts: what an earlier one still says is over. */
  #attempt = 0;

  constructor(
    context: Pick<FolderContext, 'root' | 'problems' | 'clock'>,
    watcher: Watcher,
    onHint: (hint: LookHint) => void,
  ) {
    this.#context = context;
    this.#watcher = watcher;
    this.#onHint = onHint;
  }

  /** Ends the watch there was, and watches anew. Never rejects: what goes wrong is shown and tried again. */
  async start(): Promise<void> {
    this.#delayMs = RETRY_FIRST_MS;
    await this.#try();
  }

  async close(): Promise<void> {
    this.#attempt += 1;
    this.#timer?.cancel();
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.close();
  }

  async #try(): Promise<void> {
    const closed = this.close();
    const attempt = this.#attempt;
    await closed;
    if (attempt !== this.#attempt) return;
    const { root, problems } = this.#context;
    try {
      const watch = await this.#watcher.watch(root.path, [HIDDEN], (hint) => {
        if (attempt !== this.#attempt) return;
        if (hint.kind === 'failed') this.#fail(hint.reason);
        this.#onHint(hint.kind === 'failed' ? { kind: 'overflow' } : hint);
      });
      // It may have failed, or be wanted no more, before it stood.
      if (attempt !== this.#attempt) return await watch.close();
      this.#watch = watch;
      if (problems.codeAt('') === FAILED) problems.clear('');
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #fail(reason: string): void {
    this.#context.problems.report('', FAILED, reason);
    void this.close();
    this.#timer = this.#context.clock.after(this.#delayMs, () => void this.#again());
    this.#delayMs = Math.min(this.#delayMs * 2, RETRY_LAST_MS);
  }

  async #again(): Promise<void> {
    await this.#try();
    // Whatever happened in between, nobody hinted at.
    if (this.#watch !== undefined) this.#onHint({ kind: 'overflow' });
  }
}
