import type { Timer } from '../effects/clock.ts';
import { forgetGone } from '../store/forget-gone.ts';
import { type FolderContext, onDisk } from './context.ts';

/** Starting is busy enough without tidying up. */
const FIRST_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Deleted and replaced files stay this long in the trash, and at most this much of them. */
const TRASH_MS = 30 * DAY_MS;
const TRASH_BYTES = 10 * 1024 ** 3;

/** Once a day: old trash goes, staged files that nobody wants any more, and what the index has of files long gone. */
export class Housekeeping {
  readonly #context: FolderContext;
  readonly #isSettled: () => boolean;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(context: FolderContext, isSettled: () => boolean) {
    this.#context = context;
    this.#isSettled = isSettled;
  }

  start(): void {
    this.#plan(FIRST_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #plan(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#timer = this.#context.clock.after(delayMs, () => void this.#sweep().finally(() => this.#plan(DAY_MS)));
  }

  async #sweep(): Promise<void> {
    const { disk, root, clock, logger, store, config, turn } = this.#context;
    try {
      const forgotten = await forgetGone(store, config.number, clock.now(), async (work) => {
        if (!this.#stopped) await turn.take(work);
      });
      if (forgotten > 0) logger.info('files that are gone for long were forgotten', { forgotten });
    } catch (error) {
      if (!this.#stopped) logger.warn('the index could not be swept', { folder: config.name, error: String(error) });
    }
    if (this.#stopped) return;
    try {
      const { staged } = await onDisk(disk, { kind: 'prepare', path: root.path, marker: undefined });
      await onDisk(disk, {
        kind: 'sweep',
        root,
        // What is staged while something is still wanted may be half of it.
        unwantedStages: this.#isSettled() ? staged : [],
        trashBeforeMs: clock.now() - TRASH_MS,
        trashLimitBytes: TRASH_BYTES,
      });
    } catch (error) {
      logger.warn('the trash could not be swept', { folder: config.name, error: String(error) });
    }
  }
}
