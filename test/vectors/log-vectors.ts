import { fromHex, toHex } from '../../protocol/bytes.ts';
import { encode } from '../../protocol/codec.ts';
import { sha256, sign } from '../../protocol/crypto.ts';
import type { FeedId } from '../../protocol/ids.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import { decodeLogEntry, encodeLogEntry, type LogHeader, NO_RECORD } from '../../protocol/log-entry.ts';
import {
  sampleBytes,
  sampleDevice,
  sampleFolder,
  sampleHeads,
  sampleHex,
  sampleInstance,
  sampleKeys,
  sampleSigningKey,
} from './sample.ts';

export const sampleHeader: Omit<LogHeader, 'bodyHash'> = {
  folder: sampleFolder,
  device: sampleDevice,
  instance: sampleInstance,
  sequence: 1,
  previous: NO_RECORD,
  epoch: 1,
  membershipHeads: sampleHeads,
};

export const sampleBody: LogBody = {
  seen: ['feed a', 'feed b']
    .map((label) => sampleHex(label, 16) as FeedId)
    .sort()
    .map((feed, i) => ({ feed, sequence: 7 + i })),
  wallTime: 1_753_100_000_123,
  changes: [
    { shard: 3, change: sampleBytes('change 3', 20) },
    { shard: 16_383, change: sampleBytes('change 16383', 25) },
  ],
};

const emptyBody: LogBody = { seen: [], wallTime: 0, changes: [] };

/** Headers that a device could sign but must not, as changes to the fields of a good one. */
const badHeaders: readonly {
  readonly why: string;
  readonly fields: Readonly<Record<number, Parameters<typeof encode>[0]>>;
}[] = [
  { why: 'an unknown version', fields: { 0: 2 } },
  { why: 'sequence 0', fields: { 4: 0 } },
  { why: 'a first entry with one before it', fields: { 5: sampleBytes('previous') } },
  { why: 'a second entry with none before it', fields: { 4: 2 } },
  { why: 'epoch 0', fields: { 6: 0 } },
  { why: 'heads that are not sorted', fields: { 7: sampleHeads.map((head) => fromHex(head)).reverse() } },
  { why: 'the hash of another body', fields: { 8: sampleBytes('body') } },
  { why: 'a short instance', fields: { 3: sampleBytes('instance', 15) } },
];

export function logVectors(): object {
  const first = encodeLogEntry(sampleHeader, sampleBody, sampleKeys, sampleSigningKey);
  const second = encodeLogEntry(
    { ...sampleHeader, sequence: 2, previous: first.id },
    emptyBody,
    sampleKeys,
    sampleSigningKey,
  );
  return {
    entries: [describe(first.bytes, sampleBody), describe(second.bytes, emptyBody)],
    refused: badHeaders.map(({ why, fields }) => ({ why, bytes: toHex(withFields(fields)) })),
  };

  function describe(bytes: Uint8Array, body: LogBody): object {
    const { id, feed, header, headerBytes, signature } = decodeLogEntry(bytes);
    const changes = body.changes.map(({ shard, change }) => ({ shard, change: toHex(change) }));
    return {
      header,
      body: { ...body, changes },
      id,
      feed,
      headerBytes: toHex(headerBytes),
      signature: toHex(signature),
      bytes: toHex(bytes),
    };
  }

  function withFields(fields: Readonly<Record<number, Parameters<typeof encode>[0]>>): Uint8Array {
    const { header, sealedBody } = decodeLogEntry(first.bytes);
    const good = [
      1,
      ...[header.folder, header.device, header.instance].map((hex) => fromHex(hex)),
      header.sequence,
      fromHex(header.previous),
      header.epoch,
      header.membershipHeads.map((hex) => fromHex(hex)),
      sha256(sealedBody),
    ];
    const bytes = encode(good.map((field, i) => fields[i] ?? field));
    return encode([bytes, sign(sampleSigningKey, bytes), sealedBody]);
  }
}
