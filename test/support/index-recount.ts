import { blankEntry, type Entry, isDirty, sameBytes, standingPlace, wantedPlacement } from '../../daemon/core/entry.ts';
import { namesOn } from '../../daemon/core/names/assign.ts';
import { foldOn, holdsAllNames } from '../../daemon/core/names/disk-names.ts';
import { decodeEntry } from '../../daemon/store/entry-row.ts';
import { type Counters, type FolderIndex, NO_COUNTERS, splitIds } from '../../daemon/store/folder-index.ts';
import { folderKey } from '../../daemon/store/keys.ts';
import { rowsUnder } from '../../daemon/store/pages.ts';
import { fromUtf8, toHex } from '../../protocol/bytes.ts';
import { type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';

/** Every entry row of a folder, by id. */
export async function entriesIn(index: FolderIndex): Promise<readonly Entry[]> {
  const rows = await rowsUnder(index.store, folderKey('e', index.number));
  return rows.map(([key, row]) => decodeEntry(toHex(key.subarray(5)) as EntryId, row));
}

/** What an index keeps up to date step by step. */
export interface Derived {
  readonly counters: Counters;
  readonly liveChildren: Readonly<Record<string, number>>;
  /** Place, its name as the disk folds it → entries. */
  readonly wanted: Readonly<Record<string, readonly EntryId[]>>;
  /** Place, its name being an alias → entry. */
  readonly aliases: Readonly<Record<string, EntryId>>;
  /** Place on this disk → entry. */
  readonly standing: Readonly<Record<string, EntryId>>;
  readonly dirty: readonly EntryId[];
}

/** As the index has it. */
export async function derivedAsKept(index: FolderIndex): Promise<Derived> {
  const { number, store } = index;
  const wanted: Record<string, readonly EntryId[]> = {};
  for (const [key, row] of await rowsUnder(store, folderKey('w', number))) wanted[placeIn(key)] = splitIds(row);
  const standing: Record<string, EntryId> = {};
  for (const [key, row] of await rowsUnder(store, folderKey('s', number)))
    standing[placeIn(key)] = toHex(row.subarray(0, 16)) as EntryId;
  const aliases: Record<string, EntryId> = {};
  for (const [key, row] of await rowsUnder(store, folderKey('n', number)))
    aliases[placeIn(key)] = toHex(row) as EntryId;
  const liveChildren: Record<string, number> = {};
  for (const entry of await entriesIn(index)) if (entry.liveChildren !== 0) liveChildren[entry.id] = entry.liveChildren;
  const dirty = (await index.dirty(Number.MAX_SAFE_INTEGER)).map(({ id }) => id).toSorted();
  return { counters: index.counters(), liveChildren, wanted, aliases, standing, dirty };
}

/** Counted anew from the entries alone. */
export async function derivedAnew(index: FolderIndex): Promise<Derived> {
  const entries = await entriesIn(index);
  const counters: { -readonly [Name in keyof Counters]: number } = { ...NO_COUNTERS };
  const liveChildren: Record<string, number> = {};
  const wanted: Record<string, EntryId[]> = {};
  const standing: Record<string, EntryId> = {};
  const dirty: EntryId[] = [];
  for (const entry of entries) {
    const place = wantedPlacement(entry);
    if (place !== undefined) {
      const key = `${place.parent}/${foldOn(index.names, place.name)}`;
      wanted[key] = [...(wanted[key] ?? []), entry.id];
      if (place.parent !== ROOT_ENTRY) liveChildren[place.parent] = (liveChildren[place.parent] ?? 0) + 1;
    }
    if (entry.synced !== undefined) {
      const { parent, name } = standingPlace(entry.synced);
      standing[`${parent}/${name}`] = entry.id;
    }
    if (isDirty(entry)) dirty.push(entry.id);
    count(counters, entry);
    if (entry.synced !== undefined && / \(conflict .+ [0-9a-f]{8}\)(\.[^.]+)?$/.test(entry.synced.placement.name))
      counters.conflicts += 1;
    if (/ \(alias [0-9a-f]{12}\)(\.[^.]*)?$/.test(entry.synced?.alias ?? '')) counters.aliases += 1;
  }
  return { counters, liveChildren, wanted, aliases: aliasesAnew(index, entries), standing, dirty };
}

/** As if all were named at once, and not one after another as they came and went. */
function aliasesAnew({ names }: FolderIndex, entries: readonly Entry[]): Readonly<Record<string, EntryId>> {
  const aliases: Record<string, EntryId> = {};
  if (holdsAllNames(names)) return aliases;
  const wanted = entries.flatMap((entry) => ({ id: entry.id, place: wantedPlacement(entry) }));
  for (const [parent, siblings] of Map.groupBy(wanted, ({ place }) => place?.parent)) {
    const named = siblings.flatMap(({ id, place }) => (place === undefined ? [] : [{ id, name: place.name }]));
    const onDisk = namesOn(names, named);
    for (const { id, name } of named) {
      const alias = onDisk.get(id);
      if (alias !== undefined && alias !== name) aliases[`${parent}/${alias}`] = id;
    }
  }
  return aliases;
}

function count(sums: { -readonly [Name in keyof Counters]: number }, entry: Entry): void {
  const here = entry.synced?.content;
  if (here?.kind === 'file') {
    sums.files += 1;
    sums.bytes += here.size;
  }
  if (here?.kind === 'directory') sums.directories += 1;
  if (here?.kind === 'symlink') sums.symlinks += 1;
  if (!isDirty(entry)) return;
  sums.dirty += 1;
  if (wantedPlacement(entry) === undefined) sums.leaving += 1;
  const wanted = wantedPlacement(entry) === undefined ? undefined : entry.remote?.content;
  if (wanted?.kind === 'file' && wanted.size >= 512 && here?.kind === 'file' && wanted.digest !== here.digest)
    sums.rewritten += 1;
  if (wanted?.kind === 'file' && !(here !== undefined && sameBytes(here, wanted))) sums.dirtyBytes += wanted.size;
}

/** Entries that the registers want somewhere that can not be reached from the root. */
export async function unreachable(index: FolderIndex): Promise<readonly EntryId[]> {
  const entries = new Map((await entriesIn(index)).map((entry) => [entry.id, entry]));
  return [...entries.values()].flatMap((entry) => {
    const seen = new Set<EntryId>();
    let at = entry.id;
    if (wantedPlacement(entry) === undefined) return [];
    while (at !== ROOT_ENTRY) {
      const place = wantedPlacement(entries.get(at) ?? blankEntry(at));
      if (place === undefined || seen.has(at)) return [entry.id];
      seen.add(at);
      at = place.parent;
    }
    return [];
  });
}

/** True when the registers want a tree: one entry a name, everything below the root. */
export async function wantsTree(index: FolderIndex): Promise<boolean> {
  const { wanted } = await derivedAnew(index);
  return Object.values(wanted).every((ids) => ids.length === 1) && (await unreachable(index)).length === 0;
}

function placeIn(key: Uint8Array): string {
  return `${toHex(key.subarray(5, 21))}/${fromUtf8(key.subarray(21))}`;
}
