import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts';
import { decode, encode, readArray } from '../../../protocol/codec.ts';
import { deflate } from '../../../protocol/compression.ts';
import { deriveKey, hmacSha256, seal, sha256, sign, signingKeyFromSeed } from '../../../protocol/crypto.ts';
import { deriveEpochKeys } from '../../../protocol/epoch.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, FeedId, InstanceId, RecordId } from '../../../protocol/ids.ts';
import { LOG_ENTRY_MAX_BYTES, LOG_HEADS_MAX } from '../../../protocol/limits.ts';
import type { LogBody } from '../../../protocol/log-body.ts';
import {
  decodeLogEntry,
  encodeLogEntry,
  type LogHeader,
  NO_RECORD,
  openLogBody,
  verifyLogEntry,
} from '../../../protocol/log-entry.ts';
import { sampleBody, sampleHeader } from '../../vectors/log-vectors.ts';
import { sampleFolder, sampleKeys, sampleSigningKey, sampleStream } from '../../vectors/sample.ts';

const good = encodeLogEntry(sampleHeader, sampleBody, sampleKeys, sampleSigningKey);
const otherKeys = deriveEpochKeys(1, sampleKeys.logKey, sampleFolder);

/** An entry signed as it should be around a body that `encodeLogEntry` would not write. */
function entryWithBody(body: Uint8Array): Uint8Array {
  const entry = decodeLogEntry(good.bytes);
  const sequence = fromHex('0000000000000001');
  const place = concat(fromHex(entry.header.device), fromHex(entry.header.instance), sequence);
  const salt = hmacSha256(deriveKey(sampleKeys.logKey, 'log-salt'), place, body).subarray(0, 16);
  const key = deriveKey(sampleKeys.logKey, 'log-entry', concat(place, salt));
  const sealed = concat(salt, seal(key, body, new Uint8Array(0)));
  const fields = [...readArray(decode(entry.headerBytes))];
  fields[8] = sha256(sealed);
  const headerBytes = encode(fields);
  const domain = new TextEncoder().encode('sheaf/log-entry/1\0');
  return encode([headerBytes, sign(sampleSigningKey, concat(domain, headerBytes)), sealed]);
}

describe('a log entry', () => {
  it('comes back as it was', () => {
    const entry = decodeLogEntry(good.bytes);
    expect(entry.id).toBe(good.id);
    const { bodyHash, ...header } = entry.header;
    expect(header).toEqual(sampleHeader);
    expect(bodyHash).toBe(toHex(sha256(entry.sealedBody)));
    expect(verifyLogEntry(entry)).toBe(true);
    expect(openLogBody(entry, sampleKeys)).toEqual(sampleBody);
  });

  it('names its predecessor from the second on', () => {
    const second = { ...sampleHeader, sequence: 2, previous: good.id };
    const entry = decodeLogEntry(encodeLogEntry(second, sampleBody, sampleKeys, sampleSigningKey).bytes);
    expect(entry.header).toMatchObject(second);
    expect(openLogBody(entry, sampleKeys)).toEqual(sampleBody);
  });

  const impossible: readonly (readonly [string, Partial<LogHeader>])[] = [
    ['sequence 0', { sequence: 0 }],
    ['half a sequence', { sequence: 1.5 }],
    ['a gap at the front', { sequence: 2 }],
    ['a predecessor of the first', { previous: good.id }],
    ['epoch 0', { epoch: 0 }],
    ['keys of another epoch', { epoch: 2 }],
    ['another device', { device: '11'.repeat(32) as DeviceId }],
    ['a short instance', { instance: '11'.repeat(15) as InstanceId }],
    ['unsorted heads', { membershipHeads: [...sampleHeader.membershipHeads].reverse() }],
    ['a head twice', { membershipHeads: [NO_RECORD, NO_RECORD] }],
    [
      'too many heads',
      {
        membershipHeads: Array.from(
          { length: LOG_HEADS_MAX + 1 },
          (_, i) => i.toString(16).padStart(64, '0') as RecordId,
        ),
      },
    ],
  ];

  it.each(impossible)('is not made with %s', (_, fields) => {
    expect(() => encodeLogEntry({ ...sampleHeader, ...fields }, sampleBody, sampleKeys, sampleSigningKey)).toThrow(
      FormatError,
    );
  });

  const feed = (digit: string): FeedId => digit.repeat(32) as FeedId;
  const badBodies: readonly (readonly [string, LogBody])[] = [
    ['changes out of order', { ...sampleBody, changes: [...sampleBody.changes].reverse() }],
    ['two changes of a shard', { ...sampleBody, changes: [...sampleBody.changes, ...sampleBody.changes] }],
    ['a shard that is none', { ...sampleBody, changes: [{ shard: 65_536, change: new Uint8Array(1) }] }],
    [
      'feeds out of order',
      {
        ...sampleBody,
        seen: [
          { feed: feed('2'), sequence: 1 },
          { feed: feed('1'), sequence: 1 },
        ],
      },
    ],
    ['a feed seen at 0', { ...sampleBody, seen: [{ feed: feed('1'), sequence: 0 }] }],
    ['a time that is none', { ...sampleBody, wallTime: -1 }],
    ['more than fits sealed', { ...sampleBody, changes: [{ shard: 1, change: sampleStream('large', 256 * 1024) }] }],
    ['more than fits inflated', { ...sampleBody, changes: [{ shard: 1, change: new Uint8Array(4 * 1024 * 1024) }] }],
  ];

  it.each(badBodies)('is not made with %s', (_, body) => {
    expect(() => encodeLogEntry(sampleHeader, body, sampleKeys, sampleSigningKey)).toThrow(FormatError);
  });

  it('holds almost as much as its limit', () => {
    const change = sampleStream('large', 255 * 1024);
    const { bytes } = encodeLogEntry(
      sampleHeader,
      { ...sampleBody, changes: [{ shard: 1, change }] },
      sampleKeys,
      sampleSigningKey,
    );
    expect(bytes.length).toBeLessThan(LOG_ENTRY_MAX_BYTES);
    const [opened] = openLogBody(decodeLogEntry(bytes), sampleKeys).changes;
    expect(Buffer.compare(opened?.change ?? new Uint8Array(0), change)).toBe(0);
  });

  it('is sealed anew for another body, so that a cloned device gives nothing away', () => {
    const first = decodeLogEntry(good.bytes).sealedBody;
    const other = { ...sampleBody, wallTime: sampleBody.wallTime + 1 };
    const { bytes } = encodeLogEntry(sampleHeader, other, sampleKeys, sampleSigningKey);
    const second = decodeLogEntry(bytes).sealedBody;
    expect(toHex(second.subarray(0, 16))).not.toBe(toHex(first.subarray(0, 16)));
    expect(encodeLogEntry(sampleHeader, sampleBody, sampleKeys, sampleSigningKey)).toEqual(good);
  });
});

describe('a log entry of somebody else', () => {
  it('does not verify when anything in the header or signature changed', () => {
    const entry = decodeLogEntry(good.bytes);
    const another = signingKeyFromSeed(new Uint8Array(32).fill(9));
    const headerBytes = Uint8Array.from(entry.headerBytes);
    headerBytes[5] = (headerBytes[5] ?? 0) ^ 1;
    expect(verifyLogEntry({ ...entry, headerBytes })).toBe(false);
    expect(verifyLogEntry({ ...entry, signature: sign(another, entry.headerBytes) })).toBe(false);
    // A signature over the header alone, without the domain, is a signature of something else.
    expect(verifyLogEntry({ ...entry, signature: sign(sampleSigningKey, entry.headerBytes) })).toBe(false);
  });

  it('does not open with other keys, in another place, or damaged', () => {
    const entry = decodeLogEntry(good.bytes);
    const elsewhere = { ...entry.header, sequence: 2 };
    expect(() => openLogBody(entry, otherKeys)).toThrow(FormatError);
    expect(() => openLogBody(entry, { ...sampleKeys, epoch: 2 })).toThrow(FormatError);
    expect(() => openLogBody({ ...entry, header: elsewhere }, sampleKeys)).toThrow(FormatError);
    for (const length of [0, 15, 16, 31, entry.sealedBody.length - 1]) {
      const sealedBody = entry.sealedBody.subarray(0, length);
      expect(() => openLogBody({ ...entry, sealedBody }, sampleKeys)).toThrow(FormatError);
    }
  });

  it.each([
    ['is not deflated', encode([[], 0, []])],
    ['is a bomb', deflate(new Uint8Array(16 * 1024 * 1024))],
    ['has something after it', concat(deflate(encode([[], 0, []])), Uint8Array.of(0))],
    ['is not an array', deflate(encode(1))],
    ['has other fields', deflate(encode([[], 0, [], 0]))],
    ['has a change that is no bytes', deflate(encode([[], 0, [[1, 'x']]]))],
    [
      'has shards out of order',
      deflate(
        encode([
          [],
          0,
          [
            [2, fromHex('00')],
            [1, fromHex('00')],
          ],
        ]),
      ),
    ],
  ])('is refused when its body %s', (_, body) => {
    const entry = decodeLogEntry(entryWithBody(body));
    expect(verifyLogEntry(entry)).toBe(true);
    expect(() => openLogBody(entry, sampleKeys)).toThrow(FormatError);
  });

  it('opens when it is well made elsewhere', () => {
    const entry = decodeLogEntry(entryWithBody(deflate(encode([[], 0, []]))));
    expect(openLogBody(entry, sampleKeys)).toEqual({ seen: [], wallTime: 0, changes: [] });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['something else', encode([1, 2, 3])],
    ['two parts', encode([fromHex('00'), fromHex('00')])],
    ['too much', new Uint8Array(LOG_ENTRY_MAX_BYTES + 1)],
  ])('is not %s', (_, bytes) => {
    expect(() => decodeLogEntry(bytes)).toThrow(FormatError);
  });
});
