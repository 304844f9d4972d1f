/**
 * All chance of a simulated world. mulberry32 (Tommy Ettinger, public domain): 32 bits of state are enough, since every
 * world has its own seed and draws some ten thousand numbers.
 */
export class Dice {
  #state: number;

  /** @param seed an integer; only its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer, 0 … 2^32 − 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer, 0 … bound − 1; 0 for a bound below 2. */
  below(bound: number): number {
    return bound < 2 ? 0 : this.next() % bound;
  }

  /** A fraction, 0 ≤ x < 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Mostly near `low`, now and then near `high`: the shape of real delays. */
  delay(low: number, high: number): number {
    return low + (high - low) * this.fraction() ** 4;
  }

  /** Throws on an empty list. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) bytes[index] = this.next() >>> 24;
    return bytes;
  }

  /** Dice of their own, so that draws here and there do not depend on each other. */
  fork(): Dice {
    return new Dice(this.next());
  }
}
