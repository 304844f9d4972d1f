import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../protocol/bytes.ts';
import { FormatError } from '../../protocol/errors.ts';
import { type Digest, type EntryId, NO_DIGEST } from '../../protocol/ids.ts';
import { MTIME_MAX_NS, MTIME_MIN_NS, SYMLINK_TARGET_MAX_BYTES, TIME_MAX_MS } from '../../protocol/limits.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import { decodeLogEntry, encodeLogEntry, openLogBody, verifyLogEntry } from '../../protocol/log-entry.ts';
import { checkName } from '../../protocol/names.ts';
import {
  decodeContent,
  decodeLocation,
  encodeContent,
  encodeLocation,
  parseRegisterKey,
  registerKey,
} from '../../protocol/register-codec.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import { sampleHeader } from '../vectors/log-vectors.ts';
import { sampleKeys, sampleSigningKey } from '../vectors/sample.ts';

function hex(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex);
}
const entry = hex(16) as fc.Arbitrary<EntryId>;
const digest = hex(32) as fc.Arbitrary<Digest>;
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((each) => checkName(each) === undefined);
const location: fc.Arbitrary<Location> = fc.oneof(
  fc.record({ kind: fc.constant('live' as const), parent: entry, name }),
  fc.record({ kind: fc.constant('trash' as const), parent: entry, name, digest }),
);
const common = { base: hex(8), author: hex(8), time: fc.integer({ min: 0, max: TIME_MAX_MS }) };
const version = { ...common, digest, mtimeNs: fc.bigInt({ min: MTIME_MIN_NS, max: MTIME_MAX_NS }) };
const content: fc.Arbitrary<Content> = fc.oneof(
  fc.record({
    ...version,
    kind: fc.constant('file' as const),
    executable: fc.boolean(),
    size: fc.maxSafeNat(),
    epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    manifest: fc.boolean(),
  }),
  fc.record({
    ...common,
    kind: fc.constant('directory' as const),
    digest: fc.constant(NO_DIGEST),
    mtimeNs: fc.constant(0n),
  }),
  fc.record({
    ...version,
    kind: fc.constant('symlink' as const),
    target: fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((each) => !each.includes('\0') && Buffer.byteLength(each) <= SYMLINK_TARGET_MAX_BYTES),
  }),
);

/** Undefined when the decoder refuses, which it may do with a FormatError only. */
function attempt<T>(decoder: () => T): T | undefined {
  try {
    return decoder();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return undefined;
  }
}

/** The bytes cut, extended, or with one of them changed. */
const damage = fc.record({ place: fc.nat(), change: fc.integer({ min: 1, max: 255 }), way: fc.nat({ max: 2 }) });
function damaged(
  bytes: Uint8Array,
  { place, change, way }: { place: number; change: number; way: number },
): Uint8Array {
  const at = place % bytes.length;
  if (way === 0) return bytes.slice(0, at);
  if (way === 1) return Uint8Array.from([...bytes, change]);
  return bytes.map((byte, i) => (i === at ? byte ^ change : byte));
}

describe('packed registers', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(location, content, (where, what) => {
        expect(decodeLocation(encodeLocation(where))).toEqual(where);
        expect(decodeContent(encodeContent(what))).toEqual(what);
      }),
    );
  });

  it('have one encoding: what decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(location, content, damage, (where, what, how) => {
        const place = damaged(encodeLocation(where), how);
        const read = attempt(() => decodeLocation(place));
        if (read !== undefined) expect(toHex(encodeLocation(read))).toBe(toHex(place));
        const thing = damaged(encodeContent(what), how);
        const found = attempt(() => decodeContent(thing));
        if (found !== undefined) expect(toHex(encodeContent(found))).toBe(toHex(thing));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse noise with a FormatError', () => {
    const tag = fc.constantFrom(0x10, 0x11, 0x14, 0x15, 0x18, 0x1b, 0);
    fc.assert(
      fc.property(tag, fc.uint8Array({ maxLength: 90 }), (first, rest) => {
        const bytes = Uint8Array.of(first, ...rest);
        const where = attempt(() => decodeLocation(bytes));
        if (where !== undefined) expect(toHex(encodeLocation(where))).toBe(toHex(bytes));
        const what = attempt(() => decodeContent(bytes));
        if (what !== undefined) expect(toHex(encodeContent(what))).toBe(toHex(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('have keys that say which', () => {
    fc.assert(
      fc.property(
        entry,
        fc.constantFrom('location' as const, 'content' as const),
        fc.string(),
        (id, register, noise) => {
          const key = registerKey(register, id);
          expect(key).toMatch(/^[lc][A-Za-z0-9_-]{22}$/);
          expect(parseRegisterKey(key)).toEqual({ register, entry: id });
          const parsed = parseRegisterKey(key.slice(0, -1) + noise.slice(0, 1));
          if (parsed !== undefined)
            expect(registerKey(parsed.register, parsed.entry)).toBe(key.slice(0, -1) + noise.slice(0, 1));
        },
      ),
    );
  });
});

describe('log entries', () => {
  const byName = <T>(list: readonly T[], name: (item: T) => string): readonly T[] =>
    [...list].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const body: fc.Arbitrary<LogBody> = fc.record({
    seen: fc
      .uniqueArray(fc.record({ feed: hex(16), sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }), {
        selector: ({ feed }) => feed,
        maxLength: 5,
      })
      .map((list) => byName(list, ({ feed }) => feed)) as fc.Arbitrary<LogBody['seen']>,
    wallTime: fc.integer({ min: 0, max: TIME_MAX_MS }),
    changes: fc
      .uniqueArray(fc.record({ shard: fc.nat({ max: 65_535 }), change: fc.uint8Array({ maxLength: 100 }) }), {
        selector: ({ shard }) => shard,
        maxLength: 8,
      })
      .map((list) => [...list].sort((a, b) => a.shard - b.shard)),
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(body, (what) => {
        const entry = decodeLogEntry(encodeLogEntry(sampleHeader, what, sampleKeys, sampleSigningKey).bytes);
        expect(verifyLogEntry(entry)).toBe(true);
        expect(openLogBody(entry, sampleKeys)).toEqual(what);
      }),
      { numRuns: 50 },
    );
  });

  it('do not survive damage', () => {
    const { bytes } = encodeLogEntry(
      sampleHeader,
      { seen: [], wallTime: 0, changes: [] },
      sampleKeys,
      sampleSigningKey,
    );
    fc.assert(
      fc.property(damage, (how) => {
        const entry = attempt(() => decodeLogEntry(damaged(bytes, how)));
        if (entry !== undefined) expect(verifyLogEntry(entry)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
