import type { EntryId } from '../../protocol/ids.ts';
import type { Content } from '../../protocol/registers.ts';
import {
  baseOf,
  blankEntry,
  type Entry,
  madeFrom,
  type Placement,
  type Stamp,
  type Synced,
  sameBytes,
  sameContent,
  samePlacement,
  wantedPlacement,
} from './entry.ts';
import { type EntryTable, setRemote } from './remote-tree.ts';
import { newestFirst } from './resolve.ts';
import { keepVersion, type RegisterChange } from './settle.ts';

/** Entries as `EntryTable`, plus what stands where on this disk. */
export interface DiskTable extends EntryTable {
  /** Entries that are to stand where this disk would put the name. */
  comingTo(parent: EntryId, name: string): readonly EntryId[];
  /** Moves the entry's place on this disk, or takes it off with undefined. */
  setSynced(id: EntryId, synced: (Synced & { readonly stamp: Stamp }) | undefined): void;
}

/** One thing a scan saw: an entry at a place with some content, or no longer anywhere. */
export type Observation =
  | {
      readonly kind: 'present';
      readonly entry: EntryId;
      /** With the true name, as far as the disk shows it. */
      readonly placement: Placement;
      /** The name it stands under, when that is not the true one. */
      readonly alias?: string | undefined;
      /** As read now; `base` is filled in here. */
      readonly content: Content;
      readonly stamp: Stamp;
    }
  | { readonly kind: 'absent'; readonly entry: EntryId };

/** What one observation came to. */
export interface LocalOutcome {
  readonly changes: readonly RegisterChange[];
  /** Set when two versions met: which entry, and which one keeps the path. */
  readonly conflict: { readonly entry: EntryId; readonly winner: Content; readonly loser: Content } | undefined;
}

const NOTHING: LocalOutcome = { changes: [], conflict: undefined };

/**
 * Reconciles one observation with what was agreed here before and with what the registers say, updates the table,
 * and returns what to tell the others. Reading what we already agreed on returns nothing.
 * @param nameOf the name of a device, for people, from the `author` field of a content
 */
export function observe(table: DiskTable, observation: Observation, nameOf: (author: string) => string): LocalOutcome {
  const entry = table.entry(observation.entry) ?? blankEntry(observation.entry);
  return observation.kind === 'absent'
    ? observeAbsent(table, entry)
    : observePresent(table, entry, observation, nameOf);
}

function observeAbsent(table: DiskTable, entry: Entry): LocalOutcome {
  const { synced, remote } = entry;
  if (synced === undefined) return NOTHING;
  table.setSynced(entry.id, undefined);
  const wanted = wantedPlacement(entry);
  // Nobody wants it any more, or it was moved elsewhere meanwhile: the move lives and brings the entry back there.
  if (remote === undefined || wanted === undefined || !samePlacement(wanted, synced.placement)) return NOTHING;
  // A newer version is on its way here: what was deleted is not what the entry is now.
  if (!sameBytes(remote.content, synced.content)) return NOTHING;
  const location = { kind: 'trash', ...wanted, digest: remote.content.digest } as const;
  const after = table.entry(entry.id) ?? entry;
  setRemote(table, after.id, { location, content: remote.content });
  return { changes: [{ entry: entry.id, location }], conflict: undefined };
}

function observePresent(
  table: DiskTable,
  entry: Entry,
  seen: Extract<Observation, { kind: 'present' }>,
  nameOf: (author: string) => string,
): LocalOutcome {
  const { synced, remote } = entry;
  const mine: Content = { ...seen.content, base: baseOf(synced?.content) };
  if (remote === undefined) return write(table, entry.id, seen, mine, { location: true, content: true });

  // Only the stamp differs (a hard link more, say): nobody did anything here, and a deletion on its way stands.
  const still = synced !== undefined && samePlacement(synced.placement, seen.placement);
  if (still && mine.kind !== 'directory' && sameContent(mine, synced.content)) {
    return write(table, entry.id, seen, mine, { location: false, content: false });
  }
  // The bytes that were deleted, where this disk was to have them. As they were deleted, a run that ended before it could
  // note that put them here; with another mode or time they are still what the deletion meant, as when it is heard later.
  const goes = still && wantedPlacement(entry) === undefined && sameBytes(mine, remote.content);
  if (goes && (sameContent(mine, remote.content) || sameBytes(mine, synced.content))) {
    return write(table, entry.id, seen, mine, { location: false, content: false });
  }
  const moved = placeChanged(entry, seen.placement);
  if (sameBytes(mine, remote.content)) {
    return write(table, entry.id, seen, mine, { location: moved, content: metadataChanged(entry, mine) });
  }
  if (synced !== undefined && sameBytes(mine, synced.content)) {
    // No edit here; the registers are ahead of this disk.
    return write(table, entry.id, seen, mine, { location: moved, content: false });
  }
  // Both are asked first: an edit that brings back the bytes before the last one is an edit, and an old version put
  // where the file was deleted is what people want there. A file never takes the entry of a directory, even of a
  // deleted one: somebody may be putting something into it.
  const plainEdit = synced !== undefined && sameBytes(synced.content, remote.content);
  const deleted = wantedPlacement(entry) === undefined && remote.content.kind !== 'directory';
  if (plainEdit || deleted) {
    return write(table, entry.id, seen, mine, { location: moved, content: true });
  }
  if (madeFrom(remote.content, mine)) {
    return write(table, entry.id, seen, mine, { location: moved, content: false });
  }
  return rival(table, entry, seen, mine, remote.content, moved, nameOf);
}

/** True when the entry's place should be published: it was moved here, or it is deleted as far as others know. */
function placeChanged(entry: Entry, here: Placement): boolean {
  const wanted = wantedPlacement(entry);
  if (wanted === undefined) return true;
  if (samePlacement(wanted, here)) return false;
  // Standing where it was agreed while the registers moved it: that move is still to be done here.
  return entry.synced === undefined || !samePlacement(entry.synced.placement, here);
}

/** Same bytes on both sides: does this disk have a newer mode or time to tell? */
function metadataChanged(entry: Entry, mine: Content): boolean {
  const { synced, remote } = entry;
  if (remote === undefined || sameContent(mine, remote.content)) return false;
  if (synced !== undefined && sameContent(mine, synced.content)) return false;
  // Put back where it was deleted: nobody has it any more, so there is no other mode or time to weigh.
  if (synced === undefined && wantedPlacement(entry) === undefined) return true;
  const untouchedElsewhere = synced !== undefined && sameContent(synced.content, remote.content);
  return untouchedElsewhere || mine.mtimeNs > remote.content.mtimeNs;
}

/** Records what stands here and publishes the registers asked for. */
function write(
  table: DiskTable,
  id: EntryId,
  seen: Extract<Observation, { kind: 'present' }>,
  mine: Content,
  publish: { readonly location: boolean; readonly content: boolean },
): LocalOutcome {
  table.setSynced(id, { placement: seen.placement, alias: seen.alias, content: mine, stamp: seen.stamp });
  const remote = table.entry(id)?.remote;
  const inTrash = remote !== undefined && remote.location.kind === 'trash';
  // A content that goes with an old deletion must not bring that deletion back when the same bytes return.
  const writeLocation = publish.location || (publish.content && inTrash);
  if (!writeLocation && !publish.content) return NOTHING;
  const place = publish.location || remote === undefined ? seen.placement : remote.location;
  const location = { kind: 'live', parent: place.parent, name: place.name } as const;
  const content = publish.content || remote === undefined ? mine : remote.content;
  setRemote(table, id, { location: writeLocation || remote === undefined ? location : remote.location, content });
  return {
    changes: [{ entry: id, ...(writeLocation ? { location } : {}), ...(publish.content ? { content } : {}) }],
    conflict: undefined,
  };
}

/** An edit here met an edit that arrived and was not yet applied: both are kept, the newer at the path. */
function rival(
  table: DiskTable,
  entry: Entry,
  seen: Extract<Observation, { kind: 'present' }>,
  mine: Content,
  theirs: Content,
  moved: boolean,
  nameOf: (author: string) => string,
): LocalOutcome {
  const place = moved ? seen.placement : (wantedPlacement(entry) ?? seen.placement);
  if (newestFirst(mine, theirs) < 0) {
    const ours: Content = { ...mine, base: baseOf(theirs) };
    const outcome = write(table, entry.id, seen, ours, { location: moved, content: true });
    const { change } = keepVersion(table, entry.id, place, theirs, nameOf(theirs.author));
    return {
      changes: change === undefined ? outcome.changes : [...outcome.changes, change],
      conflict: { entry: entry.id, winner: ours, loser: theirs },
    };
  }
  // Their version takes the path. The file that stands here is from now on the conflict copy: it only has to move.
  const { entry: copyId, change } = keepVersion(table, entry.id, place, mine, nameOf(mine.author));
  const changes = change === undefined ? [] : [change];
  const conflict = { entry: entry.id, winner: theirs, loser: mine };
  // Even when a file stands as that copy already: it may be the one that was renamed to here, and about to be missed.
  // If it does stand there still, the next scan finds it as something new and equal, and they become one.
  table.setSynced(entry.id, undefined);
  table.setSynced(copyId, { placement: seen.placement, alias: seen.alias, content: mine, stamp: seen.stamp });
  return { changes, conflict };
}
