import type { Timer } from '../../daemon/effects/clock.ts';
import { Dice } from './dice.ts';

interface Event {
  readonly atMs: number;
  /** Drawn, so that what is due at one moment happens in any order. */
  readonly rank: number;
  readonly label: string;
  readonly call: () => void;
  cancelled: boolean;
}

/** Microtasks run to their end before the next event. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The time and order of a simulated world. Nothing happens but events of this queue; between two of them every promise
 * that can settle does. What the seed is decides everything.
 */
export class Schedule {
  readonly dice: Dice;
  nowMs = 0;
  /** Events so far. */
  count = 0;
  /** More events than this are a world that never comes to rest. */
  limit = Number.POSITIVE_INFINITY;
  /** FNV-1a over all that was noted: two runs of one seed end with the same. */
  hash = 0x811c9dc5;
  /** Hears every note of the trace; undefined costs nothing. */
  onNote: ((text: string) => void) | undefined;
  readonly #heap: Event[] = [];

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  /** Calls once, `delayMs` or a little more from now. */
  after(delayMs: number, label: string, call: () => void): Timer {
    const event: Event = {
      atMs: this.nowMs + Math.max(0, delayMs),
      rank: this.dice.next(),
      label,
      call,
      cancelled: false,
    };
    push(this.#heap, event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** A promise that resolves with what `call` returns, `delayMs` from now, and rejects with what it throws. */
  later<Result>(delayMs: number, label: string, call: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.after(delayMs, label, () => {
        try {
          resolve(call());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** Puts a line into the trace. */
  note(text: string): void {
    let { hash } = this;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    this.hash = hash >>> 0;
    this.onNote?.(text);
  }

  /** Runs the next event, if there is one not later than `untilMs`. */
  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > untilMs) return false;
      pop(this.#heap);
      if (first.cancelled) continue;
      this.nowMs = Math.max(this.nowMs, first.atMs);
      this.count += 1;
      if (this.count > this.limit) throw new Error(`still busy after ${this.limit} events`);
      this.note(`${this.nowMs.toFixed(3)} ${first.label}`);
      first.call();
      await breathe();
      return true;
    }
  }

  /** Lets `forMs` pass. */
  async pass(forMs: number): Promise<void> {
    const untilMs = this.nowMs + forMs;
    while (await this.step(untilMs));
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Runs until the condition holds; false when `withinMs` passed without. */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const untilMs = this.nowMs + withinMs;
    await breathe();
    while (!condition()) {
      if (await this.step(untilMs)) continue;
      this.nowMs = Math.max(this.nowMs, untilMs);
      return false;
    }
    return true;
  }

  /** Runs until the promise settles. Throws when it does not within `withinMs`. */
  async during<Result>(promise: Promise<Result>, withinMs: number): Promise<Result> {
    let settled = false;
    const noted = promise.finally(() => {
      settled = true;
    });
    // Awaited below; until then nobody else may call it unhandled.
    noted.catch(() => undefined);
    if (!(await this.until(() => settled, withinMs))) throw new Error(`nothing came of it within ${withinMs} ms`);
    return noted;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    let lower = heap[child];
    if (lower === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, lower)) {
      child += 1;
      lower = right;
    }
    if (!before(lower, last)) break;
    heap[at] = lower;
    at = child;
  }
  heap[at] = last;
}
