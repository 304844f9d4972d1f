import type { EntryId } from '../../../protocol/ids.ts';
import { sameContent, samePlacement } from '../entry.ts';
import type { Change, Postponed, PostponeReason, Standing } from './step.ts';

/** One change of the batch, and the one or two tasks it takes. The fields that change belong to the planning run. */
export interface Member {
  readonly change: Change;
  readonly tasks: Task[];
  /** The task after which the entry is no longer where it was. */
  leaving: MoveTask | LeaveTask | undefined;
  /** The task after which the entry is where it should be. */
  arriving: MoveTask | ArriveTask | undefined;
  postponed: Postponed | undefined;
}

/** `task` cannot be done before `on` has left its place or, when it arrives only, arrived. */
export interface Need {
  readonly task: Task;
  readonly on: Task;
  /** What becomes of `task` when `on` is postponed. */
  readonly reason: PostponeReason;
}

interface TaskState {
  readonly entry: EntryId;
  readonly member: Member;
  readonly needs: Need[];
  readonly neededBy: Need[];
  /** Position in the batch's sorted tasks. */
  rank: number;
  state: 'waiting' | 'parked' | 'done';
}

/** One rename: the entry leaves its place and arrives at the other. */
export type MoveTask = TaskState & { readonly kind: 'move'; readonly from: Standing; readonly to: Standing };
/** The entry appears. */
export type ArriveTask = TaskState & { readonly kind: 'arrive'; readonly to: Standing };
/** The entry goes, for good or to come back as another kind. `urgent` when something else needs it to go. */
export type LeaveTask = TaskState & { readonly kind: 'leave'; readonly from: Standing; urgent: boolean };
/** The entry stays where it is and gets other bytes, another mode or another time. */
export type RefreshTask = TaskState & { readonly kind: 'refresh'; readonly from: Standing; readonly to: Standing };
export type Task = MoveTask | ArriveTask | LeaveTask | RefreshTask;

export interface Batch {
  readonly members: ReadonlyMap<EntryId, Member>;
  /** In an order that depends on nothing but the changes: place by place, so that neighbours stay together. */
  readonly tasks: readonly Task[];
}

/** Splits every change into its tasks. A change of kind is a departure and an arrival; any other takes one task. */
export function splitIntoTasks(changes: readonly Change[]): Batch {
  const members = new Map<EntryId, Member>();
  const tasks: Task[] = [];
  for (const change of changes) {
    if (members.has(change.entry)) throw new Error(`entry ${change.entry} is in one batch twice`);
    const member: Member = { change, tasks: [], leaving: undefined, arriving: undefined, postponed: undefined };
    members.set(change.entry, member);
    addTasks(member);
    tasks.push(...member.tasks);
  }
  tasks.sort(byPlace);
  for (const [rank, task] of tasks.entries()) task.rank = rank;
  return { members, tasks };
}

function addTasks(member: Member): void {
  const { entry, before, after } = member.change;
  const state = (): TaskState => ({ entry, member, needs: [], neededBy: [], rank: 0, state: 'waiting' });
  if (before !== undefined && after !== undefined && before.content.kind === after.content.kind) {
    if (!samePlacement(before.placement, after.placement)) {
      const move: MoveTask = { ...state(), kind: 'move', from: before, to: after };
      member.leaving = move;
      member.arriving = move;
      member.tasks.push(move);
    } else if (!sameContent(before.content, after.content)) {
      member.tasks.push({ ...state(), kind: 'refresh', from: before, to: after });
    }
    return;
  }
  if (before !== undefined) {
    member.leaving = { ...state(), kind: 'leave', from: before, urgent: false };
    member.tasks.push(member.leaving);
  }
  if (after !== undefined) {
    member.arriving = { ...state(), kind: 'arrive', to: after };
    member.tasks.push(member.arriving);
  }
}

function byPlace(a: Task, b: Task): number {
  const left = a.kind === 'leave' ? a.from.placement : a.to.placement;
  const right = b.kind === 'leave' ? b.from.placement : b.to.placement;
  return (
    compareText(left.parent, right.parent) ||
    compareText(left.name, right.name) ||
    compareText(a.entry, b.entry) ||
    compareText(a.kind, b.kind)
  );
}

/** By UTF-16 code unit, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
