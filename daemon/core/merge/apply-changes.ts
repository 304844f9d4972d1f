import { FormatError } from '../../../protocol/errors.ts';
import type { HashedChange } from './change-format.ts';
import { parseChange } from './change-parser.ts';
import { type Claim, isKnown, judgeChange } from './change-validator.ts';
import { ResidentShard, type StoredShard } from './resident-shard.ts';
import { isWasmTrap } from './shard.ts';

/** A change out of a log: its author is sure, all else may be wrong. */
export interface ForeignChange extends Claim {
  /** Its place in the job, for `RefusedChange`. */
  readonly index: number;
  readonly change: Uint8Array;
}

export interface RefusedChange {
  readonly index: number;
  /** A `Refusal`, 'refused-by-automerge', or 'malformed: ' and what is wrong with the bytes. */
  readonly reason: string;
}

export interface ApplyOutcome {
  /** The registers that the applied changes put. */
  readonly touched: ReadonlySet<string>;
  readonly refused: readonly RefusedChange[];
}

/**
 * Records those changes of one shard that pass the validator, in order. Known ones are passed over. Throws what Automerge
 * throws, when it had to be asked; the shard is of no use then.
 */
export function applyChanges(shard: ResidentShard, changes: readonly ForeignChange[]): ApplyOutcome {
  // The keys come from the operations: patches of Automerge do not report a third concurrent value.
  const touched = new Set<string>();
  const refused: RefusedChange[] = [];
  for (const foreign of changes) {
    const verdict = examine(foreign, shard);
    if (verdict.kind === 'refused') refused.push({ index: foreign.index, reason: verdict.reason });
    if (verdict.kind !== 'good') continue;
    shard.record(verdict.change, foreign.change);
    for (const { key } of verdict.change.ops) touched.add(key);
  }
  return { touched, refused };
}

/**
 * The same, one change at a time, for when Automerge threw. No change is known that passes the validator and does that,
 * but if there is one, it is refused alone, and the shard is built anew without it.
 */
export function applyCarefully(
  stored: StoredShard,
  changes: readonly ForeignChange[],
): { readonly resident: ResidentShard; readonly outcome: ApplyOutcome } {
  let resident = ResidentShard.open(stored);
  const touched = new Set<string>();
  const refused: RefusedChange[] = [];
  const accepted: ForeignChange[] = [];
  for (const foreign of changes) {
    try {
      const one = applyChanges(resident, [foreign]);
      resident.flush();
      for (const key of one.touched) touched.add(key);
      refused.push(...one.refused);
      if (one.touched.size > 0) accepted.push(foreign);
    } catch (error) {
      if (isWasmTrap(error)) throw error;
      refused.push({ index: foreign.index, reason: 'refused-by-automerge' });
      resident.free();
      resident = ResidentShard.open(stored);
      applyChanges(resident, accepted);
      resident.flush();
    }
  }
  return { resident, outcome: { touched, refused } };
}

type Verdict =
  | { readonly kind: 'good'; readonly change: HashedChange }
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reason: string };

function examine(foreign: ForeignChange, resident: ResidentShard): Verdict {
  let change: HashedChange;
  try {
    change = parseChange(foreign.change);
  } catch (error) {
    if (error instanceof FormatError) return { kind: 'refused', reason: `malformed: ${error.message}` };
    throw error;
  }
  if (isKnown(change, resident)) return { kind: 'known' };
  const reason = judgeChange(change, foreign, resident);
  return reason === undefined ? { kind: 'good', change } : { kind: 'refused', reason };
}
