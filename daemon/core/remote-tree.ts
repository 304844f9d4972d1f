import type { EntryId } from '../../protocol/ids.ts';
import { ROOT_ENTRY } from '../../protocol/ids.ts';
import { blankEntry, type Entry, type Placement, samePlacement, wantedPlacement } from './entry.ts';

/** The entries of a folder as a table that a decision may read and change; a commit makes the changes last. */
export interface EntryTable {
  entry(id: EntryId): Entry | undefined;
  put(entry: Entry): void;
  /** Entries the registers want at this place, smallest id first. More than one is a collision. */
  wantedAt(parent: EntryId, name: string): readonly EntryId[];
  addWanted(placement: Placement, id: EntryId): void;
  removeWanted(placement: Placement, id: EntryId): void;
}

/** Deeper trees than any real disk allows (PATH_MAX / 2); a longer walk has met a cycle. */
const DEPTH_LIMIT = 2048;

/**
 * Records what the registers say of an entry and carries the consequences upwards: a directory that was deleted
 * elsewhere comes back when something lives in it, and goes when the last of it goes.
 */
export function setRemote(table: EntryTable, id: EntryId, remote: Entry['remote']): void {
  const before = table.entry(id) ?? blankEntry(id);
  replaceEntry(table, before, { ...before, remote });
}

function replaceEntry(table: EntryTable, first: Entry, changed: Entry): void {
  let before = first;
  let after = changed;
  const pending: { parent: EntryId; delta: number }[] = [];
  for (;;) {
    const was = wantedPlacement(before);
    const is = wantedPlacement(after);
    table.put(after);
    if (!samePlacement(was, is)) {
      if (was !== undefined) {
        table.removeWanted(was, after.id);
        pending.push({ parent: was.parent, delta: -1 });
      }
      if (is !== undefined) {
        table.addWanted(is, after.id);
        pending.push({ parent: is.parent, delta: 1 });
      }
    }
    let next = pending.pop();
    while (next !== undefined && next.parent === ROOT_ENTRY) next = pending.pop();
    if (next === undefined) return;
    before = table.entry(next.parent) ?? blankEntry(next.parent);
    after = { ...before, liveChildren: before.liveChildren + next.delta };
  }
}

/**
 * Follows the wanted parents of an entry. Returns the ids of a cycle when the walk meets one, 'root' when it ends
 * at the root, 'orphan' when a parent is unknown or gone.
 */
export function walkToRoot(table: EntryTable, id: EntryId): 'root' | 'orphan' | readonly EntryId[] {
  const seen: EntryId[] = [];
  const known = new Set<EntryId>();
  let at = id;
  while (at !== ROOT_ENTRY) {
    if (known.has(at)) return seen.slice(seen.indexOf(at));
    if (seen.length >= DEPTH_LIMIT) return 'orphan';
    known.add(at);
    seen.push(at);
    const entry = table.entry(at);
    const wanted = entry === undefined ? undefined : wantedPlacement(entry);
    if (wanted === undefined) return 'orphan';
    at = wanted.parent;
  }
  return 'root';
}
