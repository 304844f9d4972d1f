import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts';
import {
  decode,
  encode,
  readArray,
  readBoolean,
  readBytes,
  readBytesUpTo,
  readInteger,
  readList,
  readNullable,
  readText,
  utf8Length,
  type Value,
} from '../../../protocol/codec.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { CODEC_MAX_DEPTH, CODEC_MAX_VALUES } from '../../../protocol/limits.ts';

/** Appendix A of RFC 8949, as far as the subset goes. */
const published: readonly (readonly [Value, string])[] = [
  [0, '00'],
  [10, '0a'],
  [100, '1864'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [18446744073709551615n, '1bffffffffffffffff'],
  [-18446744073709551616n, '3bffffffffffffffff'],
  [-10, '29'],
  [-1000, '3903e7'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [fromHex('01020304'), '4401020304'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u6c34', '63e6b0b4'],
  ['\ud800\udd51', '64f0908591'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
];

/** An array in an array …, `depth` of them. */
function nested(depth: number): Value {
  let value: Value = [];
  for (let i = 1; i < depth; i += 1) value = [value];
  return value;
}

describe('the codec', () => {
  it.each(published.map(([value, hex]) => [hex, value] as const))('writes %s as the standard says', (hex, value) => {
    expect(toHex(encode(value))).toBe(hex);
    expect(decode(fromHex(hex))).toEqual(value);
  });

  it.each([
    0.5,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    2n ** 64n,
    -(2n ** 64n) - 1n,
    'a\ud800',
    ['deep', ['\udc00']],
  ] as readonly Value[])('has no encoding for %s', (value) => {
    expect(() => encode(value)).toThrow(FormatError);
  });

  it.each([undefined, {}, new Map(), () => 1, Symbol('s'), [undefined]])(
    'refuses what only untyped code passes',
    (value) => {
      expect(() => encode(value as unknown as Value)).toThrow(FormatError);
    },
  );

  it('nests as deep as the limit and no deeper', () => {
    const deepest = nested(CODEC_MAX_DEPTH);
    expect(decode(encode(deepest))).toEqual(deepest);
    expect(() => encode(nested(CODEC_MAX_DEPTH + 1))).toThrow(FormatError);
    const head = Uint8Array.of(0x81);
    expect(() => decode(concat(head, encode(deepest)))).toThrow(FormatError);
  });

  it('closes arrays where they end, so that siblings are no deeper', () => {
    const wide: Value = Array.from({ length: 40 }, () => [[], [1, []], 'x']);
    expect(decode(encode(wide))).toEqual(wide);
  });

  it('refuses a message of more values than the limit', () => {
    const head = fromHex('9a0003ffff');
    const most = concat(head, new Uint8Array(CODEC_MAX_VALUES - 1).fill(0x80));
    expect(readArray(decode(most)).length).toBe(CODEC_MAX_VALUES - 1);
    const more = concat(fromHex('9a00040000'), new Uint8Array(CODEC_MAX_VALUES).fill(0x80));
    expect(() => decode(more)).toThrow('too many values');
  });

  it('gives copies of byte strings, also out of a Buffer', () => {
    const message = Buffer.from(encode(fromHex('0102')));
    const value = readBytes(decode(message));
    message.fill(0);
    expect(value).toEqual(fromHex('0102'));
    expect(value.constructor).toBe(Uint8Array);
  });
});

describe('the readers', () => {
  const refusals: readonly (readonly [string, () => unknown])[] = [
    ['an array that is none', () => readArray(1)],
    ['bytes as an array', () => readArray(fromHex('00'))],
    ['a missing array', () => readArray(undefined)],
    ['an array of another length', () => readArray([1, 2], 3)],
    ['a list that is too long', () => readList([1, 2], 1, Number)],
    ['bytes that are text', () => readBytes('00')],
    ['bytes of another length', () => readBytes(fromHex('00'), 2)],
    ['too many bytes', () => readBytesUpTo(fromHex('000000'), 2)],
    ['text that is an integer', () => readText(1, 10)],
    ['text of too many bytes', () => readText('水水', 5)],
    ['an integer that is text', () => readInteger('1', 0, 2)],
    ['an integer that needs a bigint', () => readInteger(2n ** 60n, 0, Number.MAX_SAFE_INTEGER)],
    ['an integer below', () => readInteger(-1, 0, 2)],
    ['an integer above', () => readInteger(3, 0, 2)],
    ['a boolean that is an integer', () => readBoolean(0)],
    ['a missing value', () => readNullable(undefined, readBoolean)],
    ['another value in place of null', () => readNullable(1, readBoolean)],
  ];

  it.each(refusals)('refuse %s', (_, read) => {
    expect(read).toThrow(FormatError);
  });

  it('give what is there', () => {
    expect(readList([1, 2], 2, (item) => readInteger(item, 1, 2) * 2)).toEqual([2, 4]);
    expect(readText('水水', 6)).toBe('水水');
    expect(readBytesUpTo(fromHex('0000'), 2)).toEqual(fromHex('0000'));
    expect(readNullable(null, readBoolean)).toBe(null);
    expect(readNullable(true, readBoolean)).toBe(true);
    expect(readBoolean(false)).toBe(false);
  });

  it.each(['', 'abc', 'é', '߿', 'ࠀ', '水', '\uffff', '🜁', 'a🜁水é'])('know how long %j is', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  });
});
