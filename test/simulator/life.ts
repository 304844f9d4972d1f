import type { Timer } from '../../daemon/effects/clock.ts';
import { Killed } from './disk/operations.ts';
import type { Schedule } from './schedule.ts';

const FOREVER = new Promise<never>(() => undefined);

/**
 * One run of one simulated process. All that a daemon waits for comes through its life: once it has ended, nothing
 * comes any more, and the daemon stands still wherever it was, as a process does after kill -9.
 */
export class Life {
  readonly schedule: Schedule;
  readonly name: string;
  ended = false;
  readonly #onEnd: (() => void)[] = [];

  constructor(schedule: Schedule, name: string) {
    this.schedule = schedule;
    this.name = name;
  }

  after(delayMs: number, label: string, call: () => void): Timer {
    return this.schedule.after(delayMs, `${this.name} ${label}`, () => this.now(call));
  }

  /** Calls at once, unless it has ended. */
  now(call: () => void): void {
    if (this.ended) return;
    try {
      call();
    } catch (error) {
      // It ended in the middle of this.
      if (!(error instanceof Killed)) throw error;
    }
  }

  /** What `call` returns `delayMs` from now; never settles when the life ends first, even if it ends inside `call`. */
  async later<Result>(delayMs: number, label: string, call: () => Result): Promise<Awaited<Result>> {
    const outcome = await new Promise<() => Result>((resolve) => {
      this.after(delayMs, label, () => {
        let result: () => Result;
        try {
          const value = call();
          result = () => value;
        } catch (error) {
          result = () => {
            throw error;
          };
        }
        if (!this.ended) resolve(result);
      });
    });
    const result = await outcome();
    return this.ended ? FOREVER : result;
  }

  /** Called once, at the end. */
  onEnd(call: () => void): void {
    this.#onEnd.push(call);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const call of this.#onEnd) call();
  }
}
