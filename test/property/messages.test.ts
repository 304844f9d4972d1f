import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../../protocol/bytes.ts';
import type { ChunkAnswer } from '../../protocol/chunk-frame.ts';
import { decodeChunkFrame, encodeChunkFrame } from '../../protocol/chunk-frame.ts';
import { CodedError, FormatError } from '../../protocol/errors.ts';
import { compareFrontierItems } from '../../protocol/frontier.ts';
import type { ChunkId, DeviceId, Digest, EntryId, FolderId, InstanceId, RecordId } from '../../protocol/ids.ts';
import { decodeRecord } from '../../protocol/membership-record.ts';
import type { Message } from '../../protocol/messages.ts';
import { decodeMessage, encodeMessage } from '../../protocol/messages.ts';
import type { InviteId } from '../../protocol/pairing.ts';
import { PAIR_REFUSALS } from '../../protocol/pairing.ts';
import { decodeTicket, encodeTicket } from '../../protocol/ticket.ts';
import { actorOf, admit, remove, shareFolder } from '../support/membership-world.ts';
import { sampleMessages } from '../support/messages.ts';
import { sampleTicket } from '../vectors/pairing-vectors.ts';

const RUNS = Number(process.env['SHEAF_PROPERTY_RUNS'] ?? 500);
const SEED = Number(process.env['SHEAF_PROPERTY_SEED'] ?? 1);
const settings = { numRuns: RUNS, seed: SEED };

function hex<T extends string>(length: number): fc.Arbitrary<T> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toHex(bytes) as T);
}

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const folder = hex<FolderId>(32);
const device = hex<DeviceId>(32);
const instance = hex<InstanceId>(16);
const invite = hex<InviteId>(16);
const u32 = fc.nat(2 ** 32 - 1);
const safe = fc.maxSafeNat();
const text = fc.string({ unit: 'grapheme', maxLength: 10 });
const addresses = fc.array(text, { maxLength: 4 });
const book = fc.array(fc.record({ device, addresses }), { maxLength: 3 });
const blobs = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 4 });
const heads = fc.uniqueArray(hex<RecordId>(32), { maxLength: 4 }).map((ids) => ids.sort());
const frontier = fc
  .uniqueArray(fc.record({ device, instance, sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }), {
    maxLength: 4,
    selector: (item) => item.device + item.instance,
  })
  .map((items) => items.sort(compareFrontierItems));
const state = { frontier, settled: fc.boolean(), pending: safe };
const wanted = fc.record({
  entry: hex<EntryId>(16),
  digest: hex<Digest>(32),
  chunk: hex<ChunkId>(32),
  kind: fc.constantFrom('data' as const, 'node' as const),
  offset: safe,
  length: safe,
});

function of<K extends Message['kind']>(
  kind: K,
  fields: {
    [F in Exclude<keyof Extract<Message, { kind: K }>, 'kind'>]: fc.Arbitrary<Extract<Message, { kind: K }>[F]>;
  },
): fc.Arbitrary<Message> {
  return fc.record<object>({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<Message>;
}

const messages: fc.Arbitrary<Message> = fc.oneof(
  of('hello', { protocol: fc.constant(1), instance, deviceName: text, addresses, time: fc.nat() }),
  of('pair-open', { invite, nonce: bytes32 }),
  of('pair-challenge', { invite, nonce: bytes32 }),
  of('pair-proof', {
    invite,
    mac: bytes32,
    deviceName: text,
    boxPublicKey: bytes32,
    certificate: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  }),
  of('pair-accept', { invite, mac: bytes32, records: blobs, addresses: book }),
  of('pair-refuse', { invite, code: fc.constantFrom(...PAIR_REFUSALS) }),
  of('folder-open', { folder, membershipHeads: heads, frontier, addresses: book }),
  of('folder-close', { folder }),
  of('want-records', { folder, have: heads }),
  of('records', { folder, records: blobs }),
  of('frontier', { folder, items: frontier }),
  of('entries', { folder, entries: blobs }),
  of('want-entries', { folder, device, instance, from: safe.map((n) => Math.max(1, n)), limitBytes: u32 }),
  of('want-chunks', {
    request: u32,
    folder,
    epoch: u32.map((n) => Math.max(1, n)),
    items: fc.array(wanted, { maxLength: 5 }),
  }),
  of('cancel', { request: u32 }),
  of('sync-probe', { folder, nonce: u32 }),
  of('sync-report', { folder, nonce: u32, ...state }),
  of('applied', { folder, ...state }),
  of('reject', { folder: fc.option(folder, { nil: null }), code: text, message: text }),
);

const chunkItems: fc.Arbitrary<readonly ChunkAnswer[]> = fc.array(
  fc.tuple(fc.nat(4095), fc.uint8Array({ maxLength: 60 }), fc.boolean()).map(([index, sealed, busy]): ChunkAnswer => {
    if (sealed.length > 0) return { index, status: 'ok', sealed };
    return { index, status: busy ? 'busy' : 'gone', sealed };
  }),
  { maxLength: 6 },
);

const [alice, bob] = [actorOf('alice'), actorOf('bob')];
const recordBytes = remove(admit(shareFolder(alice), alice, bob, 'writer'), alice, bob).records.map(
  (each) => each.bytes,
);

/** What every decoder of foreign bytes is thrown at, with valid inputs of its own to spoil. */
const decoders: readonly (readonly [string, (bytes: Uint8Array) => unknown, readonly Uint8Array[]])[] = [
  ['messages', decodeMessage, sampleMessages.map(encodeMessage)],
  [
    'chunk frames',
    decodeChunkFrame,
    [concat(...encodeChunkFrame({ request: 1, items: [{ index: 1, status: 'ok', sealed: new Uint8Array(40) }] }))],
  ],
  ['membership records', decodeRecord, recordBytes],
];

/** Some bytes replaced, cut out or put in: most of it still looks right, so decoders get far into it. */
function spoiled(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const cut = fc.record({ at: fc.nat(10_000), drop: fc.nat(4), put: fc.uint8Array({ maxLength: 9 }) });
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(cut, { minLength: 1, maxLength: 4 }))
    .map(([original, cuts]) =>
      cuts.reduce((bytes, { at, drop, put }) => {
        const start = at % (bytes.length + 1);
        return concat(bytes.subarray(0, start), put, bytes.subarray(start + drop));
      }, original),
    );
}

/** Heads of CBOR items that promise up to 2^64 bytes or elements, which a decoder must not make room for. */
const promises = fc
  .tuple(fc.constantFrom(0x5b, 0x7b, 0x9b, 0xbb, 0x5a, 0x7a, 0x9a), fc.uint8Array({ minLength: 8, maxLength: 40 }))
  .map(([head, rest]) => Uint8Array.of(0x82, 0x0a, head, ...rest));

function readsOrRefuses(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

describe('messages', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
      settings,
    );
  });

  it('have one encoding: what is read is written the same', () => {
    fc.assert(
      fc.property(spoiled(sampleMessages.map(encodeMessage)), (bytes) => {
        if (!readsOrRefuses(() => decodeMessage(bytes))) return;
        const message = decodeMessage(bytes);
        // A hello of a newer protocol may hold more than is read.
        if (message.kind !== 'hello') expect(toHex(encodeMessage(message))).toBe(toHex(bytes));
      }),
      settings,
    );
  });
});

describe('chunk frames', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(u32, chunkItems, (request, items) => {
        expect(decodeChunkFrame(concat(...encodeChunkFrame({ request, items })))).toEqual({ request, items });
      }),
      settings,
    );
  });
});

describe.each(decoders)('decoders of %s', (_, decode, originals) => {
  it('refuse random bytes with FormatError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), promises), (bytes) => {
        readsOrRefuses(() => decode(bytes));
      }),
      settings,
    );
  });

  it('refuse spoiled bytes with FormatError', () => {
    fc.assert(
      fc.property(spoiled(originals), (bytes) => {
        readsOrRefuses(() => decode(bytes));
      }),
      settings,
    );
  });
});

describe('the decoder of membership records', () => {
  it('takes nothing that was changed', () => {
    fc.assert(
      fc.property(spoiled(recordBytes), (bytes) => {
        const unchanged = recordBytes.some((original) => toHex(original) === toHex(bytes));
        expect(readsOrRefuses(() => decodeRecord(bytes))).toBe(unchanged);
      }),
      settings,
    );
  });
});

describe('the decoder of tickets', () => {
  it('refuses any text that is no ticket with a coded error', () => {
    const original = encodeTicket(sampleTicket);
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.nat(original.length), fc.string({ maxLength: 3 }))
        .map(([at, put]) => original.slice(0, at) + put + original.slice(at + 1)),
      fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567') }).map((digits) => `sheaf1${digits}`),
    );
    fc.assert(
      fc.property(texts, (given) => {
        try {
          expect(encodeTicket(decodeTicket(given))).toBe(original);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
          expect(error).toMatchObject({ code: 'bad-ticket' });
        }
      }),
      settings,
    );
  });
});
