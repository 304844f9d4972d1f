import { FormatError } from '../../../protocol/errors.ts';

/**
 * Reads bytes and LEB128 numbers that may come from anyone. Every read throws FormatError past the end, at a number
 * that is longer than it needs to be, and at one whose size could lose digits.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw new FormatError('the bytes end too early');
    this.#offset++;
    return value;
  }

  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new FormatError('a number is too large');
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) throw new FormatError('a number is longer than it needs to be');
        return value;
      }
      scale *= 0x80;
      if (scale > 2 ** 49) throw new FormatError('a number is too long');
    }
  }

  /** Throws unless the number is at most `most`. */
  ulebUpTo(most: number, what: string): number {
    const value = this.uleb();
    if (value > most) throw new FormatError(`${what}: ${value} is more than ${most}`);
    return value;
  }

  sleb(): number {
    let value = 0;
    let scale = 1;
    let previous = 0;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) {
        // A last byte that only repeats the sign bit of the one before adds nothing.
        const needless = scale > 0x80 && byte === ((previous & 0x40) === 0 ? 0 : 0x7f);
        if (needless) throw new FormatError('a number is longer than it needs to be');
        return byte >= 0x40 ? value - scale : value;
      }
      if (scale > 2 ** 42) throw new FormatError('a number is too long');
      previous = byte;
    }
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    if (count > this.remaining) throw new FormatError('the bytes end too early');
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }
}
