import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeChange } from '../../../daemon/core/merge/change-encoder.ts';
import {
  type Change,
  MAX_OPS,
  MAX_VALUE_BYTES,
  type RegisterPut,
  shardOfKey,
} from '../../../daemon/core/merge/change-format.ts';
import { parseChange } from '../../../daemon/core/merge/change-parser.ts';
import { shardOf } from '../../../protocol/entry-id.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { EntryId } from '../../../protocol/ids.ts';
import { registerKey } from '../../../protocol/register-codec.ts';
import { sampleFeed, sampleKey } from '../../support/merge-device.ts';

const keys = Array.from({ length: 8 }, (_, index) => sampleKey(index)).sort();
const value = Uint8Array.of(1);

function changeOf(parts: Partial<Change>): Change {
  const ops: readonly RegisterPut[] = [{ key: keys[0] as string, value, preds: [] }];
  return { deps: [], actor: sampleFeed(1), seq: 1, startOp: 1, ops, ...parts };
}

function encoded(parts: Partial<Change> = {}): Uint8Array {
  return encodeChange(changeOf(parts)).bytes;
}

/** Whoever alters a change can also make its checksum right. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(bytes.subarray(8)).digest();
  const sealed = bytes.slice();
  sealed.set(digest.subarray(0, 4), 4);
  return sealed;
}

/** A whole chunk of a type around contents. */
function chunk(type: number, contents: readonly number[]): Uint8Array {
  const length = contents.length < 128 ? [contents.length] : [(contents.length & 127) | 128, contents.length >> 7];
  return withChecksum(Uint8Array.from([0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, type, ...length, ...contents]));
}

const actor = Array<number>(16).fill(1);
const other = Array<number>(16).fill(2);
const key = [23, ...Buffer.from(keys[0] as string)];
/** Everything before the columns: no dependencies, actor, seq 1, first operation 1, no time, no message, nobody else. */
const head = [0, 16, ...actor, 1, 1, 0, 0, 0];
/** One put of the byte 9, column by column. */
const columns = [
  [0x15, [0x7f, ...key]],
  [0x34, [1]],
  [0x42, [0x7f, 1]],
  [0x56, [0x7f, 0x17]],
  [0x57, [9]],
  [0x70, [0x7f, 0]],
] as const;

/** The columns before the last one of two such puts. */
const twoPuts = {
  21: [0x7e, ...key, 23, ...Buffer.from(keys[1] as string)],
  52: [2],
  66: [2, 1],
  86: [2, 0x17],
  87: [9, 9],
};

function body(changed: Readonly<Record<number, readonly number[]>> = {}): number[] {
  const list = columns.map(([spec, data]) => [spec, changed[spec] ?? data] as const);
  const specs = list.flatMap(([spec, data]) => [spec, data.length]);
  return [list.length, ...specs, ...list.flatMap(([, data]) => data)];
}

/** What is wrong, what the error says, the bytes. */
const refusals: readonly (readonly [string, RegExp, () => Uint8Array])[] = [
  ['nothing', /end too early/, () => new Uint8Array(0)],
  ['another magic', /not an Automerge chunk/, () => Uint8Array.of(1, ...encoded().subarray(1))],
  ['a document', /not an uncompressed change/, () => chunk(0, [...head, ...body()])],
  ['a deflated change', /not an uncompressed change/, () => chunk(2, [...head, ...body()])],
  ['a wrong checksum', /checksum/, () => encoded().map((byte, index) => (index === 4 ? byte ^ 1 : byte))],
  ['a byte too many', /length/, () => Uint8Array.of(...encoded(), 0)],
  ['a byte after the columns', /left over/, () => chunk(1, [...head, ...body(), 0])],
  ['a time', /time/, () => chunk(1, [0, 16, ...actor, 1, 1, 5, 0, 0, ...body()])],
  ['a message', /message/, () => chunk(1, [0, 16, ...actor, 1, 1, 0, 1, 65, 0, ...body()])],
  ['sequence 0', /count from 1/, () => encoded({ seq: 0 })],
  ['first operation 0', /count from 1/, () => encoded({ startOp: 0 })],
  ['a counter that cannot be saved', /first operation/, () => encoded({ startOp: 2 ** 31 })],
  ['an actor of 4 bytes', /actor/, () => chunk(1, [0, 4, 1, 1, 1, 1, 1, 1, 0, 0, 0, ...body()])],
  ['an actor that is not used', /for nothing/, () => chunk(1, [...head.slice(0, -1), 1, 16, ...other, ...body()])],
  ['dependencies out of order', /in order/, () => encoded({ deps: ['22'.repeat(32), '11'.repeat(32)] })],
  ['a dependency twice', /in order/, () => encoded({ deps: ['11'.repeat(32), '11'.repeat(32)] })],
  ['no operations', /no operations/, () => encoded({ ops: [] })],
  [
    'a key twice',
    /in order/,
    () => encoded({ ops: [keys[0], keys[0]].map((k) => ({ key: k as string, value, preds: [] })) }),
  ],
  [
    'keys out of order',
    /in order/,
    () => encoded({ ops: [keys[1], keys[0]].map((k) => ({ key: k as string, value, preds: [] })) }),
  ],
  ['another kind of key', /not a register/, () => encoded({ ops: [{ key: `x${'A'.repeat(22)}`, value, preds: [] }] })],
  [
    'the key __proto__',
    /not a register/,
    () => chunk(1, [...head, ...body({ 21: [0x7f, 9, ...Buffer.from('__proto__')] })]),
  ],
  [
    'an empty value',
    /0 bytes/,
    () => encoded({ ops: [{ key: keys[0] as string, value: new Uint8Array(0), preds: [] }] }),
  ],
  [
    'a value too long',
    /8193 bytes/,
    () => encoded({ ops: [{ key: keys[0] as string, value: new Uint8Array(8193), preds: [] }] }),
  ],
  ['a value that is text', /not bytes/, () => chunk(1, [...head, ...body({ 86: [0x7f, 0x16] })])],
  ['an increment', /not a put/, () => chunk(1, [...head, ...body({ 66: [0x7f, 5] })])],
  ['an insertion', /inserts/, () => chunk(1, [...head, ...body({ 52: [0, 1] })])],
  ['a null', /nulls/, () => chunk(1, [...head, ...body({ 112: [0, 1] })])],
  [
    'another column',
    /more than put/,
    () => chunk(1, [...head, ...body().map((byte) => (byte === 0x34 ? 0x11 : byte))]),
  ],
  ['a run of one', /one stretch/, () => chunk(1, [...head, ...body({ 66: [1, 1] })])],
  ['a number with a needless byte', /longer than/, () => chunk(1, [...head, ...body({ 52: [0x81, 0] })])],
  [
    'a replaced value without a counter',
    /counter/,
    () => encoded({ ops: [{ key: keys[0] as string, value, preds: [{ counter: 0, actor: sampleFeed(1) }] }] }),
  ],
  [
    'its author among the other actors',
    /not in order/,
    () => chunk(1, [...head.slice(0, -1), 1, 16, ...actor, ...body()]),
  ],
  ['two stretches for one', /one stretch/, () => chunk(1, [...head, ...body({ ...twoPuts, 112: [0x7f, 0, 0x7f, 1] })])],
  [
    'columns that hold nothing',
    /hold nothing/,
    () =>
      chunk(1, [
        ...head,
        8,
        0x15,
        25,
        ...columns.slice(1).flatMap(([spec, data]) => [spec, data.length]),
        0x71,
        0,
        0x73,
        0,
        ...columns.flatMap(([, data]) => data),
      ]),
  ],
  [
    'a negative number with a needless byte',
    /longer than/,
    () => chunk(1, [...head, ...body({ 112: [0xff, 0x7f, 0] })]),
  ],
  [
    'the key of a register with bits beyond its id',
    /not a register/,
    () => encoded({ ops: [{ key: `l${'B'.repeat(22)}`, value, preds: [] }] }),
  ],
  [
    'replaced values out of order',
    /in order/,
    () =>
      encoded({
        ops: [{ key: keys[0] as string, value, preds: [5, 4].map((counter) => ({ counter, actor: sampleFeed(1) })) }],
      }),
  ],
];

describe('shardOfKey', () => {
  it('is the shard of the entry that the key names', () => {
    for (const entry of ['00', '1f', '80', 'c3', 'fe'].map((byte) => `${byte}a7`.padEnd(32, '5') as EntryId)) {
      for (const shardBits of [0, 1, 7, 10, 16]) {
        const key = registerKey('content', entry);
        expect(shardOfKey(key, shardBits)).toBe(shardOf(entry, shardBits));
      }
    }
  });
});

describe('parseChange', () => {
  it('reads what encodeChange writes', () => {
    const preds = [
      { counter: 3, actor: sampleFeed(1) },
      { counter: 3, actor: sampleFeed(2) },
      { counter: 4, actor: sampleFeed(1) },
    ];
    const change = changeOf({
      deps: ['11'.repeat(32), '22'.repeat(32)],
      seq: 2,
      startOp: 300,
      ops: [
        { key: keys[0] as string, value, preds },
        { key: keys[1] as string, value: new Uint8Array(MAX_VALUE_BYTES).fill(7), preds: [] },
        { key: keys[2] as string, value, preds: preds.slice(1, 2) },
      ],
    });
    const { bytes, hash } = encodeChange(change);
    expect(parseChange(bytes)).toEqual({ ...change, hash });
  });

  it('knows the bytes of a change put together by hand', () => {
    const bytes = chunk(1, [...head, ...body()]);
    expect(encoded({ ops: [{ key: keys[0] as string, value: Uint8Array.of(9), preds: [] }] })).toEqual(bytes);
    expect(parseChange(bytes).ops[0]?.value).toEqual(Uint8Array.of(9));
  });

  it.each(refusals)('refuses %s', (_, message, make) => {
    expect(() => parseChange(make())).toThrow(FormatError);
    expect(() => parseChange(make())).toThrow(message);
  });

  it('refuses runs that claim millions of operations before it makes room for them', () => {
    const million = [0x80, 0x80, 0xc0, 0x00]; // 2^20 as signed LEB128
    const bombs = [
      body({ 21: [...million, ...key] }),
      body({ 52: million, 66: [...million, 1] }),
      body({ 66: [...million, 1] }),
      body({ 86: [...million, 0x17] }),
      body({ 112: [...million, 0] }),
      body({ 112: [0x7f, 0xff, 0xff, 0xff, 0x7f] }),
    ].map((columnBytes) => chunk(1, [...head, ...columnBytes]));
    for (const bomb of bombs) {
      expect(bomb.length).toBeLessThan(120);
      expect(() => parseChange(bomb)).toThrow(FormatError);
    }
  });

  it('bounds the number of operations', () => {
    const names = Array.from({ length: MAX_OPS + 1 }, (_, index) => `l${String(index).padStart(21, '0')}A`);
    const ops = names.map((name) => ({ key: name, value, preds: [] }));
    expect(() => parseChange(encoded({ ops }))).toThrow(/too many/);
    expect(parseChange(encoded({ ops: ops.slice(0, MAX_OPS) })).ops.length).toBe(MAX_OPS);
  });

  it('throws nothing but FormatError, and accepts only what it would write itself, however the bytes are damaged', () => {
    const preds = [1, 2].map((number) => ({ counter: 5, actor: sampleFeed(number) }));
    const ops = keys.map((name, index) => ({
      key: name,
      value: new Uint8Array(1 + (index % 3)).fill(index),
      preds: index % 2 === 0 ? preds : [],
    }));
    const good = encoded({ deps: ['11'.repeat(32)], seq: 2, startOp: 6, ops });
    const damage = fc.array(fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) }), {
      minLength: 1,
      maxLength: 3,
    });
    let accepted = 0;
    fc.assert(
      fc.property(damage, (places) => {
        const bytes = good.slice();
        for (const { at, byte } of places) bytes[at] = byte;
        const sealed = withChecksum(bytes);
        try {
          const change = parseChange(sealed);
          accepted++;
          expect(encodeChange(change).bytes).toEqual(sealed);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
