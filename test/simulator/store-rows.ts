import type { Operation, Range } from '../../daemon/effects/key-value-store.ts';

/** Rows in the order of their keys' bytes. Gives away copies; keeps what it is given. */
export class Rows {
  /** One character a byte, so that strings sort as the bytes do. */
  #values = new Map<string, Uint8Array>();
  #sorted: string[] = [];

  static text(key: Uint8Array): string {
    return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(Rows.text(key))?.slice();
  }

  apply(batch: readonly Operation[]): void {
    for (const operation of batch) {
      const key = Rows.text(operation.key);
      if (operation.kind === 'put') {
        if (!this.#values.has(key)) this.#sorted.splice(this.#firstAtLeast(key), 0, key);
        this.#values.set(key, operation.value);
      } else if (this.#values.delete(key)) this.#sorted.splice(this.#firstAtLeast(key), 1);
    }
  }

  range({ from, to, limit = Number.POSITIVE_INFINITY, reverse = false }: Range): [Uint8Array, Uint8Array][] {
    const start = this.#firstAtLeast(Rows.text(from));
    const end = this.#firstAtLeast(Rows.text(to));
    const found = reverse
      ? this.#sorted.slice(Math.max(start, end - limit), end).toReversed()
      : this.#sorted.slice(start, Math.min(end, start + limit));
    return found.map((key) => [bytesOf(key), this.#values.get(key)?.slice() ?? new Uint8Array()]);
  }

  keys(): readonly Uint8Array[] {
    return this.#sorted.map(bytesOf);
  }

  copy(): Rows {
    const other = new Rows();
    other.#values = new Map(this.#values);
    other.#sorted = [...this.#sorted];
    return other;
  }

  /** The index of the first key that is not before this one. */
  #firstAtLeast(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
