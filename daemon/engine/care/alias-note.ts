import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { WhyReason } from '../../../protocol/local-api-decisions.ts';
import { type Entry, wantedPlacement } from '../../core/entry.ts';
import { looksLikeAlias } from '../../core/names/alias.ts';
import { spelledOn, storedBytes } from '../../core/names/disk-names.ts';
import { canHold } from '../../core/names/held.ts';
import type { FolderIndex } from '../../store/folder-index.ts';
import { wantedPath } from '../apply/disk-tree.ts';

/** Explains a path, and does not keep it from being in sync. */
export const ALIAS = 'alias';

/** Why this disk calls an entry, or a directory that it is in, otherwise than the others do. */
export function aliasNotes(index: FolderIndex, entry: Entry): readonly WhyReason[] {
  const notes: WhyReason[] = [];
  let at: Entry | undefined = entry;
  while (at !== undefined) {
    const wanted = wantedPlacement(at);
    if (wanted === undefined) break;
    if (at.alias !== undefined && looksLikeAlias(at.alias))
      notes.unshift({ code: ALIAS, message: explain(index, at, wanted.name) });
    at = wanted.parent === ROOT_ENTRY ? undefined : index.entry(wanted.parent);
  }
  return notes;
}

function explain(index: FolderIndex, entry: Entry, name: string): string {
  const { names } = index;
  const known = `"${name}" on the other devices is ${wantedPath(index, entry)} here`;
  if (looksLikeAlias(name)) return `${known}: this disk keeps names of that form for its own aliases`;
  if (storedBytes(names, spelledOn(names, name)) > names.maxBytes)
    return `${known}: this disk has room for ${names.maxBytes} bytes in a name`;
  if (!canHold(names, spelledOn(names, name)))
    return `${known}: this disk refuses that name for a character, its end, or a word that means a device`;
  const wanted = wantedPlacement(entry);
  const [keeper] = wanted === undefined ? [] : index.wantedAlike(wanted.parent, name).filter((id) => id !== entry.id);
  const other = keeper === undefined ? undefined : wantedPlacement(index.entry(keeper) ?? entry)?.name;
  return `${known}: this disk takes it and "${other ?? name}" for one name; rename one of them and it has its own again`;
}
