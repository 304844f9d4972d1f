import { conflictEntryId } from '../../protocol/entry-id.ts';
import { type Digest, type EntryId, NO_DIGEST, ROOT_ENTRY } from '../../protocol/ids.ts';
import { conflictName } from '../../protocol/names.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import { type Placement, sameBytes, wantedPlacement } from './entry.ts';
import { type EntryTable, setRemote, walkToRoot } from './remote-tree.ts';

/** A register write that settles something: the same values on every device that makes it. */
export interface RegisterChange {
  readonly entry: EntryId;
  readonly location?: Location;
  readonly content?: Content;
}

/** An entry whose content register held several versions. */
export interface Rivals {
  readonly entry: EntryId;
  readonly winner: Content;
  readonly losers: readonly Content[];
}

/** Settling one thing may unsettle another (a conflict name that is taken too), but not this often. */
const ROUND_LIMIT = 64;

/**
 * Brings a merged tree back into the shape of a disk: one entry a name, no cycles, every rival version kept as a
 * file of its own. Changes the table and returns the register writes that tell the other devices.
 * @param touched entries whose place changed
 * @param nameOf the name of a device, for people, from the `author` field of a content
 */
export function settleTree(
  table: EntryTable,
  touched: Iterable<EntryId>,
  rivals: readonly Rivals[],
  nameOf: (author: string) => string,
): readonly RegisterChange[] {
  const changes: RegisterChange[] = [];
  const moved = new Set(touched);
  for (const rival of rivals) settleRivals(table, rival, nameOf, changes, moved);
  for (let round = 0; round < ROUND_LIMIT && moved.size > 0; round++) {
    for (const id of [...moved]) addRevived(table, id, moved);
    const now = [...moved].toSorted();
    moved.clear();
    for (const id of now) openHolders(table, id, nameOf, changes, moved);
    for (const id of now) cutCycle(table, id, changes, moved);
    for (const id of now) settleNames(table, id, nameOf, changes, moved);
  }
  return changes;
}

function settleRivals(
  table: EntryTable,
  rival: Rivals,
  nameOf: (author: string) => string,
  changes: RegisterChange[],
  moved: Set<EntryId>,
): void {
  const place = placeOf(table, rival.entry);
  changes.push({ entry: rival.entry, content: rival.winner });
  if (place === undefined) return;
  for (const loser of rival.losers) {
    const { entry, change } = keepVersion(table, rival.entry, place, loser, nameOf(loser.author));
    if (change === undefined) continue;
    changes.push(change);
    moved.add(entry);
  }
}

/** The entry that keeps a losing version, and what to write when it does not yet. */
export interface ConflictCopy {
  readonly entry: EntryId;
  readonly change: RegisterChange | undefined;
}

/**
 * Keeps a losing version beside the entry it lost to: in a file that was made for it before, unless that was deleted
 * or holds something else by now.
 * @param place where the entry itself is
 */
export function keepVersion(
  table: EntryTable,
  of: EntryId,
  place: Placement,
  content: Content,
  author: string,
): ConflictCopy {
  let entry = conflictEntryId(of, content.digest);
  for (let known = table.entry(entry); known !== undefined; known = table.entry(entry)) {
    if (known.remote === undefined || wantedPlacement(known) === undefined) break;
    if (sameBytes(known.remote.content, content)) return { entry, change: undefined };
    entry = conflictEntryId(entry, content.digest);
  }
  const location: Location = {
    kind: 'live',
    parent: place.parent,
    name: conflictName(place.name, author, content.digest),
  };
  setRemote(table, entry, { location, content });
  return { entry, change: { entry, location, content } };
}

/** The place of an entry, also of a deleted one: a conflict copy of it goes where it was. */
function placeOf(table: EntryTable, id: EntryId): Placement | undefined {
  const remote = table.entry(id)?.remote;
  return remote === undefined ? undefined : { parent: remote.location.parent, name: remote.location.name };
}

/** Deleted directories that an entry keeps alive by being in them: their names may be taken by now. */
function addRevived(table: EntryTable, id: EntryId, moved: Set<EntryId>): void {
  let entry = table.entry(id);
  for (;;) {
    const wanted = entry === undefined ? undefined : wantedPlacement(entry);
    entry = wanted === undefined ? undefined : table.entry(wanted.parent);
    if (entry?.remote?.location.kind !== 'trash' || moved.has(entry.id)) return;
    moved.add(entry.id);
  }
}

/**
 * What something is placed in is a directory, whatever its content says: of a file and a directory of one name, made
 * apart, the children may be heard of before the directory. The file goes on as a conflict copy, as it does when the
 * directory itself arrives. (An entry whose parent is not known at all waits for it.)
 */
function openHolders(
  table: EntryTable,
  id: EntryId,
  nameOf: (author: string) => string,
  changes: RegisterChange[],
  moved: Set<EntryId>,
): void {
  const below = table.entry(id);
  const parent = below === undefined ? undefined : wantedPlacement(below)?.parent;
  for (const holder of parent === undefined || parent === ROOT_ENTRY ? [id] : [id, parent]) {
    const entry = table.entry(holder);
    const content = entry?.remote?.content;
    if (entry?.remote === undefined || content === undefined || content.kind === 'directory') continue;
    if (entry.liveChildren === 0) continue;
    const place = wantedPlacement(entry);
    const { base, author, time } = content;
    const opened: Content = { kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n, base, author, time };
    setRemote(table, holder, { location: entry.remote.location, content: opened });
    changes.push({ entry: holder, content: opened });
    moved.add(holder);
    if (place === undefined) continue;
    const { entry: copy, change } = keepVersion(table, holder, place, content, nameOf(author));
    if (change === undefined) continue;
    changes.push(change);
    moved.add(copy);
  }
}

/** Concurrent moves can put two directories inside each other: the one with the smallest id goes to the root. */
function cutCycle(table: EntryTable, id: EntryId, changes: RegisterChange[], moved: Set<EntryId>): void {
  const walk = walkToRoot(table, id);
  if (walk === 'root' || walk === 'orphan') return;
  const victim = walk.toSorted()[0];
  const remote = victim === undefined ? undefined : table.entry(victim)?.remote;
  if (victim === undefined || remote === undefined) return;
  const location: Location = { kind: 'live', parent: ROOT_ENTRY, name: remote.location.name };
  setRemote(table, victim, { location, content: remote.content });
  changes.push({ entry: victim, location });
  moved.add(victim);
}

/** One entry a name: the smallest id keeps it, equal files become one, the others get a conflict name. */
function settleNames(
  table: EntryTable,
  id: EntryId,
  nameOf: (author: string) => string,
  changes: RegisterChange[],
  moved: Set<EntryId>,
): void {
  const entry = table.entry(id);
  const place = entry === undefined ? undefined : wantedPlacement(entry);
  if (place === undefined) return;
  const [keeper, ...others] = table.wantedAt(place.parent, place.name);
  const kept = keeper === undefined ? undefined : table.entry(keeper)?.remote?.content;
  if (kept === undefined) return;
  for (const other of others) {
    const content = table.entry(other)?.remote?.content;
    if (content === undefined) continue;
    const equal = content.kind !== 'directory' && sameBytes(content, kept);
    const location: Location = equal
      ? { kind: 'trash', ...place, digest: content.digest }
      : { kind: 'live', parent: place.parent, name: collisionName(place.name, other, content, nameOf(content.author)) };
    setRemote(table, other, { location, content });
    changes.push({ entry: other, location });
    moved.add(other);
  }
}

function collisionName(name: string, id: EntryId, content: Content, author: string): string {
  // A directory has no digest to tell it by, so its id does.
  return conflictName(name, author, content.kind === 'directory' ? (id.padEnd(64, '0') as Digest) : content.digest);
}
