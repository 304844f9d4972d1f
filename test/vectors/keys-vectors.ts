import { fromHex, toHex, utf8 } from '../../protocol/bytes.ts';
import { chunkIdOf, sealChunk } from '../../protocol/chunk.ts';
import { boxKeyPairFromSeed, boxSeal, deriveKey } from '../../protocol/crypto.ts';
import { feedIdOf, peerIdOf } from '../../protocol/device-id.ts';
import { conflictEntryId, entryIdOf, shardOf } from '../../protocol/entry-id.ts';
import { ROOT_ENTRY } from '../../protocol/ids.ts';
import {
  sampleBytes,
  sampleDevice,
  sampleDigest,
  sampleEntry,
  sampleEpochSecret,
  sampleFolder,
  sampleHex,
  sampleInstance,
  sampleKeys,
  sampleSigningSeed,
} from './sample.ts';

const names = ['a', 'notes.txt', 'Übergröße 水🜁', ' .'];
const plaintexts = ['', 'a', 'the plaintext of a chunk'];

/** Ids of devices, feeds and entries. */
export function idVectors(): object {
  const parents = [ROOT_ENTRY, sampleEntry];
  return {
    devices: [{ seed: toHex(sampleSigningSeed), device: sampleDevice, peerId: peerIdOf(sampleDevice) }],
    feeds: [
      {
        device: sampleDevice,
        folder: sampleFolder,
        instance: sampleInstance,
        feed: feedIdOf(sampleDevice, sampleFolder, sampleInstance),
      },
    ],
    entries: parents.flatMap((parent) =>
      names.flatMap((name) =>
        [0, 1, 4_294_967_295].map((n) => ({ parent, name, n, entry: entryIdOf(parent, name, n) })),
      ),
    ),
    conflictEntries: [
      { entry: sampleEntry, digest: sampleDigest, conflict: conflictEntryId(sampleEntry, sampleDigest) },
    ],
    shards: [0, 1, 8, 14, 16].map((shardBits) => ({
      entry: sampleEntry,
      shardBits,
      shard: shardOf(sampleEntry, shardBits),
    })),
  };
}

/** Derived keys, chunk ids, sealed chunks and boxes. */
export function keyVectors(): object {
  const alice = boxKeyPairFromSeed(sampleBytes('alice'));
  const bob = boxKeyPairFromSeed(sampleBytes('bob'));
  const nonce = sampleBytes('nonce', 24);
  const { epoch, contentKey, chunkIdKey, logKey, gearSeed, topicTag } = sampleKeys;
  return {
    derived: [
      { key: sampleHex('key'), label: 'chunk', context: '', derived: toHex(deriveKey(sampleBytes('key'), 'chunk')) },
      {
        key: sampleHex('key'),
        label: 'log-entry',
        context: sampleHex('context'),
        derived: toHex(deriveKey(sampleBytes('key'), 'log-entry', sampleBytes('context'))),
      },
    ],
    epoch: {
      epoch,
      folder: sampleFolder,
      secret: toHex(sampleEpochSecret),
      contentKey: toHex(contentKey),
      chunkIdKey: toHex(chunkIdKey),
      logKey: toHex(logKey),
      gearSeed: toHex(gearSeed),
      topicTag: toHex(topicTag),
    },
    chunks: plaintexts.flatMap((text) =>
      (['data', 'manifest', 'symlink'] as const).map((kind) => {
        const plaintext = utf8(text);
        const id = chunkIdOf(sampleKeys, plaintext, kind);
        return { kind, plaintext: toHex(plaintext), id, sealed: sealedOf(id, plaintext) };
      }),
    ),
    box: {
      senderSecret: toHex(alice.secretKey),
      senderPublic: toHex(alice.publicKey),
      receiverSecret: toHex(bob.secretKey),
      receiverPublic: toHex(bob.publicKey),
      nonce: toHex(nonce),
      plaintext: toHex(sampleEpochSecret),
      sealed: toHex(boxSeal(sampleEpochSecret, nonce, bob.publicKey, alice.secretKey)),
    },
  };

  function sealedOf(id: string, plaintext: Uint8Array): string {
    return toHex(sealChunk(sampleKeys, fromHex(id), plaintext));
  }
}
