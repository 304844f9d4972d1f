import { entryIdOf } from '../../protocol/entry-id.ts';
import type { EntryId } from '../../protocol/ids.ts';
import type { Content } from '../../protocol/registers.ts';
import { type Entry, type Placement, samePlacement, standingPlace, wantedPlacement } from './entry.ts';

/** Nobody moves a thousand files away from one name, one after another, and keeps them all. */
const ATTEMPTS = 4096;

/**
 * The id for something new at a place: the first of the place's own ids that is not in use elsewhere or for another
 * kind. Two devices that make the same path without knowing of each other get the same id, and equal contents are then
 * no conflict at all.
 */
export function allocateEntry(
  table: { entry(id: EntryId): Entry | undefined },
  place: Placement,
  kind: Content['kind'],
): EntryId {
  for (let n = 0; n < ATTEMPTS; n++) {
    const id = entryIdOf(place.parent, place.name, n);
    const entry = table.entry(id);
    if (entry === undefined || isFree(entry, place, kind)) return id;
  }
  throw new Error('every entry id of a place is taken');
}

function isFree(entry: Entry, place: Placement, kind: Content['kind']): boolean {
  if (entry.remote !== undefined && entry.remote.content.kind !== kind) return false;
  if (entry.synced !== undefined && !samePlacement(standingPlace(entry.synced), place)) return false;
  const wanted = wantedPlacement(entry);
  return wanted === undefined || samePlacement(wanted, place);
}
