import { createDeadlockBreaker } from './deadlock.ts';
import { stepsOf } from './emit.ts';
import type { DiskTree, Step } from './step.ts';
import type { Batch, MoveTask, Task } from './task.ts';
import { createWaits, isLate } from './waits.ts';

/** Puts the tasks that are not postponed into an order in which each can be done, and returns their steps. */
export function orderSteps(batch: Batch, disk: DiskTree): readonly Step[] {
  const tasks = batch.tasks.filter((task) => task.member.postponed === undefined);
  const early = tasks.filter((task) => !isLate(task));
  const waits = createWaits(tasks, batch, disk);
  const deadlock = createDeadlockBreaker(early, waits.firstUnmet);
  const steps: Step[] = [];
  let earlyLeft = early.length;

  function perform(task: Task): void {
    steps.push(...stepsOf(task));
    const hadLeft = task.state === 'parked';
    task.state = 'done';
    if (!isLate(task)) earlyLeft -= 1;
    if (!hadLeft) waits.release(task);
    deadlock.released(task);
  }

  function park(move: MoveTask): void {
    steps.push({ kind: 'park', entry: move.entry, from: move.from.placement });
    move.state = 'parked';
    waits.release(move);
    deadlock.released(move);
  }

  for (;;) {
    const task = waits.takeReady(earlyLeft > 0);
    if (task !== undefined) perform(task);
    else if (earlyLeft > 0) park(deadlock.moveToPark());
    else return steps;
  }
}
