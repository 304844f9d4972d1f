import type { Clock, Timer } from '../effects/clock.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';

/** After a failure of the database all is tried again soon, and ever more seldom while it fails again, up to this. */
const FIRST_MS = 5000;
const LAST_MS = 60_000;

/**
 * Brings the folders back after the disk did not let the database be read or written: a full disk, too many open files,
 * a cable. Whether a write that failed is there after all shows only when the database is opened anew, so every folder
 * is opened anew with it, as after a restart.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #halt: (error: unknown) => void;
  readonly #openAgain: () => Promise<void>;
  #timer: Timer | undefined;
  #delayMs = FIRST_MS;
  #openedMs = 0;
  #failing = false;
  #stopped = false;

  /**
   * @param halt stops all folders for now
   * @param openAgain opens the database and all folders anew; rejects when that is not possible yet
   */
  constructor(clock: Clock, halt: (error: unknown) => void, openAgain: () => Promise<void>) {
    this.#clock = clock;
    this.#halt = halt;
    this.#openAgain = openAgain;
  }

  /** The same store, with an eye on whether it fails. */
  watch(store: KeyValueStore): KeyValueStore {
    const told = (error: unknown): unknown => {
      if (isUnusable(error)) this.#fail(error);
      return error;
    };
    return {
      ...store,
      get(key) {
        try {
          return store.get(key);
        } catch (error) {
          throw told(error);
        }
      },
      range: (range) =>
        store.range(range).catch((error: unknown) => {
          throw told(error);
        }),
      write: (batch, options) =>
        store.write(batch, options).catch((error: unknown) => {
          throw told(error);
        }),
    };
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #fail(error: unknown): void {
    this.#halt(error);
    if (this.#failing || this.#stopped) return;
    this.#failing = true;
    const again = this.#clock.monotonicMs() - this.#openedMs < LAST_MS;
    this.#delayMs = again ? Math.min(2 * this.#delayMs, LAST_MS) : FIRST_MS;
    this.#plan();
  }

  #plan(): void {
    if (!this.#stopped) this.#timer = this.#clock.after(this.#delayMs, () => void this.#attempt());
  }

  async #attempt(): Promise<void> {
    try {
      // What fails again while it is opened plans the next attempt itself.
      this.#failing = false;
      await this.#openAgain();
      this.#openedMs = this.#clock.monotonicMs();
    } catch (error) {
      this.#fail(error);
    }
  }
}

function isUnusable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'state-unusable';
}
