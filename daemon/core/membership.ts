import type { DeviceId, FolderId, RecordId } from '../../protocol/ids.ts';
import type { DecodedRecord } from '../../protocol/membership-record.ts';
import { RECORD_HEADS_MAX } from '../../protocol/message-limits.ts';
import { holdsKeys } from '../../protocol/roles.ts';
import type { MembershipDag } from './membership-dag.ts';
import { buildDag, isInPast } from './membership-dag.ts';
import { stateOf, voidIn } from './membership-removals.ts';
import type { Refusal } from './membership-rules.ts';
import { refusesAuthor, refusesContent } from './membership-rules.ts';
import type { Epoch, Invite, Member, MembershipState } from './membership-state.ts';
import { applyRecord, currentEpoch, highestEpoch } from './membership-state.ts';

export type { Refusal } from './membership-rules.ts';
export type { Epoch, Invite, Member } from './membership-state.ts';

/** Who belongs to a folder, by all records known here. Lists are sorted by id, so that equal memberships are equal values. */
export interface Membership {
  readonly folder: FolderId;
  /** The name its creator gave it. */
  readonly name: string;
  readonly shardBits: number;
  readonly members: readonly Member[];
  /** Were members, and are none now. */
  readonly removed: readonly DeviceId[];
  readonly invites: readonly Invite[];
  /** Number of the epoch to write under. */
  readonly epoch: number;
  /** What the next rotation's number must exceed. */
  readonly highestEpoch: number;
  /** All that anything may have been sealed under: by number, then those of void records last, then by record. */
  readonly epochs: readonly Epoch[];
  /** Key holders whom nobody has given the current epoch's secret: any writer may, with 'share-keys'. */
  readonly withoutKeys: readonly DeviceId[];
  /** True when a device that may not (any more) was given the current epoch's secret: an admin should rotate. */
  readonly needsRotation: boolean;
  /** Parents for the next record, and what to ask others with; the first RECORD_HEADS_MAX of them. */
  readonly heads: readonly RecordId[];
  /** All records that count, parents before children: what another device needs to judge for itself. */
  readonly accepted: readonly DecodedRecord[];
  /** Records that have no effect. Those with 'removed-author' are accepted all the same, as part of the history. */
  readonly refused: readonly { readonly record: RecordId; readonly reason: Refusal }[];
  /** Parents to ask for. */
  readonly missing: readonly RecordId[];
}

/**
 * Judges all records of one folder. The outcome depends on the set of records only, never on their order: every device
 * that has the same records gets the same membership. Throws FormatError when there is no genesis record.
 */
export function evaluateMembership(records: readonly DecodedRecord[]): Membership {
  const dag = buildDag(records);
  const { accepted, refused } = judge(dag);
  const voided = voidIn(dag, accepted);
  const state = stateOf(dag, accepted, voided);
  for (const position of voided) refused.set(recordAt(dag, position).id, 'removed-author');
  for (const each of dag.foreign) refused.set(each.id, 'other-folder');
  for (const each of dag.waiting) refused.set(each.id, 'parents-missing');

  const genesis = recordAt(dag, 0);
  const { body } = genesis.record;
  if (body.kind !== 'genesis') throw new Error('the first record of a DAG is its genesis record');
  return {
    folder: genesis.folder,
    name: body.name,
    shardBits: body.shardBits,
    ...viewOf(state),
    epochs: epochsOf(dag, accepted, voided),
    heads: headsOf(dag, accepted),
    accepted: accepted.map((position) => recordAt(dag, position)),
    refused: [...refused].map(([record, reason]) => ({ record, reason })).sort(by((each) => each.record)),
    missing: dag.missing,
  };
}

/**
 * Sorts out the records that were wrong when they were made, by what their authors had seen: that never changes, whatever
 * arrives later. Returns the positions of the others, ascending.
 */
function judge(dag: MembershipDag): { readonly accepted: readonly number[]; readonly refused: Map<RecordId, Refusal> } {
  const accepted: number[] = [0];
  const refused = new Map<RecordId, Refusal>();
  const isAccepted = new Set(accepted);
  // The state after all accepted so far. Most authors have seen exactly that.
  let latest: MembershipState | undefined = stateOf(dag, accepted, new Set());
  for (let position = 1; position < dag.records.length; position += 1) {
    const decoded = recordAt(dag, position);
    if (dag.parents[position]?.some((parent) => !isAccepted.has(parent))) {
      refused.set(decoded.id, 'parent-refused');
      continue;
    }
    const sawAll = accepted.every((older) => isInPast(dag, older, position));
    if (sawAll) latest ??= stateAfter(dag, accepted);
    const seen = accepted.filter((older) => isInPast(dag, older, position));
    const state = sawAll && latest !== undefined ? latest : stateAfter(dag, seen);
    const reason = refusesAuthor(state, decoded) ?? refusesContent(state, decoded);
    if (reason !== undefined) {
      refused.set(decoded.id, reason);
      continue;
    }
    accepted.push(position);
    isAccepted.add(position);
    // A record that saw all others is concurrent with none: nothing becomes void by it.
    if (sawAll) applyRecord(state, decoded, true);
    else latest = undefined;
  }
  return { accepted, refused };
}

function stateAfter(dag: MembershipDag, subset: readonly number[]): MembershipState {
  return stateOf(dag, subset, voidIn(dag, subset));
}

function viewOf(
  state: MembershipState,
): Pick<Membership, 'members' | 'removed' | 'invites' | 'epoch' | 'highestEpoch' | 'withoutKeys' | 'needsRotation'> {
  const members = [...state.members.values()].sort(by((member) => member.device));
  const epoch = currentEpoch(state);
  const given = state.given.get(epoch) ?? new Set();
  const holders = new Set(members.filter((each) => holdsKeys(each.role)).map((each) => each.device));
  return {
    members,
    removed: [...state.removed].sort(),
    invites: [...state.invites.values()].sort(by((each) => each.invite)),
    epoch,
    highestEpoch: highestEpoch(state),
    withoutKeys: [...holders].filter((device) => !given.has(device)),
    needsRotation: [...given].some((device) => !holders.has(device)),
  };
}

function epochsOf(dag: MembershipDag, accepted: readonly number[], voided: ReadonlySet<number>): readonly Epoch[] {
  const epochs = accepted.flatMap((position) => {
    const { id: record, record: content } = recordAt(dag, position);
    const { body } = content;
    const isVoid = voided.has(position);
    if (body.kind === 'genesis') {
      return [{ isVoid, epoch: { epoch: body.sealed.epoch, commitment: body.commitment, record } }];
    }
    if (body.kind !== 'rotate' && body.kind !== 'remove') return [];
    return [{ isVoid, epoch: { epoch: body.rotation.epoch, commitment: body.rotation.commitment, record } }];
  });
  return epochs
    .sort(
      (a, b) =>
        a.epoch.epoch - b.epoch.epoch ||
        Number(a.isVoid) - Number(b.isVoid) ||
        (a.epoch.record < b.epoch.record ? -1 : 1),
    )
    .map((each) => each.epoch);
}

function headsOf(dag: MembershipDag, accepted: readonly number[]): readonly RecordId[] {
  const inner = new Set(accepted.flatMap((position) => dag.parents[position] ?? []));
  return accepted
    .filter((position) => !inner.has(position))
    .map((position) => recordAt(dag, position).id)
    .sort()
    .slice(0, RECORD_HEADS_MAX);
}

function recordAt(dag: MembershipDag, position: number): DecodedRecord {
  const record = dag.records[position];
  if (record === undefined) throw new Error(`no record at ${position}`);
  return record;
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  };
}
