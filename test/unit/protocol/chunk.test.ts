import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../../protocol/bytes.ts';
import {
  type ChunkKind,
  chunkIdBytes,
  chunkIdOf,
  openChunk,
  sealChunk,
  sealChunkParts,
} from '../../../protocol/chunk.ts';
import { deriveKey, seal } from '../../../protocol/crypto.ts';
import { deriveEpochKeys } from '../../../protocol/epoch.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FolderId } from '../../../protocol/ids.ts';
import { sampleEpochSecret, sampleFolder, sampleKeys } from '../../vectors/sample.ts';

const kinds: readonly ChunkKind[] = ['data', 'manifest', 'symlink'];
const plaintext = utf8('the plaintext');
const id = chunkIdBytes(sampleKeys, plaintext);

describe('epoch keys', () => {
  it('are another for every epoch, folder, secret and purpose', () => {
    const epochs = [
      sampleKeys,
      deriveEpochKeys(2, sampleEpochSecret, sampleFolder),
      deriveEpochKeys(1, sampleEpochSecret, '22'.repeat(32) as FolderId),
      deriveEpochKeys(1, sampleKeys.logKey, sampleFolder),
    ];
    const keys = epochs.flatMap(({ contentKey, chunkIdKey, logKey, gearSeed, topicTag }) =>
      [contentKey, chunkIdKey, logKey, gearSeed, topicTag].map(toHex),
    );
    expect(new Set(keys).size).toBe(20);
    expect(() => deriveEpochKeys(1, new Uint8Array(31), sampleFolder)).toThrow(FormatError);
  });
});

describe('chunks', () => {
  it('have an id that depends on the keys, the bytes and the kind', () => {
    const other = deriveEpochKeys(2, sampleEpochSecret, sampleFolder);
    const ids = [
      ...kinds.map((kind) => chunkIdOf(sampleKeys, plaintext, kind)),
      ...kinds.map((kind) => chunkIdOf(other, plaintext, kind)),
      chunkIdOf(sampleKeys, utf8('another plaintext')),
      // The kind byte is not part of the plaintext: no shift makes one from the other.
      chunkIdOf(sampleKeys, concat(Uint8Array.of(1), plaintext)),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(chunkIdOf(sampleKeys, plaintext)).toBe(toHex(id));
  });

  it('seal to the same bytes each time', () => {
    const sealed = sealChunk(sampleKeys, id, plaintext);
    expect(sealed.length).toBe(plaintext.length + 16);
    expect(sealChunk(sampleKeys, id, plaintext)).toEqual(sealed);
    expect(concat(...sealChunkParts(sampleKeys, id, plaintext))).toEqual(sealed);
  });

  it.each(kinds)('of kind %s open as that kind only', (kind) => {
    const kindId = chunkIdBytes(sampleKeys, plaintext, kind);
    const sealed = sealChunk(sampleKeys, kindId, plaintext);
    for (const asked of kinds) {
      const opened = openChunk(sampleKeys, kindId, sealed, asked);
      expect(opened && toHex(opened)).toBe(asked === kind ? toHex(plaintext) : undefined);
    }
  });

  it('do not open with another id, key or bytes', () => {
    const sealed = sealChunk(sampleKeys, id, plaintext);
    const other = deriveEpochKeys(2, sampleEpochSecret, sampleFolder);
    expect(openChunk(sampleKeys, chunkIdBytes(sampleKeys, utf8('other')), sealed)).toBeUndefined();
    expect(openChunk(other, id, sealed)).toBeUndefined();
    expect(openChunk(sampleKeys, id, sealed.subarray(1))).toBeUndefined();
    expect(openChunk(sampleKeys, id, fromHex(''))).toBeUndefined();
  });

  it('do not open when a member sealed something else under the id', () => {
    const key = deriveKey(sampleKeys.contentKey, 'chunk', id);
    expect(openChunk(sampleKeys, id, seal(key, utf8('not that'), new Uint8Array(0)))).toBeUndefined();
  });
});
