import { createAncestry } from './ancestry.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { DiskTree } from './step.ts';
import type { Batch, MoveTask, Task } from './task.ts';

/**
 * Of the tasks that can be done, those of the lowest class go first: moves, new directories, new and changed files,
 * departures that something waits for, and when all that is done the other departures.
 */
const LATE_CLASS = 4;

function classOf(task: Task): number {
  switch (task.kind) {
    case 'move':
      return 0;
    case 'arrive':
      return task.to.content.kind === 'directory' ? 1 : 2;
    case 'refresh':
      return 2;
    case 'leave':
      return task.urgent ? 3 : LATE_CLASS;
  }
}

/** Late are the departures that nothing waits for. */
export function isLate(task: Task): boolean {
  return classOf(task) === LATE_CLASS;
}

export interface Waits {
  /** The next task that can be done now; with `earlyOnly` none that is late. */
  takeReady(earlyOnly: boolean): Task | undefined;
  /** The task is done or parked: whoever waited for it to happen, or to leave its place, goes on. */
  release(task: Task): void;
  /** What a task waits for, or undefined when it is done or can be. */
  firstUnmet(task: Task): Task | undefined;
}

/** Keeps account of what waits for what among `tasks`. Arrays are by the rank of the task. */
export function createWaits(tasks: readonly Task[], batch: Batch, disk: DiskTree): Waits {
  const count = batch.tasks.length;
  const queue = new ReadyQueue();
  const movesInTheWay = createAncestry(batch, disk);
  /** How many needs are not met yet. */
  const unmet = new Int32Array(count);
  /** All needs before this one are met. */
  const cursor = new Int32Array(count);
  /** Directories whose new parent is still below them, with the nearest move that may take it out. */
  const heldBy = new Map<Task, MoveTask>();
  /** By a move in the way: whom to look at again when it has left. */
  const holding = new Map<Task, MoveTask[]>();

  function makeReady(task: Task): void {
    queue.push(classOf(task) * count + task.rank);
  }

  /** Returns true when the move would go below itself, and arranges for another look. */
  function hold(task: MoveTask): boolean {
    const inTheWay = movesInTheWay(task);
    const nearest = inTheWay[0];
    if (nearest === undefined) return false;
    heldBy.set(task, nearest);
    for (const move of inTheWay) {
      const held = holding.get(move);
      if (held === undefined) holding.set(move, [task]);
      else held.push(task);
    }
    return true;
  }

  for (const task of tasks) {
    unmet[task.rank] = task.needs.length;
    if (task.needs.length === 0) makeReady(task);
  }

  return {
    takeReady(earlyOnly) {
      for (;;) {
        const key = queue.first;
        if (key === undefined || (earlyOnly && key >= LATE_CLASS * count)) return undefined;
        queue.pop();
        const task = batch.tasks[key % count];
        if (task === undefined) throw new Error(`no task has the rank ${key % count}`);
        if (task.kind !== 'move' || task.to.content.kind !== 'directory' || !hold(task)) return task;
      }
    },

    release(task) {
      for (const need of task.neededBy) {
        if (need.task.member.postponed !== undefined) continue;
        const left = (unmet[need.task.rank] ?? 0) - 1;
        unmet[need.task.rank] = left;
        if (left === 0) makeReady(need.task);
      }
      // Only who is still held: another move may have set it free, and then it has been made ready already.
      for (const held of holding.get(task) ?? []) if (heldBy.delete(held)) makeReady(held);
      holding.delete(task);
    },

    firstUnmet(task) {
      if (task.state === 'done') return undefined;
      let at = cursor[task.rank] ?? 0;
      while (at < task.needs.length && task.needs[at]?.on.state !== 'waiting') at += 1;
      cursor[task.rank] = at;
      return task.needs[at]?.on ?? heldBy.get(task);
    },
  };
}
