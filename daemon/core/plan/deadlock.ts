import type { MoveTask, Task } from './task.ts';

export interface DeadlockBreaker {
  /** To be told whenever a task is done or parked. */
  released(task: Task): void;
  /** To be asked when tasks are left and none can be done. */
  moveToPark(): MoveTask;
}

/**
 * Finds tasks that wait for each other in a ring, and says which move of the ring to park. Every ring has a move in
 * it: departures wait only for departures further down, arrivals only for the directories above them and for
 * departures. And every wait for a move ends as soon as the move has left its place.
 *
 * The way walked is kept from one call to the next, so that a long queue of waiting tasks with many small rings along
 * it is walked once and not once for each ring.
 * @param tasks those that may have to be done before a deadlock ends, in a fixed order
 * @param firstUnmet what a task waits for at this moment; every one of `tasks` that is not done waits for something
 */
export function createDeadlockBreaker(
  tasks: readonly Task[],
  firstUnmet: (task: Task) => Task | undefined,
): DeadlockBreaker {
  const way: Task[] = [];
  const positionOf = new Map<Task, number>();
  /** How much of the way still holds: each of these tasks waits for the next. */
  let valid = 0;
  /** All tasks before this one are done. */
  let start = 0;

  function append(task: Task): void {
    positionOf.set(task, way.push(task) - 1);
    valid = way.length;
  }

  function nextStart(): Task {
    for (; start < tasks.length; start += 1) {
      const task = tasks[start];
      if (task !== undefined && task.state !== 'done') return task;
    }
    throw new Error('nothing is left to wait for');
  }

  return {
    released(task) {
      const position = positionOf.get(task);
      if (position !== undefined && position < valid) valid = position;
    },

    moveToPark() {
      for (const task of way.splice(valid)) positionOf.delete(task);
      if (way.length === 0) append(nextStart());
      for (;;) {
        const last = way.at(-1);
        const next = last && firstUnmet(last);
        if (next === undefined) throw new Error(`${String(last?.entry)} waits for nothing and was not done`);
        const from = positionOf.get(next);
        if (from !== undefined) return choose(way.slice(from));
        append(next);
      }
    },
  };
}

/** A file before a directory, because a parked directory takes everything in it out of sight; then the first. */
function choose(ring: readonly Task[]): MoveTask {
  let choice: MoveTask | undefined;
  for (const task of ring) {
    if (task.kind !== 'move') continue;
    if (choice === undefined || compareForParking(task, choice) < 0) choice = task;
  }
  if (choice === undefined) throw new Error('a ring of waiting steps without a move');
  return choice;
}

function compareForParking(a: MoveTask, b: MoveTask): number {
  return Number(a.to.content.kind === 'directory') - Number(b.to.content.kind === 'directory') || a.rank - b.rank;
}
