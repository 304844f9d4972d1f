import { concat, fromHex, toHex } from './bytes.ts';
import { decode, encode, readArray, readBytes, readBytesUpTo, readInteger, readList } from './codec.ts';
import { deflate, inflate } from './compression.ts';
import { constantTimeEqual, deriveKey, hmacSha256, open, seal } from './crypto.ts';
import type { EpochKeys } from './epoch.ts';
import { FormatError } from './errors.ts';
import type { FeedId } from './ids.ts';
import {
  LOG_BODY_INFLATED_MAX_BYTES,
  LOG_BODY_MAX_BYTES,
  LOG_SEEN_MAX,
  SAFE_INTEGER_MAX,
  SHARD_BITS_MAX,
  TIME_MAX_MS,
} from './limits.ts';

export interface SeenFeed {
  readonly feed: FeedId;
  readonly sequence: number;
}

export interface ShardChange {
  readonly shard: number;
  /** One Automerge change. */
  readonly change: Uint8Array;
}

/** What only those with the epoch's keys can read of a log entry: one user action or scan round. */
export interface LogBody {
  /** How far the author had applied the other feeds, sorted by feed; only those that moved since its entry before. */
  readonly seen: readonly SeenFeed[];
  /** The author's clock, milliseconds since 1970. For people only. */
  readonly wallTime: number;
  /** At most one a shard, in the order of the shards. */
  readonly changes: readonly ShardChange[];
}

const SALT_BYTES = 16;
const SHARD_MAX = 2 ** SHARD_BITS_MAX - 1;
const FEED_BYTES = 16;
const NO_ADDITIONAL = new Uint8Array(0);

/**
 * salt ‖ AEAD(deflate(canonical body)). The salt is a keyed hash of the place and the deflated body, and the key depends on it: if a
 * cloned device or a lost database ever seals two bodies for one sequence, they are sealed with two keys.
 * Throws FormatError when the body has no encoding or is over a limit. One whose encoding is 1 KiB below `LOG_BODY_MAX_BYTES` always fits,
 * however badly it deflates.
 */
export function sealBody(body: LogBody, keys: EpochKeys, place: Uint8Array): Uint8Array {
  const plain = encode([
    body.seen.map(({ feed, sequence }) => [fromHex(feed), sequence]),
    body.wallTime,
    body.changes.map(({ shard, change }) => [shard, change]),
  ]);
  decodeBody(plain);
  const deflated = deflate(plain);
  const salt = bodySalt(keys, place, deflated);
  const sealed = concat(salt, seal(bodyKey(keys, place, salt), deflated, NO_ADDITIONAL));
  if (sealed.length > LOG_BODY_MAX_BYTES)
    throw new FormatError(`a log entry body of more than ${LOG_BODY_MAX_BYTES} bytes`);
  return sealed;
}

/** Throws FormatError for anything that `sealBody` does not write with these keys for this place. */
export function openBody(sealed: Uint8Array, keys: EpochKeys, place: Uint8Array): LogBody {
  const salt = sealed.subarray(0, SALT_BYTES);
  const deflated = open(bodyKey(keys, place, salt), sealed.subarray(SALT_BYTES), NO_ADDITIONAL);
  if (deflated === undefined || !constantTimeEqual(bodySalt(keys, place, deflated), salt)) {
    throw new FormatError('a log entry that these keys did not seal');
  }
  return decodeBody(inflate(deflated, LOG_BODY_INFLATED_MAX_BYTES));
}

function bodySalt(keys: EpochKeys, place: Uint8Array, deflated: Uint8Array): Uint8Array {
  return hmacSha256(deriveKey(keys.logKey, 'log-salt'), place, deflated).subarray(0, SALT_BYTES);
}

function bodyKey(keys: EpochKeys, place: Uint8Array, salt: Uint8Array): Uint8Array {
  return deriveKey(keys.logKey, 'log-entry', concat(place, salt));
}

function decodeBody(bytes: Uint8Array): LogBody {
  if (bytes.length > LOG_BODY_INFLATED_MAX_BYTES)
    throw new FormatError(`a log entry body of more than ${LOG_BODY_INFLATED_MAX_BYTES} bytes`);
  const fields = readArray(decode(bytes), 3);
  const seen = readList(fields[0], LOG_SEEN_MAX, (item) => {
    const pair = readArray(item, 2);
    return {
      feed: toHex(readBytes(pair[0], FEED_BYTES)) as FeedId,
      sequence: readInteger(pair[1], 1, SAFE_INTEGER_MAX),
    };
  });
  const changes = readList(fields[2], SHARD_MAX + 1, (item) => {
    const pair = readArray(item, 2);
    return { shard: readInteger(pair[0], 0, SHARD_MAX), change: readBytesUpTo(pair[1], LOG_BODY_INFLATED_MAX_BYTES) };
  });
  if (!isAscending(seen.map(({ feed }) => feed))) throw new FormatError('seen feeds that are not sorted');
  if (!isAscending(changes.map(({ shard }) => shard))) throw new FormatError('changes that are not sorted by shard');
  return { seen, wallTime: readInteger(fields[1], 0, TIME_MAX_MS), changes };
}

function isAscending<T extends string | number>(items: readonly T[]): boolean {
  return items.every((item, i) => i === 0 || (items[i - 1] as T) < item);
}
