import { FormatError } from './errors.ts';

/** RFC 4648 base32 in lower case, without padding. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET.charAt((held >>> (bits - 5)) & 31);
    held &= 31;
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (5 - bits)) & 31);
}

/** Takes lower case only. Throws FormatError for anything that `toBase32` would not have written. */
export function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 5) >>> 3);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) throw new FormatError('not lower-case base32');
    held = (held << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  if (bits >= 5 || held !== 0) throw new FormatError('base32 of no whole number of bytes');
  return bytes;
}
