import { FormatError } from './errors.ts';

/** Bytes that `writeVarint` takes at most: 2^53 - 1 has eight groups of seven bits. */
export const VARINT_MAX_BYTES = 8;

/** Unsigned LEB128: seven bits a byte, lowest first, the top bit on all but the last. Returns where the next thing goes. */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest > 0x7f) {
    bytes[at] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Bytes that the value takes as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Reads packed fields one after another. Every method throws FormatError when the bytes end too early. */
export class PackedReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw new FormatError('too short');
    this.#offset = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  /** All that is left, perhaps nothing. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  /** Big-endian, 1 … 6 bytes. */
  uint(length: number): number {
    let value = 0;
    for (const byte of this.bytes(length)) value = value * 256 + byte;
    return value;
  }

  /** Big-endian, two's complement, 8 bytes. */
  int64(): bigint {
    const view = this.bytes(8);
    return new DataView(view.buffer, view.byteOffset, 8).getBigInt64(0);
  }

  /** Throws FormatError above 2^53 - 1 or when a shorter form exists. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_MAX_BYTES; i += 1) {
      const byte = this.uint(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw new FormatError('a number in a longer form than it needs');
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new FormatError('a number above 2^53 - 1');
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw new FormatError('bytes after the end');
  }
}
