import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { postpone } from './postpone.ts';
import type { DiskTree } from './step.ts';
import type { ArriveTask, Batch, Member, MoveTask } from './task.ts';

/**
 * Postpones directories that would end up below themselves, until what the batch leads to is a tree. They are there
 * when the change that takes the new parent out of the directory is not in the batch, or was postponed.
 */
export function postponeRings(batch: Batch, disk: DiskTree): void {
  let suspects: readonly Member[] = batch.tasks.flatMap((task) =>
    (task.kind === 'move' || task.kind === 'arrive') && task.to.content.kind === 'directory' ? [task.member] : [],
  );
  while (suspects.length > 0) {
    const taken = new Map<EntryId, Member>();
    for (const ring of findRings(suspects, batch, disk)) {
      // Breaking another ring may have broken this one.
      if (ring.some((entry) => taken.has(entry))) continue;
      for (const member of breakRing(ring, batch, disk)) taken.set(member.change.entry, member);
    }
    // Only what was just put back to where it was can close a ring that was not there before.
    suspects = [...taken.values()];
  }
}

/** Walks from every suspect to the root of the wanted tree; no entry is walked over twice. */
function findRings(suspects: readonly Member[], batch: Batch, disk: DiskTree): readonly (readonly EntryId[])[] {
  const walkedBy = new Map<EntryId, number>();
  const rings: EntryId[][] = [];
  for (const [walk, suspect] of suspects.entries()) {
    let at: EntryId | undefined = suspect.change.entry;
    while (at !== undefined && at !== ROOT_ENTRY && !walkedBy.has(at)) {
      walkedBy.set(at, walk);
      at = parentAfter(at, batch, disk);
    }
    if (at === undefined || at === ROOT_ENTRY || walkedBy.get(at) !== walk) continue;
    const ring: EntryId[] = [];
    for (let next: EntryId | undefined = at; next !== undefined; next = parentAfter(next, batch, disk)) {
      if (ring[0] === next) break;
      ring.push(next);
    }
    rings.push(ring);
  }
  return rings;
}

function parentAfter(entry: EntryId, batch: Batch, disk: DiskTree): EntryId | undefined {
  const member = batch.members.get(entry);
  if (member === undefined) return disk.placementOf(entry)?.parent;
  const { before, after } = member.change;
  return (member.postponed === undefined ? after : before)?.placement.parent;
}

/**
 * Postpones one directory of the ring: the one that stands highest on disk now, since it is what holds the others, and
 * they may still move below it. What is new gives way only in a ring of nothing else.
 */
function breakRing(ring: readonly EntryId[], batch: Batch, disk: DiskTree): readonly Member[] {
  let victim: { readonly task: MoveTask | ArriveTask; readonly depth: number } | undefined;
  for (const entry of ring) {
    const member = batch.members.get(entry);
    const task = member?.postponed === undefined ? member?.arriving : undefined;
    if (task === undefined) continue;
    const depth = task.kind === 'move' ? depthBefore(entry, batch, disk) : Number.POSITIVE_INFINITY;
    if (victim === undefined || depth < victim.depth || (depth === victim.depth && task.rank < victim.task.rank)) {
      victim = { task, depth };
    }
  }
  if (victim === undefined) throw new Error(`the tree on disk has a cycle at ${String(ring[0])}`);
  return postpone(victim.task.member, 'into-itself', victim.task.to.placement.parent);
}

function depthBefore(entry: EntryId, batch: Batch, disk: DiskTree): number {
  let depth = 0;
  for (let at: EntryId | undefined = entry; at !== undefined && at !== ROOT_ENTRY; depth += 1) {
    const member = batch.members.get(at);
    at = (member === undefined ? disk.placementOf(at) : member.change.before?.placement)?.parent;
  }
  return depth;
}
