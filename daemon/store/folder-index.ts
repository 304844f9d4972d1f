import { concat, fromHex, fromUtf8, toHex } from '../../protocol/bytes.ts';
import type { Digest, EntryId } from '../../protocol/ids.ts';
import { ROOT_ENTRY } from '../../protocol/ids.ts';
import { blankEntry, type Entry, type Stamp, standingPlace, wantedPlacement } from '../core/entry.ts';
import { ANY_NAMES, type DiskNames, foldOn, holdsAllNames } from '../core/names/disk-names.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import { decodeChild, decodeEntry } from './entry-row.ts';
import { endOf, folderKey, placeKey } from './keys.ts';
import { pagesUnder, rowsUnder } from './pages.ts';

/** What stands at a name on this disk. */
export interface Child {
  readonly name: string;
  readonly id: EntryId;
  readonly stamp: Stamp;
}

/** Sums over what is on this disk, and how many entries are not yet as wanted. */
export interface Counters {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly bytes: number;
  readonly dirty: number;
  /** Bytes of the contents that this disk still has to get. */
  readonly dirtyBytes: number;
  /** Of the dirty entries those that are to go from this disk. */
  readonly leaving: number;
  /** Entries on this disk with the name of a conflict copy. */
  readonly conflicts: number;
  /** Of the dirty entries those of which this disk has another version, where its bytes would tell that it is encrypted. */
  readonly rewritten: number;
  /** Entries that stand on this disk under an alias. */
  readonly aliases: number;
}

/** In the order in which they are stored. */
export const COUNTER_NAMES = [
  'files',
  'directories',
  'symlinks',
  'bytes',
  'dirty',
  'dirtyBytes',
  'leaving',
  'conflicts',
  'rewritten',
  'aliases',
] as const satisfies readonly (keyof Counters)[];

export const NO_COUNTERS: Counters = {
  files: 0,
  directories: 0,
  symlinks: 0,
  bytes: 0,
  dirty: 0,
  dirtyBytes: 0,
  leaving: 0,
  conflicts: 0,
  rewritten: 0,
  aliases: 0,
};

/** How many bytes of a digest the index keeps: enough to find candidates, which are then compared in full. */
export const DIGEST_PREFIX_BYTES = 8;

/** The committed rows behind one folder's trees. Changes go through an `IndexDraft`. */
export class FolderIndex {
  readonly store: KeyValueStore;
  readonly number: number;
  /** What the disk does with names: the same as when the rows were written. */
  readonly names: DiskNames;

  constructor(store: KeyValueStore, number: number, names: DiskNames = ANY_NAMES) {
    this.store = store;
    this.number = number;
    this.names = names;
  }

  entry(id: EntryId): Entry | undefined {
    const row = this.store.get(folderKey('e', this.number, fromHex(id)));
    return row === undefined ? undefined : decodeEntry(id, row);
  }

  child(parent: EntryId, name: string): { readonly id: EntryId; readonly stamp: Stamp } | undefined {
    const row = this.store.get(placeKey('s', this.number, parent, name));
    return row === undefined ? undefined : decodeChild(row);
  }

  /** All that stands in a directory of this disk, sorted by the bytes of the names. */
  async children(parent: EntryId): Promise<readonly Child[]> {
    const found: Child[] = [];
    for await (const page of pagesUnder(this.store, folderKey('s', this.number, fromHex(parent)))) {
      for (const [key, row] of page) found.push({ name: fromUtf8(key.subarray(21)), ...decodeChild(row) });
    }
    return found;
  }

  /** All that stands on this disk, some at a time, directory by directory. */
  async *standing(): AsyncGenerator<readonly { readonly id: EntryId; readonly stamp: Stamp }[]> {
    for await (const page of pagesUnder(this.store, folderKey('s', this.number))) {
      yield page.map(([, row]) => decodeChild(row));
    }
  }

  /** Entries that the registers want at a place, smallest id first. */
  wantedAt(parent: EntryId, name: string): readonly EntryId[] {
    const alike = this.wantedAlike(parent, name);
    if (holdsAllNames(this.names)) return alike;
    return alike.filter((id) => wantedPlacement(this.entry(id) ?? blankEntry(id))?.name === name);
  }

  /** Entries that the registers want in a directory under names that this disk takes for this one. */
  wantedAlike(parent: EntryId, name: string): readonly EntryId[] {
    const row = this.store.get(placeKey('w', this.number, parent, foldOn(this.names, name)));
    return row === undefined ? [] : splitIds(row);
  }

  /** The entry that this disk is to call so in this directory, when that is not its own name. */
  aliased(parent: EntryId, alias: string): EntryId | undefined {
    const row = this.store.get(placeKey('n', this.number, parent, alias));
    return row === undefined ? undefined : splitIds(row)[0];
  }

  /** Some entries on this disk whose content may have this digest; compare in full before use. */
  withDigest(digest: Digest): readonly EntryId[] {
    const row = this.store.get(folderKey('h', this.number, fromHex(digest).subarray(0, DIGEST_PREFIX_BYTES)));
    return row === undefined ? [] : splitIds(row);
  }

  /** Up to `limit` entries that are not on this disk as wanted, directory by directory, after the key `after`. */
  async dirty(
    limit: number,
    after?: Uint8Array,
  ): Promise<readonly { readonly id: EntryId; readonly key: Uint8Array }[]> {
    const from = after === undefined ? folderKey('d', this.number) : concat(after, new Uint8Array(1));
    const to = folderKey('d', this.number, new Uint8Array(33).fill(255));
    const rows = await this.store.range({ from, to, limit });
    return rows.map(([key]) => ({ id: toHex(key.subarray(21)) as EntryId, key }));
  }

  /** True when something that is not as wanted is wanted in this directory, or stands in it and is wanted nowhere. */
  async hasDirtyIn(parent: EntryId): Promise<boolean> {
    const from = folderKey('d', this.number, fromHex(parent));
    return (await this.store.range({ from, to: endOf(from), limit: 1 })).length > 0;
  }

  counters(): Counters {
    const row = this.store.get(folderKey('c', this.number));
    if (row === undefined) return NO_COUNTERS;
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    const found: { -readonly [Name in keyof Counters]: number } = { ...NO_COUNTERS };
    // A row that an older version wrote ends before the counters that came later.
    for (const [index, name] of COUNTER_NAMES.slice(0, row.length / 8).entries()) {
      found[name] = view.getFloat64(index * 8);
    }
    return found;
  }

  /** Entries on this disk with the name of a conflict copy, by id. */
  async conflicts(): Promise<readonly EntryId[]> {
    const rows = await rowsUnder(this.store, folderKey('k', this.number));
    return rows.map(([key]) => toHex(key.subarray(5)) as EntryId);
  }

  /** Names from the root to where the entry stands on this disk; undefined when it does not. The root is []. */
  pathOf(id: EntryId): readonly string[] | undefined {
    const names: string[] = [];
    let at = id;
    while (at !== ROOT_ENTRY) {
      const synced = this.entry(at)?.synced;
      if (synced === undefined) return undefined;
      const place = standingPlace(synced);
      names.push(place.name);
      at = place.parent;
    }
    return names.toReversed();
  }

  /** The entry that stands at a path on this disk. */
  atPath(names: readonly string[]): EntryId | undefined {
    let at: EntryId = ROOT_ENTRY;
    for (const name of names) {
      const child = this.child(at, name);
      if (child === undefined) return undefined;
      at = child.id;
    }
    return at;
  }
}

export function splitIds(row: Uint8Array): readonly EntryId[] {
  const ids: EntryId[] = [];
  for (let at = 0; at + 16 <= row.length; at += 16) ids.push(toHex(row.subarray(at, at + 16)) as EntryId);
  return ids;
}
