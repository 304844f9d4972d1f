import type { FeedId } from '../../../protocol/ids.ts';

/**
 * The only kind of Automerge change that exists in a folder: some registers of one shard, each put to new bytes.
 * Byte layout and rules: docs/protocol/changes.md.
 */
export interface Change {
  /**
   * The changes this one was made on top of, which always include the actor's previous one: 64 hex digits each,
   * ascending, no doubles.
   */
  readonly deps: readonly string[];
  readonly actor: FeedId;
  /** Counts the changes of one actor in one shard, from 1. */
  readonly seq: number;
  /** Counter of the first operation; the following ones count up. 1 more than the highest counter below `deps`. */
  readonly startOp: number;
  /** At least one; keys strictly ascending. */
  readonly ops: readonly RegisterPut[];
}

export interface RegisterPut {
  /** See REGISTER_KEY. */
  readonly key: string;
  /** 1 … MAX_VALUE_BYTES bytes. */
  readonly value: Uint8Array;
  /** The operations whose values this one replaces: by counter, then by actor, ascending. */
  readonly preds: readonly OpId[];
}

/** Names one operation of one shard. Automerge orders concurrent ones by counter, then by actor. */
export interface OpId {
  readonly counter: number;
  readonly actor: FeedId;
}

/** SHA-256 of the chunk from its type byte on: 64 hex digits. Automerge's name for a change. */
export interface HashedChange extends Change {
  readonly hash: string;
}

/** 'l' or 'c' and an entry's 16 bytes in base64url. The fixed first letter also keeps names like __proto__ out. */
export const REGISTER_KEY = /^[lc][A-Za-z0-9_-]{21}[AQgw]$/;
export const KEY_LENGTH = 23;

/**
 * The shard that a register belongs to: the top `shardBits` (0 … 16) bits of the entry's id, here from the first three
 * digits of the key.
 */
export function shardOfKey(key: string, shardBits: number): number {
  const digit = (index: number): number => BASE64_DIGITS.indexOf(key.charAt(index));
  return ((digit(1) << 12) | (digit(2) << 6) | digit(3)) >>> (18 - shardBits);
}

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export const CHUNK_MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83);
export const CHECKSUM_OFFSET = 4;
/** The hashed part of a chunk starts here, at its type byte. */
export const TYPE_OFFSET = 8;
/** An uncompressed change. Compressed ones (2) are refused: log entries are deflated as a whole. */
export const CHANGE_CHUNK = 1;

export const COLUMN = {
  key: 0x15,
  insert: 0x34,
  action: 0x42,
  valueMeta: 0x56,
  value: 0x57,
  predCount: 0x70,
  predActor: 0x71,
  predCounter: 0x73,
} as const;
export const COLUMNS_WITHOUT_PREDS: readonly number[] = [
  COLUMN.key,
  COLUMN.insert,
  COLUMN.action,
  COLUMN.valueMeta,
  COLUMN.value,
  COLUMN.predCount,
];
export const COLUMNS_WITH_PREDS: readonly number[] = [...COLUMNS_WITHOUT_PREDS, COLUMN.predActor, COLUMN.predCounter];

/** The `set` action, and the type of a value that is bytes (low 4 bits of its meta number; the rest is its length). */
export const ACTION_SET = 1;
export const VALUE_TYPE_BYTES = 7;

export const ACTOR_BYTES = 16;
export const HASH_BYTES = 32;

/** A change never outgrows the log entry body it travels in. */
export const MAX_CHANGE_BYTES = 4 * 1024 * 1024;
/** Far above what a file's two registers need; keeps one value from filling a shard. */
export const MAX_VALUE_BYTES = 8192;
/** About twice the registers of the largest scan round; bounds what a change makes us allocate. */
export const MAX_OPS = 32_768;
/** One head for each feed that wrote concurrently: an actor's changes form a chain. */
export const MAX_DEPS = 1024;
/** Of all operations of a change together, because a run could claim many for a few bytes. */
export const MAX_PREDS = 65_536;
/** Automerge saves counters as signed 32-bit numbers: one more and a shard could be saved but never loaded. */
export const MAX_COUNTER = 2 ** 31 - 1;

export function compareOpIds(left: OpId, right: OpId): number {
  if (left.counter !== right.counter) return left.counter - right.counter;
  if (left.actor === right.actor) return 0;
  return left.actor < right.actor ? -1 : 1;
}
