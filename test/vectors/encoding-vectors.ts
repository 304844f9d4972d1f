import { fromHex, toHex } from '../../protocol/bytes.ts';
import { encode, type Value } from '../../protocol/codec.ts';

/** A value of the codec in JSON: integers that JSON can't hold exactly are `{ integer }`, byte strings `{ bytes }` in hex. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly integer: string }
  | { readonly bytes: string };

export function fromJson(json: JsonValue): Value {
  if (json === null || typeof json !== 'object') return json;
  if ('integer' in json) return BigInt(json.integer);
  if ('bytes' in json) return fromHex(json.bytes);
  return json.map(fromJson);
}

const values: readonly JsonValue[] = [
  null,
  false,
  true,
  0,
  23,
  24,
  255,
  256,
  65_535,
  65_536,
  4_294_967_295,
  4_294_967_296,
  9_007_199_254_740_991,
  { integer: '9007199254740992' },
  { integer: '18446744073709551615' },
  -1,
  -24,
  -25,
  -256,
  -257,
  -9_007_199_254_740_991,
  { integer: '-9007199254740992' },
  { integer: '-18446744073709551616' },
  '',
  'sheaf',
  'Übergröße',
  '\ufeffmark',
  '水🜁',
  'x'.repeat(24),
  { bytes: '' },
  { bytes: '00ff' },
  { bytes: 'ab'.repeat(256) },
  [],
  [1, [2, [3, []]], 'a', { bytes: '01' }, null],
  Array.from({ length: 24 }, (_, i) => i),
];

/** Bytes that are not the encoding of any value, and why. */
const refused: readonly (readonly [bytes: string, why: string])[] = [
  ['', 'nothing'],
  ['0000', 'bytes after the value'],
  ['1817', 'an integer in a longer form than it needs'],
  ['1900ff', 'an integer in a longer form than it needs'],
  ['1a0000ffff', 'an integer in a longer form than it needs'],
  ['1b00000000ffffffff', 'an integer in a longer form than it needs'],
  ['3817', 'a negative integer in a longer form than it needs'],
  ['5800', 'a length in a longer form than it needs'],
  ['7801', 'a text that ends too early'],
  ['780161', 'a length in a longer form than it needs'],
  ['980100', 'a length in a longer form than it needs'],
  ['18', 'an integer that ends too early'],
  ['4201', 'bytes that end too early'],
  ['8201', 'an array that ends too early'],
  ['9bffffffffffffffff', 'an array longer than its message'],
  ['5bffffffffffffffff', 'bytes longer than their message'],
  ['5f4101ff', 'bytes of indefinite length'],
  ['7f6161ff', 'text of indefinite length'],
  ['9f01ff', 'an array of indefinite length'],
  ['ff', 'a break'],
  ['a0', 'a map'],
  ['a10102', 'a map'],
  ['c001', 'a tag'],
  ['c24101', 'a tag'],
  ['f7', 'undefined'],
  ['f0', 'a simple value'],
  ['f820', 'a simple value'],
  ['f93c00', 'a float'],
  ['fa3f800000', 'a float'],
  ['fb3ff0000000000000', 'a float'],
  ['1c', 'reserved'],
  ['61ff', 'not UTF-8'],
  ['62c080', 'UTF-8 in a longer form than it needs'],
  ['63eda080', 'a surrogate'],
  [`${'81'.repeat(17)}00`, 'nested too deep'],
];

export function encodingVectors(): object {
  return {
    values: values.map((value) => ({ value, bytes: toHex(encode(fromJson(value))) })),
    refused: refused.map(([bytes, why]) => ({ bytes, why })),
  };
}
