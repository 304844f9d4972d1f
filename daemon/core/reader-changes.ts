import type { EntryId } from '../../protocol/ids.ts';
import {
  type Entry,
  isDirty,
  type Placement,
  sameBytes,
  sameContent,
  samePlacement,
  standingPlace,
  wantedPlacement,
} from './entry.ts';
import type { DiskTable, Observation } from './local-changes.ts';

/**
 * What a scan's observation is on a device that may not write:
 * - `agreed`: what the registers want, or no change at all; the table was updated;
 * - `unsent`: a change of its user, which stays on this disk and nowhere else;
 * - `in-the-way`: such a change where something else is to come. It has to be moved aside first.
 */
export type ReaderOutcome = 'agreed' | 'unsent' | 'in-the-way';

/** Compares as `observe` does, but writes no register: others would refuse it. */
export function observeAsReader(table: DiskTable, observation: Observation): ReaderOutcome {
  const entry = table.entry(observation.entry);
  if (observation.kind === 'absent') return observeAbsent(table, entry);
  const { placement, alias, content, stamp } = observation;
  const { synced, remote } = entry ?? {};
  const still = synced !== undefined && samePlacement(synced.placement, placement);
  const agree = (): 'agreed' => {
    table.setSynced(observation.entry, { placement, alias, content, stamp });
    return 'agreed';
  };
  if (still && sameContent(content, synced.content)) return agree();
  const wantedHere = entry !== undefined && samePlacement(wantedPlacement(entry), placement);
  // Put there by hand, as the others have it. Another time or mode of what had been agreed is a change of its own.
  const news = synced === undefined || remote === undefined || !sameBytes(synced.content, remote.content);
  if (wantedHere && remote !== undefined && sameBytes(content, remote.content) && (news || !still)) return agree();
  if (still && entry !== undefined && isDirty(entry)) {
    if (wantedPlacement(entry) !== undefined) return 'in-the-way';
    // Deleted elsewhere: what was made of it here goes on as a file of this device alone.
    table.setSynced(observation.entry, undefined);
    return 'unsent';
  }
  // Moved away from where a newer version is to come: nothing of it is there any more.
  if (synced !== undefined && !still && entry !== undefined && isDirty(entry)) table.setSynced(entry.id, undefined);
  return someoneElseComes(table, observation.entry, standingPlace(observation)) ? 'in-the-way' : 'unsent';
}

function observeAbsent(table: DiskTable, entry: Entry | undefined): ReaderOutcome {
  if (entry?.synced === undefined) return 'agreed';
  if (!isDirty(entry)) return 'unsent';
  table.setSynced(entry.id, undefined);
  return 'agreed';
}

/** Something that is not at this place yet, and is wanted there; or was, and a newer version of it is wanted there. */
function someoneElseComes(table: DiskTable, here: EntryId, { parent, name }: Placement): boolean {
  return table.comingTo(parent, name).some((id) => {
    const entry = table.entry(id);
    if (entry?.synced === undefined || !samePlacement(standingPlace(entry.synced), { parent, name })) return true;
    return id !== here && isDirty(entry);
  });
}
