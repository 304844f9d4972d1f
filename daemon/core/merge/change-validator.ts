import type { FeedId } from '../../../protocol/ids.ts';
import { compareOpIds, type HashedChange, type OpId, shardOfKey } from './change-format.ts';
import type { ResidentShard } from './resident-shard.ts';

/** Why a change has no place in a shard. Stable: shown to people, and compared in tests. */
export type Refusal =
  | 'wrong-actor'
  | 'wrong-shard'
  | 'unknown-deps'
  | 'sequence-reused'
  | 'sequence-gap'
  | 'own-past-missing'
  | 'wrong-first-operation'
  | 'wrong-predecessors';

/** Where a change claims to belong. */
export interface Claim {
  /** Owner of the log that the change was in. */
  readonly actor: FeedId;
  readonly shard: number;
  /** Of the folder; undefined when it does not matter in which shard a register is. */
  readonly shardBits: number | undefined;
}

/** True when just this change is part of the shard already. */
export function isKnown(change: HashedChange, shard: ResidentShard): boolean {
  const last = shard.ledger.lastOf(change.actor);
  return last !== undefined && change.seq <= last.seq && shard.maxOpOf(change.hash) !== undefined;
}

/**
 * Judges a parsed change by its place in the history, before Automerge sees it: Automerge itself accepts most of what is
 * refused here, and then makes documents that it cannot load again. The verdict depends on nothing but the change and
 * what it builds on, so that all honest devices agree. Returns undefined when the change is to be applied.
 */
export function judgeChange(change: HashedChange, claim: Claim, resident: ResidentShard): Refusal | undefined {
  const { actor, shard, shardBits } = claim;
  if (change.actor !== actor) return 'wrong-actor';
  if (shardBits !== undefined && change.ops.some(({ key }) => shardOfKey(key, shardBits) !== shard)) {
    return 'wrong-shard';
  }
  const { ledger } = resident;
  const current = sameHashes(change.deps, ledger.depsFor(actor));
  const highest = current ? ledger.maxOp : highestOp(change.deps, resident);
  if (highest === undefined) return 'unknown-deps';
  const last = ledger.lastOf(actor);
  const nextSeq = (last?.seq ?? 0) + 1;
  if (change.seq < nextSeq) return 'sequence-reused';
  if (change.seq > nextSeq) return 'sequence-gap';
  if (last && !change.deps.includes(last.hash)) return 'own-past-missing';
  if (change.startOp !== highest + 1) return 'wrong-first-operation';
  for (const { key, preds } of change.ops) {
    const seen = current ? resident.values(key) : resident.valuesAt(key, change.deps);
    if (!replacesAll(preds, seen)) return 'wrong-predecessors';
  }
  return undefined;
}

function highestOp(deps: readonly string[], shard: ResidentShard): number | undefined {
  let highest = 0;
  for (const dep of deps) {
    const maxOp = shard.maxOpOf(dep);
    if (maxOp === undefined) return undefined;
    highest = Math.max(highest, maxOp);
  }
  return highest;
}

/** `preds` ascend and `seen` descends: both are sorted by operation id. */
function replacesAll(preds: readonly OpId[], seen: readonly OpId[]): boolean {
  return preds.length === seen.length && preds.every((pred, index) => isSame(pred, seen[seen.length - 1 - index]));
}

function isSame(pred: OpId, seen: OpId | undefined): boolean {
  return seen !== undefined && compareOpIds(pred, seen) === 0;
}

function sameHashes(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((hash, index) => hash === right[index]);
}
