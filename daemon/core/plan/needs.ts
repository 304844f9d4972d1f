import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { createPlaces } from './places.ts';
import { postpone } from './postpone.ts';
import type { DiskTree, PostponeReason } from './step.ts';
import { type ArriveTask, type Batch, compareText, type LeaveTask, type MoveTask, type Task } from './task.ts';

/** A task that waits for something which does not happen in this batch. */
interface Hopeless {
  readonly task: Task;
  readonly reason: PostponeReason;
  readonly blocker: EntryId;
}

/**
 * Finds what every task has to wait for, and postpones the changes that wait for something which is not in the batch:
 * - the directory to arrive in is on disk;
 * - the name to arrive at is free;
 * - everything in a directory has left before the directory goes;
 * - an entry that changes its kind has gone before it comes back.
 * The one rule that is not here is that a directory must not move below itself: what that waits for depends on the
 * order of the other moves, see `ancestry.ts`.
 */
export function findNeeds(batch: Batch, disk: DiskTree): void {
  const obstacleOf = createPlaces(batch, disk);
  const hopeless: Hopeless[] = [];
  for (const task of batch.tasks) {
    switch (task.kind) {
      case 'refresh':
        break;
      case 'leave':
        if (task.from.content.kind === 'directory') hopeless.push(...needEmpty(task, batch, disk));
        break;
      case 'arrive':
      case 'move': {
        hopeless.push(...needParent(task, batch, disk));
        const before = task.kind === 'arrive' ? task.member.leaving : undefined;
        if (before !== undefined) addNeed(task, before, 'occupied');
        const obstacle = obstacleOf(task);
        if (obstacle?.kind === 'stays') hopeless.push({ task, reason: 'occupied', blocker: obstacle.entry });
        if (obstacle?.kind === 'leaves' && obstacle.task !== before) addNeed(task, obstacle.task, 'occupied');
      }
    }
  }
  for (const { task, reason, blocker } of hopeless) postpone(task.member, reason, blocker);
}

function addNeed(task: Task, on: Task, reason: PostponeReason): void {
  const need = { task, on, reason };
  task.needs.push(need);
  on.neededBy.push(need);
}

function needParent(task: MoveTask | ArriveTask, batch: Batch, disk: DiskTree): readonly Hopeless[] {
  const { parent } = task.to.placement;
  if (parent === ROOT_ENTRY) return [];
  const missing: Hopeless = { task, reason: 'parent-missing', blocker: parent };
  const member = batch.members.get(parent);
  if (member === undefined) return disk.isDirectory(parent) ? [] : [missing];
  if (member.change.after?.content.kind !== 'directory') return [missing];
  // A directory that is moved can be entered before and after; only a new one has to be waited for.
  if (member.arriving?.kind === 'arrive') addNeed(task, member.arriving, 'parent-missing');
  return [];
}

function needEmpty(task: LeaveTask, batch: Batch, disk: DiskTree): readonly Hopeless[] {
  const leaving: Task[] = [];
  let blocker: EntryId | undefined;
  for (const child of disk.children(task.entry)) {
    const departure = batch.members.get(child)?.leaving;
    if (departure !== undefined) leaving.push(departure);
    else if (blocker === undefined || compareText(child, blocker) < 0) blocker = child;
  }
  leaving.sort((a, b) => a.rank - b.rank);
  for (const departure of leaving) addNeed(task, departure, 'not-empty');
  return blocker === undefined ? [] : [{ task, reason: 'not-empty', blocker }];
}

/** Marks the departures that free a name or a directory for something else: they cannot be left for the end. */
export function markUrgent(batch: Batch): void {
  const open: Task[] = batch.tasks.filter((task) => task.kind === 'arrive' || task.kind === 'move');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { on } of next.needs) {
      if (on.kind !== 'leave' || on.urgent) continue;
      on.urgent = true;
      open.push(on);
    }
  }
}
