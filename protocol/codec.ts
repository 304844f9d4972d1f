import { decode as decodeCbor, encode as encodeCbor, type Token, Tokenizer } from 'cborg';
import { fromUtf8, isWellFormed } from './bytes.ts';
import { FormatError } from './errors.ts';
import { CODEC_MAX_DEPTH, CODEC_MAX_VALUES } from './limits.ts';

/**
 * What a message is made of: a subset of CBOR (RFC 8949) with one encoding for every value. Integers are `number` where
 * that is exact and `bigint` beyond, down to -2^64 and up to 2^64 - 1. No maps, tags, floats or undefined.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];

const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: true } as const;
const INTEGER_MAX = 2n ** 64n - 1n;
const INTEGER_MIN = -(2n ** 64n);

/** Shortest-form CBOR. Throws FormatError for a value that has no encoding, such as 0.5 or a lone surrogate. */
export function encode(value: Value): Uint8Array {
  assertEncodable(value, 0);
  return encodeCbor(value);
}

/** The only value whose encoding these bytes are. Throws FormatError for anything `encode` would not have written. */
export function decode(bytes: Uint8Array): Value {
  // Byte strings are cut out with `slice`, which is a copy only on a plain Uint8Array.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return decodeCbor(plain, { ...STRICT, tokenizer: new StrictTokens(plain) });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(error instanceof Error ? error.message : 'not decodable');
  }
}

function assertEncodable(value: Value, depth: number): void {
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new FormatError(`${value} is not an exact integer`);
  } else if (typeof value === 'bigint') {
    if (value > INTEGER_MAX || value < INTEGER_MIN) throw new FormatError(`${value} has more than 64 bits`);
  } else if (typeof value === 'string') {
    if (!isWellFormed(value)) throw new FormatError('text with a lone surrogate');
  } else if (Array.isArray(value)) {
    if (depth >= CODEC_MAX_DEPTH) throw new FormatError('nested too deep');
    for (const item of value as readonly Value[]) assertEncodable(item, depth + 1);
  } else {
    throw new FormatError('not a value of the codec');
  }
}

const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const SIMPLE_FALSE = 0xf4;
const SIMPLE_NULL = 0xf6;
/** Bytes before the content, by the low five bits of the first: the length in them, or in the 1, 2, 4 or 8 bytes that follow. */
function headLength(first: number): number {
  const low = first & 31;
  return low < 24 ? 1 : 1 + (1 << (low - 24));
}

/** Refuses what cborg would take but `encode` never writes: maps, tags, floats, invalid UTF-8, deep nesting, false lengths. */
class StrictTokens {
  readonly #inner: Tokenizer;
  readonly #bytes: Uint8Array;
  /** Items still to come of each open array. */
  readonly #open: number[] = [];
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#inner = new Tokenizer(bytes, STRICT);
    this.#bytes = bytes;
  }

  done(): boolean {
    return this.#inner.done();
  }

  pos(): number {
    return this.#inner.pos();
  }

  next(): Token {
    const start = this.#inner.pos();
    const first = this.#bytes[start] ?? 0;
    const major = first >>> 5;
    const isSimple = first >= SIMPLE_FALSE && first <= SIMPLE_NULL;
    if (major > MAJOR_ARRAY && !isSimple) throw new FormatError('a kind of value that is not used');
    this.#values += 1;
    if (this.#values > CODEC_MAX_VALUES) throw new FormatError('too many values in one message');
    const token = this.#inner.next();
    if (major === MAJOR_TEXT) {
      // cborg replaces invalid sequences and drops a leading byte order mark.
      token.value = fromUtf8(this.#bytes.subarray(start + headLength(first), this.#inner.pos()));
    }
    if (major === MAJOR_ARRAY) this.#enter(Number(token.value));
    else this.#leave();
    return token;
  }

  #enter(items: number): void {
    if (this.#open.length >= CODEC_MAX_DEPTH) throw new FormatError('nested too deep');
    if (items > this.#bytes.length - this.#inner.pos()) throw new FormatError('an array longer than its message');
    if (items > 0) this.#open.push(items);
    else this.#leave();
  }

  /** One item is complete, and with it perhaps the arrays that it was the last item of. */
  #leave(): void {
    while (this.#open.length > 0) {
      const left = (this.#open.pop() as number) - 1;
      if (left > 0) {
        this.#open.push(left);
        return;
      }
    }
  }
}

/** An array, of exactly `length` items when that is given. */
export function readArray(value: Value | undefined, length?: number): readonly Value[] {
  if (!Array.isArray(value)) throw new FormatError('expected an array');
  const items = value as readonly Value[];
  if (length !== undefined && items.length !== length)
    throw new FormatError(`expected ${length} items, found ${items.length}`);
  return items;
}

/** An array of at most `maxItems`, each read by `item`. */
export function readList<T>(value: Value | undefined, maxItems: number, item: (value: Value) => T): readonly T[] {
  const items = readArray(value);
  if (items.length > maxItems) throw new FormatError(`more than ${maxItems} items`);
  return items.map((each) => item(each));
}

/** A byte string, of exactly `length` bytes when that is given. */
export function readBytes(value: Value | undefined, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new FormatError('expected bytes');
  if (length !== undefined && value.length !== length)
    throw new FormatError(`expected ${length} bytes, found ${value.length}`);
  return value;
}

export function readBytesUpTo(value: Value | undefined, maxBytes: number): Uint8Array {
  const bytes = readBytes(value);
  if (bytes.length > maxBytes) throw new FormatError(`more than ${maxBytes} bytes`);
  return bytes;
}

/** A text of at most `maxBytes` of UTF-8. */
export function readText(value: Value | undefined, maxBytes: number): string {
  if (typeof value !== 'string') throw new FormatError('expected text');
  if (utf8Length(value) > maxBytes) throw new FormatError(`text of more than ${maxBytes} bytes`);
  return value;
}

/** An integer in min … max, both within ±(2^53 - 1). */
export function readInteger(value: Value | undefined, min: number, max: number): number {
  if (typeof value !== 'number') throw new FormatError('expected an integer');
  if (value < min || value > max) throw new FormatError(`${value} is not in ${min} … ${max}`);
  return value;
}

export function readBoolean(value: Value | undefined): boolean {
  if (typeof value !== 'boolean') throw new FormatError('expected true or false');
  return value;
}

export function readNullable<T>(value: Value | undefined, read: (value: Value) => T): T | null {
  if (value === undefined) throw new FormatError('expected a value or null');
  return value === null ? null : read(value);
}

/** Bytes that a well-formed text takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is 4 bytes in 2 units, so each half adds one.
    if (unit > 0x7f) length += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return length;
}
