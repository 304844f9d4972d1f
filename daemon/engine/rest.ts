import type { Clock } from '../effects/clock.ts';

/** Those who wait for a stage to come to rest. */
export class Rest {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stage has come to rest. */
  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves when the next stage comes to rest, or after `timeoutMs`. */
  next(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#listeners.delete(done);
        resolve();
      };
      const timer = this.#clock.after(timeoutMs, done);
      this.#listeners.add(done);
    });
  }
}
