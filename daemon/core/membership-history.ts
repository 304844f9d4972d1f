import type { RecordId } from '../../protocol/ids.ts';
import type { DecodedRecord } from '../../protocol/membership-record.ts';
import { RECORDS_MAX, RECORDS_MAX_BYTES } from '../../protocol/membership-types.ts';
import type { Membership } from './membership.ts';
import { evaluateMembership } from './membership.ts';

/** The membership as an author saw it whose heads these were. Undefined while one of the heads is not accepted here. */
export function membershipAt(membership: Membership, heads: readonly RecordId[]): Membership | undefined {
  const past = ancestorsOf(membership.accepted, heads);
  if (past.size === 0 || heads.some((head) => !past.has(head))) return undefined;
  return evaluateMembership(membership.accepted.filter((each) => past.has(each.id)));
}

/** What somebody lacks whose heads are `have`: the answer to want-records, parents before children. */
export function recordsBeyond(membership: Membership, have: readonly RecordId[]): readonly DecodedRecord[] {
  const past = ancestorsOf(membership.accepted, have);
  return membership.accepted.filter((each) => !past.has(each.id));
}

/** True when so many records, or records so large, are more than one folder may have. */
export function isTooMuchHistory(records: readonly { readonly length: number }[]): boolean {
  return records.length > RECORDS_MAX || records.reduce((sum, { length }) => sum + length, 0) > RECORDS_MAX_BYTES;
}

/** The heads that are known, and all that they build on. `accepted` has parents before children. */
function ancestorsOf(accepted: readonly DecodedRecord[], heads: readonly RecordId[]): ReadonlySet<RecordId> {
  const wanted = new Set(heads);
  const found = new Set<RecordId>();
  for (const each of accepted.toReversed()) {
    if (!wanted.has(each.id)) continue;
    found.add(each.id);
    for (const parent of each.record.parents) wanted.add(parent);
  }
  return found;
}
