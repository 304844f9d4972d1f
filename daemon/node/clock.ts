import type { Clock, Timer } from '../effects/clock.ts';

/** Longest delay of a Node timer; it takes a longer one for 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clocks and timers. */
export function createNodeClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (delayMs, call) => new NodeTimer(delayMs, call),
  };
}

class NodeTimer implements Timer {
  readonly #dueMs: number;
  readonly #call: () => void;
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: number, call: () => void) {
    this.#dueMs = performance.now() + delayMs;
    this.#call = call;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(delayMs: number): void {
    this.#timeout = setTimeout(
      () => {
        const leftMs = this.#dueMs - performance.now();
        // Timers count whole milliseconds and may fire a fraction early.
        if (leftMs > 0) this.#arm(Math.ceil(leftMs));
        else this.#call();
      },
      Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS),
    );
    this.#timeout.unref();
  }
}
