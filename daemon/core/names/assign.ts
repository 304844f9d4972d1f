import type { EntryId } from '../../../protocol/ids.ts';
import { cutToBytes } from '../../../protocol/names.ts';
import { aliasOf } from './alias.ts';
import { type DiskNames, foldOn, spelledOn } from './disk-names.ts';
import { canHold } from './held.ts';
import { withoutBadEnding } from './reserved.ts';

/** An entry and its true name. */
export interface Named {
  readonly id: EntryId;
  readonly name: string;
}

/**
 * Of entries that the disk takes for one, the one that keeps its name: the first that the disk can hold. Undefined when
 * it can hold none.
 * @param alike smallest id first, so that all disks of one kind choose the same
 */
export function keeperOf(disk: DiskNames, alike: Iterable<Named>): EntryId | undefined {
  for (const { id, name } of alike) if (canHold(disk, spelledOn(disk, name))) return id;
  return undefined;
}

/** What the entry is called on the disk, given who keeps its name among those alike. */
export function nameOn(disk: DiskNames, { id, name }: Named, keeper: EntryId | undefined): string {
  return id === keeper ? spelledOn(disk, name) : aliasOf(disk, name, id);
}

/** A name that is to be given on this disk, or one like it that the disk can hold. */
export function fittingName(disk: DiskNames, name: string, id: EntryId): string {
  return canHold(disk, spelledOn(disk, name)) ? name : aliasOf(disk, name, id);
}

/** Longest piece of a name in that of its trash, where a time and an id are too: in all it fits 143 bytes, decomposed as well. */
const TRASH_PART_BYTES = 36;

/** As much of a name of this disk as goes into another without making that one illegal. */
export function trashPart(name: string): string {
  return withoutBadEnding(cutToBytes(name, TRASH_PART_BYTES));
}

/**
 * What each entry of one directory is called on the disk. Depends on nothing but the entries and the kind of disk; no two
 * get names that the disk takes for one.
 */
export function namesOn(disk: DiskNames, entries: readonly Named[]): ReadonlyMap<EntryId, string> {
  const alike = Map.groupBy(
    entries.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ({ name }) => foldOn(disk, name),
  );
  const names = new Map<EntryId, string>();
  for (const group of alike.values()) {
    const keeper = keeperOf(disk, group);
    for (const each of group) names.set(each.id, nameOn(disk, each, keeper));
  }
  return names;
}
