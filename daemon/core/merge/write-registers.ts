import { equalBytes } from '../../../protocol/bytes.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { encodeChange } from './change-encoder.ts';
import {
  type Change,
  MAX_CHANGE_BYTES,
  MAX_COUNTER,
  MAX_DEPS,
  MAX_OPS,
  MAX_PREDS,
  MAX_VALUE_BYTES,
  REGISTER_KEY,
  type RegisterPut,
} from './change-format.ts';
import type { ResidentShard } from './resident-shard.ts';

export interface RegisterWrite {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * Puts registers of one shard, as one change, and records it. A register that already shows just these bytes is left
 * alone; one with several different values is left with the new one only. When a key comes twice, the last one counts.
 * The writes must have passed `checkWrites`. Returns the change, or undefined when nothing had to be written.
 */
export function writeRegisters(
  shard: ResidentShard,
  actor: FeedId,
  writes: readonly RegisterWrite[],
): Uint8Array | undefined {
  const ops: RegisterPut[] = [];
  for (const { key, value } of uniqueByKey(writes)) {
    const seen = shard.values(key);
    if (seen.length > 0 && seen.every((old) => equalBytes(old.value, value))) continue;
    const preds = seen.map(({ counter, actor: author }) => ({ counter, actor: author })).reverse();
    ops.push({ key, value, preds });
  }
  if (ops.length === 0) return undefined;
  const change: Change = {
    deps: shard.ledger.depsFor(actor),
    actor,
    seq: (shard.ledger.lastOf(actor)?.seq ?? 0) + 1,
    startOp: shard.ledger.maxOp + 1,
    ops,
  };
  const { bytes, hash } = encodeWithinLimits(change);
  shard.record({ ...change, hash }, bytes);
  return bytes;
}

/** Throws RangeError, a bug of the caller: what the other devices' validators refuse must not be written. */
export function checkWrites(writes: readonly RegisterWrite[]): void {
  for (const { key, value } of writes) {
    if (!REGISTER_KEY.test(key)) throw new RangeError(`not the key of a register: ${key}`);
    if (value.length < 1 || value.length > MAX_VALUE_BYTES) throw new RangeError(`a value of ${value.length} bytes`);
  }
}

/** Ascending by key. */
function uniqueByKey(writes: readonly RegisterWrite[]): RegisterWrite[] {
  const last = new Map(writes.map((write) => [write.key, write]));
  return [...last.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** Throws CodedError 'change-too-large' for what the other devices' validators would refuse. */
function encodeWithinLimits(change: Change): ReturnType<typeof encodeChange> {
  const preds = change.ops.reduce((sum, op) => sum + op.preds.length, 0);
  if (change.deps.length <= MAX_DEPS && change.ops.length <= MAX_OPS && preds <= MAX_PREDS) {
    const encoded = encodeChange(change);
    const lastOp = change.startOp + change.ops.length - 1;
    if (encoded.bytes.length <= MAX_CHANGE_BYTES && lastOp <= MAX_COUNTER) return encoded;
  }
  throw new CodedError(
    'change-too-large',
    `a change of ${change.ops.length} registers on top of ${change.deps.length} others is too large: write fewer at once`,
  );
}
