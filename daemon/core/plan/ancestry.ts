import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { DiskTree } from './step.ts';
import type { Batch, MoveTask } from './task.ts';

/**
 * Answers, at any point of the plan: must `move` wait because the directory it goes to is still below the one it moves?
 * Returns the moves on the way from there that have yet to happen, nearest first; as soon as one of them has left its
 * place it is worth asking again. Empty when the way is free.
 *
 * Asking costs as many steps as there are moves yet to happen above the new parent: what lies between them stays
 * where it is, and is walked over once.
 */
export function createAncestry(batch: Batch, disk: DiskTree): (move: MoveTask) => readonly MoveTask[] {
  /** From an entry that stays where it is to the first above it that does not, or did not when we last walked by. */
  const shortcuts = new Map<EntryId, EntryId>();

  /** The task that will take this entry elsewhere, unless it has already. */
  function moveAhead(entry: EntryId): MoveTask | undefined {
    const member = batch.members.get(entry);
    const task = member?.postponed === undefined ? member?.arriving : undefined;
    return task?.kind === 'move' && task.state !== 'done' ? task : undefined;
  }

  function parentNow(entry: EntryId): EntryId {
    const member = batch.members.get(entry);
    if (member === undefined) return disk.placementOf(entry)?.parent ?? ROOT_ENTRY;
    const arrived = member.arriving?.state === 'done';
    return (arrived ? member.change.after : member.change.before)?.placement.parent ?? ROOT_ENTRY;
  }

  /** The first move that has yet to happen, of this entry or one above it. */
  function firstMoveFrom(entry: EntryId): MoveTask | undefined {
    const passed: EntryId[] = [];
    let at = entry;
    let ahead: MoveTask | undefined;
    while (at !== ROOT_ENTRY) {
      ahead = moveAhead(at);
      if (ahead !== undefined) break;
      passed.push(at);
      at = shortcuts.get(at) ?? parentNow(at);
    }
    for (const each of passed) shortcuts.set(each, at);
    return ahead;
  }

  return (move) => {
    const { parent } = move.to.placement;
    const between: MoveTask[] = [];
    for (let ahead = firstMoveFrom(parent); ahead !== undefined; ahead = firstMoveFrom(ahead.from.placement.parent)) {
      if (ahead === move) {
        if (between.length === 0) throw new Error(`nothing takes ${parent} out of ${move.entry}`);
        return between;
      }
      // The parking directory is not below anything.
      if (ahead.state === 'parked') break;
      between.push(ahead);
    }
    return [];
  };
}
