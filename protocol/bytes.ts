import { FormatError } from './errors.ts';

interface Utf8Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
interface Utf8Decoder {
  decode(bytes: Uint8Array): string;
}
// This room compiles without the types of any host. The two classes are in every JavaScript runtime.
// biome-ignore lint/style/noRestrictedGlobals: pure classes of the language's hosts, not a dependency that could differ.
const host = globalThis as unknown as {
  readonly TextEncoder: new () => Utf8Encoder;
  readonly TextDecoder: new (
    label: string,
    options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  ) => Utf8Decoder;
};
const encoder = new host.TextEncoder();
// ignoreBOM keeps a leading U+FEFF as text: a name that starts with one must come back as it was.
const decoder = new host.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const NOT_HEX = 0xff;
const hexDigits = new Uint8Array(128).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit += 1) hexDigits[digit.toString(16).charCodeAt(0)] = digit;

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) text += hexPairs[bytes[i] as number];
  return text;
}

/** The bytes of lower-case hex. Throws FormatError at an odd length or any other character. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const length = text.length >>> 1;
  const bytes = new Uint8Array(length);
  let seen = 0;
  for (let i = 0; i < length; i += 1) {
    const high = hexDigits[text.charCodeAt(2 * i)] ?? NOT_HEX;
    const low = hexDigits[text.charCodeAt(2 * i + 1)] ?? NOT_HEX;
    seen |= high | low;
    bytes[i] = (high << 4) | low;
  }
  if (seen > 15 || text.length % 2 !== 0) throw new FormatError('not lower-case hex');
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Not in constant time: for secrets there is `constantTimeEqual`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Lexicographic; a prefix comes before what it is a prefix of. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    // Both indexes are below the shorter length.
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** True when the text has no lone surrogate, that is: when UTF-8 can hold it. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Throws FormatError when the text has a lone surrogate, which would silently become U+FFFD. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  if (!isWellFormed(text)) throw new FormatError('text with a lone surrogate');
  return encoder.encode(text);
}

/** Throws FormatError when the bytes are not well-formed UTF-8 (overlong forms and surrogates are not). */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FormatError('not valid UTF-8');
  }
}
