import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, fromHex, fromUtf8, toHex, utf8 } from '../../protocol/bytes.ts';
import { decode, encode, type Value } from '../../protocol/codec.ts';
import { inflate } from '../../protocol/compression.ts';
import { deviceIdOf, peerIdOf } from '../../protocol/device-id.ts';
import { FormatError } from '../../protocol/errors.ts';
import type { DeviceId, Digest } from '../../protocol/ids.ts';
import { NAME_MAX_BYTES } from '../../protocol/limits.ts';
import { checkName, conflictName, escapeName } from '../../protocol/names.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: 'binary', maxLength: 60 });
const integer = fc.oneof(
  fc.maxSafeInteger().map((value) => (Object.is(value, -0) ? 0 : value)),
  fc
    .bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n })
    .map((value) => (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value)),
);
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    integer,
    text,
    bytes,
    fc.array(tie('value'), { maxLength: 6 }),
  ),
})).value;

/** What the decoder makes of the bytes; undefined when it refuses, which it may do with a FormatError only. */
function attempt<T>(decoder: () => T): T | undefined {
  try {
    return decoder();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return undefined;
  }
}

/** Bytes that begin like arrays and texts more often than chance makes them. */
const likely = fc
  .array(
    fc.constantFrom(
      0x80,
      0x81,
      0x82,
      0x83,
      0x98,
      0x18,
      0x41,
      0x58,
      0x61,
      0x78,
      0xf4,
      0xf6,
      0xf7,
      0xa0,
      0xc2,
      0,
      24,
      255,
    ),
    {
      maxLength: 24,
    },
  )
  .map((list) => Uint8Array.from(list));

describe('the codec', () => {
  it('gives every value back', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(decode(encode(each))).toEqual(each);
      }),
    );
  });

  it('takes no bytes that it would not have written, and throws nothing but FormatError', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, likely), (input) => {
        const decoded = attempt(() => decode(input));
        if (decoded !== undefined) expect(toHex(encode(decoded))).toBe(toHex(input));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no damaged message that it would not have written', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, place, change) => {
        const damaged = Uint8Array.from(encode(each));
        const at = place % damaged.length;
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const decoded = attempt(() => decode(damaged));
        if (decoded !== undefined) expect(toHex(encode(decoded))).toBe(toHex(damaged));
      }),
      { numRuns: 500 },
    );
  });
});

describe('bytes and text', () => {
  it('go through hex and UTF-8 and back', () => {
    fc.assert(
      fc.property(bytes, text, (each, words) => {
        expect(fromHex(toHex(each))).toEqual(each);
        expect(fromUtf8(utf8(words))).toBe(words);
        const decoded = attempt(() => fromUtf8(each));
        if (decoded !== undefined) expect(utf8(decoded)).toEqual(each);
      }),
    );
  });

  it('compare as Buffer does', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
    );
  });

  it('inflate within bounds or not at all', () => {
    fc.assert(
      fc.property(bytes, (each) => {
        expect(attempt(() => inflate(each, 1000))?.length ?? 0).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('make PeerIds and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string({ maxLength: 60 }), (key, words) => {
        const device = toHex(key) as DeviceId;
        expect(deviceIdOf(peerIdOf(device))).toBe(device);
        attempt(() => deviceIdOf(words));
      }),
    );
  });
});

describe('names', () => {
  const anything = fc.oneof(text, fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constantFrom('.sheaf', 'a.txt'));

  it('are allowed when UTF-8 has them, they fit, and they are a name', () => {
    fc.assert(
      fc.property(anything, (name) => {
        if (checkName(name) !== undefined) return;
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(NAME_MAX_BYTES);
        expect(name).not.toMatch(/^\.{0,2}$|[/\0]/);
        expect(name.normalize('NFKC').toLowerCase()).not.toBe('.sheaf');
      }),
    );
  });

  it('have conflict names that are allowed, the same each time, and another for another version', () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((each) => toHex(each) as Digest);
    fc.assert(
      fc.property(anything, fc.string({ unit: 'binary', maxLength: 80 }), digest, (name, device, version) => {
        fc.pre(checkName(name) === undefined);
        const made = conflictName(name, device, version);
        expect(checkName(made)).toBeUndefined();
        expect(conflictName(name, device, version)).toBe(made);
        const other = version.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) as Digest;
        expect(conflictName(name, device, other)).not.toBe(made);
      }),
    );
  });

  it('can be shown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(escapeName(name)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});
