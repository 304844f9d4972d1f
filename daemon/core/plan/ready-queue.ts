/** A binary heap of numbers, smallest first. */
export class ReadyQueue {
  readonly #keys: number[] = [];

  get first(): number | undefined {
    return this.#keys[0];
  }

  push(key: number): void {
    const keys = this.#keys;
    let at = keys.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = keys[parent] ?? key;
      if (above <= key) break;
      keys[at] = above;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number | undefined {
    const keys = this.#keys;
    const first = keys[0];
    const last = keys.pop();
    if (last === undefined || keys.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= keys.length) break;
      if ((keys[child + 1] ?? Number.POSITIVE_INFINITY) < (keys[child] ?? 0)) child += 1;
      const below = keys[child] ?? last;
      if (below >= last) break;
      keys[at] = below;
      at = child;
    }
    keys[at] = last;
    return first;
  }
}
