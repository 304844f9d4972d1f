import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Placement } from '../entry.ts';
import { foldedName } from './folded-name.ts';
import type { DiskTree } from './step.ts';
import type { ArriveTask, Batch, LeaveTask, Member, MoveTask } from './task.ts';

/** What stands in the way of an arrival: something that leaves in this batch, or something that does not. */
export type Obstacle =
  | { readonly kind: 'leaves'; readonly task: MoveTask | LeaveTask }
  | { readonly kind: 'stays'; readonly entry: EntryId };

/**
 * Answers what an arrival finds at its place. Ask once for each arrival, in the order of the batch's tasks: of two
 * that want one place the first, which has the smaller id, gets it.
 */
export function createPlaces(batch: Batch, disk: DiskTree): (task: MoveTask | ArriveTask) => Obstacle | undefined {
  const standing = new Map<string, Member>();
  const leaving = new Map<string, MoveTask | LeaveTask>();
  const claimed = new Map<string, EntryId>();
  for (const { from, member } of departures(batch)) {
    standing.set(placeKey(from), member);
    if (member.leaving === undefined) continue;
    const folded = foldedKey(from);
    const other = leaving.get(folded);
    // There are several only where the disk tells them apart; then it does not matter which one is waited for.
    if (other === undefined || member.leaving.rank < other.rank) leaving.set(folded, member.leaving);
  }

  function holderOf(placement: Placement): Obstacle | undefined {
    const member = standing.get(placeKey(placement));
    if (member !== undefined) return obstacle(member.change.entry, member);
    if (!isOnDisk(placement.parent, batch)) return undefined;
    const entry = disk.childNamed(placement.parent, placement.name);
    return entry === undefined ? undefined : obstacle(entry, batch.members.get(entry));
  }

  return (task) => {
    const { placement } = task.to;
    const key = placeKey(placement);
    const rival = claimed.get(key);
    if (rival !== undefined) return { kind: 'stays', entry: rival };
    claimed.set(key, task.entry);
    const holder = holderOf(placement);
    if (holder !== undefined || leaving.size === 0) return holder;
    // On a disk that ignores case this is the holder. A rename that only changes case finds itself here.
    const folded = leaving.get(foldedKey(placement));
    return folded === undefined ? undefined : { kind: 'leaves', task: folded };
  };
}

function* departures(batch: Batch): Iterable<{ readonly from: Placement; readonly member: Member }> {
  for (const member of batch.members.values()) {
    const { before } = member.change;
    if (before !== undefined) yield { from: before.placement, member };
  }
}

function obstacle(entry: EntryId, member: Member | undefined): Obstacle {
  return member?.leaving === undefined ? { kind: 'stays', entry } : { kind: 'leaves', task: member.leaving };
}

function isOnDisk(entry: EntryId, batch: Batch): boolean {
  const member = entry === ROOT_ENTRY ? undefined : batch.members.get(entry);
  return member === undefined || member.change.before !== undefined;
}

/** Ids have one length, so the two parts cannot run into each other. */
function placeKey(placement: Placement): string {
  return placement.parent + placement.name;
}

function foldedKey(placement: Placement): string {
  return placement.parent + foldedName(placement.name);
}
