import { concat, fromHex, utf8 } from './bytes.ts';
import { sha256Hex } from './crypto.ts';
import type { Digest, EntryId } from './ids.ts';
import { SHARD_BITS_MAX } from './limits.ts';

const ENTRY_LABEL = utf8('sheaf/entry/1');
const CONFLICT_LABEL = utf8('sheaf/conflict-entry/1');
const ID_DIGITS = 32;

/**
 * The id of the entry created as `name` in `parent`: the first 16 bytes of SHA-256("sheaf/entry/1" ‖ parent ‖ u32 n ‖
 * name in UTF-8). Two devices that create one path get one entry. `n` (0 … 2^32 - 1) is the smallest whose id is not taken
 * by an entry that has moved away since.
 */
export function entryIdOf(parent: EntryId, name: string, n: number): EntryId {
  const bytes = concat(ENTRY_LABEL, fromHex(parent), uint32(n), utf8(name));
  return sha256Hex(bytes).slice(0, ID_DIGITS) as EntryId;
}

/** The id of the conflict copy that keeps version `digest` of `entry`: the same on every device that makes it. */
export function conflictEntryId(entry: EntryId, digest: Digest): EntryId {
  const bytes = concat(CONFLICT_LABEL, fromHex(entry), fromHex(digest));
  return sha256Hex(bytes).slice(0, ID_DIGITS) as EntryId;
}

/** The shard that holds an entry's registers: the top `shardBits` (0 … 16) bits of its id. */
export function shardOf(entry: EntryId, shardBits: number): number {
  return Number.parseInt(entry.slice(0, 4), 16) >>> (SHARD_BITS_MAX - shardBits);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
