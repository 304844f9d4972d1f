import { describe, expect, it } from 'vitest';
import { compareBytes, concat, equalBytes, fromHex, fromUtf8, toHex, utf8 } from '../../../protocol/bytes.ts';
import { FormatError } from '../../../protocol/errors.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe('hex', () => {
  it('writes and reads every byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toHex(all)).toBe(Buffer.from(all).toString('hex'));
    expect(fromHex(toHex(all))).toEqual(all);
    expect(fromHex('')).toEqual(bytes());
  });

  it.each(['0', '000', 'AB', 'g0', '0g', '0x', ' 0', '0\u0100', '\u0130\u0130', '\ud800\ud800', '😀'])(
    'refuses %j',
    (text) => {
      expect(() => fromHex(text)).toThrow(FormatError);
    },
  );
});

describe('byte strings', () => {
  it('are concatenated', () => {
    expect(concat()).toEqual(bytes());
    expect(concat(bytes(1), bytes(), bytes(2, 3))).toEqual(bytes(1, 2, 3));
  });

  it('compare byte by byte, the shorter first', () => {
    const sorted = [bytes(), bytes(0), bytes(0, 0), bytes(0, 255), bytes(1), bytes(127), bytes(128), bytes(255, 1)];
    const shuffled = [...sorted].reverse().sort(compareBytes);
    expect(shuffled).toEqual(sorted);
    expect(equalBytes(bytes(1, 2), bytes(1, 2))).toBe(true);
    expect(equalBytes(bytes(1, 2), bytes(1, 2, 0))).toBe(false);
    expect(equalBytes(bytes(1, 2), bytes(1, 3))).toBe(false);
  });
});

describe('UTF-8', () => {
  it.each(['', 'a', 'é', '水', '🜁', '\0', '\ufeffmark', 'a\u0308'])('keeps %j as it is', (text) => {
    expect(utf8(text)).toEqual(new Uint8Array(Buffer.from(text)));
    expect(fromUtf8(utf8(text))).toBe(text);
  });

  it.each(['\ud800', '\udc00\ud800', 'a\ud83d', '\udf01a'])('refuses the lone surrogate in %j', (text) => {
    expect(() => utf8(text)).toThrow(FormatError);
  });

  it.each(['ff', 'c0af', 'e080af', 'eda080', 'f4908080', 'c3', 'e6b0', '80'])('refuses the bytes %s', (hex) => {
    expect(() => fromUtf8(fromHex(hex))).toThrow(FormatError);
  });
});
