import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { findNeeds, markUrgent } from './needs.ts';
import { orderSteps } from './order.ts';
import { postponeRings } from './rings.ts';
import type { Change, DiskTree, Plan, Postponed } from './step.ts';
import { compareText, splitIntoTasks } from './task.ts';

/**
 * Orders what must change on disk into steps, each of which a path-based disk can execute when its turn comes:
 * parents are there before what is in them, a name is free before something is put there, a directory is empty before
 * it goes, and nothing is moved below itself. Entries that wait for each other in a ring are set free by parking one
 * of them; a rename that only changes case is such a ring of one, so that it works where case is ignored.
 *
 * Changes that lack something outside the batch are postponed, whole; so are those that build on them. A batch that
 * holds every dirty entry of a valid tree postpones none.
 *
 * The result depends on the set of changes and on the disk, not on the order of either. Costs O(n log n) for n
 * changes, plus the depth of the new parent for each directory that moves.
 * Throws an Error (a bug of the caller's) for an entry that is in the batch twice, a change of the root, or a disk
 * that is no tree.
 */
export function planSteps(changes: readonly Change[], disk: DiskTree): Plan {
  if (changes.some((change) => change.entry === ROOT_ENTRY)) throw new Error('the root is not an entry to change');
  const batch = splitIntoTasks(changes);
  findNeeds(batch, disk);
  postponeRings(batch, disk);
  markUrgent(batch);
  const steps = orderSteps(batch, disk);
  const postponed: Postponed[] = [];
  for (const member of batch.members.values()) if (member.postponed !== undefined) postponed.push(member.postponed);
  postponed.sort((a, b) => compareText(a.entry, b.entry));
  return { steps, postponed };
}
