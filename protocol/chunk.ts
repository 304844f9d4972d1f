import { toHex } from './bytes.ts';
import { constantTimeEqual, deriveKey, hmacSha256, open, seal, sealParts } from './crypto.ts';
import type { EpochKeys } from './epoch.ts';
import type { ChunkId } from './ids.ts';

/** What a keyed hash names; the byte keeps one kind from being passed off as another. */
export type ChunkKind = 'data' | 'manifest' | 'symlink';

const DOMAINS: Readonly<Record<ChunkKind, Uint8Array>> = {
  data: Uint8Array.of(0),
  manifest: Uint8Array.of(1),
  symlink: Uint8Array.of(2),
};
const CHUNK_KEY_LABEL = 'chunk';
const NO_ADDITIONAL = new Uint8Array(0);

/** HMAC-SHA-256(chunk-id key, kind byte ‖ plaintext), 32 bytes. */
export function chunkIdBytes(keys: EpochKeys, plaintext: Uint8Array, kind: ChunkKind = 'data'): Uint8Array {
  return hmacSha256(keys.chunkIdKey, DOMAINS[kind], plaintext);
}

export function chunkIdOf(keys: EpochKeys, plaintext: Uint8Array, kind: ChunkKind = 'data'): ChunkId {
  return toHex(chunkIdBytes(keys, plaintext, kind)) as ChunkId;
}

/**
 * Ciphertext ‖ tag under the chunk's own key. `id` is the plaintext's, so one plaintext always seals to the same bytes in
 * an epoch, and no key ever seals two.
 */
export function sealChunk(keys: EpochKeys, id: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return seal(chunkKey(keys, id), plaintext, NO_ADDITIONAL);
}

/** The same as two parts that belong after each other, without the copy. */
export function sealChunkParts(
  keys: EpochKeys,
  id: Uint8Array,
  plaintext: Uint8Array,
): readonly [Uint8Array, Uint8Array] {
  return sealParts(chunkKey(keys, id), plaintext, NO_ADDITIONAL);
}

/** The plaintext whose id is `id` (32 bytes); undefined when the sealed bytes are anything else. */
export function openChunk(
  keys: EpochKeys,
  id: Uint8Array,
  sealed: Uint8Array,
  kind: ChunkKind = 'data',
): Uint8Array | undefined {
  const plaintext = open(chunkKey(keys, id), sealed, NO_ADDITIONAL);
  if (plaintext === undefined) return undefined;
  // A member could seal other bytes under this key: the AEAD alone does not bind them to the id.
  return constantTimeEqual(chunkIdBytes(keys, plaintext, kind), id) ? plaintext : undefined;
}

function chunkKey(keys: EpochKeys, id: Uint8Array): Uint8Array {
  return deriveKey(keys.contentKey, CHUNK_KEY_LABEL, id);
}
