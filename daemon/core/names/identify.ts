import type { EntryId } from '../../../protocol/ids.ts';
import type { Content } from '../../../protocol/registers.ts';
import { allocateEntry } from '../allocate.ts';
import {
  type Entry,
  type Placement,
  type Synced,
  samePlacement,
  standingPlace,
  wantedPlacement,
  wantedStandingPlace,
} from '../entry.ts';

/** The true place of something on this disk, and the name it stands under when that is another. */
export type TruePlace = Pick<Synced, 'placement' | 'alias'>;

interface Table {
  entry(id: EntryId): Entry | undefined;
  aliased(parent: EntryId, alias: string): EntryId | undefined;
}

/**
 * Which entry it is that is new at a place of this disk. Under an alias, the entry that is to have it, if that is
 * missing: so a folder that is set up anew where it was before finds what it left.
 */
export function identify(table: Table, at: Placement, kind: Content['kind']): TruePlace & { readonly entry: EntryId } {
  const id = table.aliased(at.parent, at.name);
  const entry = id === undefined ? undefined : table.entry(id);
  const wanted = entry === undefined ? undefined : wantedPlacement(entry);
  if (entry === undefined || wanted === undefined || entry.synced !== undefined || entry.remote?.content.kind !== kind)
    return { entry: allocateEntry(table, at, kind), placement: at };
  return { entry: entry.id, placement: wanted, alias: at.name };
}

/**
 * The true place of an entry that was found at a place of this disk: under a name that it had already, or a new one. Where
 * it is to stand anyway, a run that ended before it could note that has put it there.
 */
export function truePlace(entry: Entry | undefined, at: Placement): TruePlace {
  const wanted = entry === undefined ? undefined : wantedPlacement(entry);
  if (entry !== undefined && wanted !== undefined && samePlacement(wantedStandingPlace(entry), at))
    return { placement: wanted, alias: entry.alias };
  const { synced } = entry ?? {};
  if (synced === undefined || standingPlace(synced).name !== at.name) return { placement: at };
  return { placement: { parent: at.parent, name: synced.placement.name }, alias: synced.alias };
}
