import { concat, equalBytes, fromHex } from '../../protocol/bytes.ts';
import { type Digest, type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';
import { splitConflictName } from '../../protocol/names.ts';
import {
  blankEntry,
  type Entry,
  isDirty,
  isRewritten,
  type Placement,
  type Stamp,
  type Synced,
  sameBytes,
  standingPlace,
  wantedPlacement,
} from '../core/entry.ts';
import type { DiskTable } from '../core/local-changes.ts';
import { looksLikeAlias } from '../core/names/alias.ts';
import type { Operation } from '../effects/key-value-store.ts';
import { encodeChild, encodeEntry } from './entry-row.ts';
import { COUNTER_NAMES, type Counters, DIGEST_PREFIX_BYTES, type FolderIndex } from './folder-index.ts';
import { folderKey, placeKey } from './keys.ts';
import { WantedPlaces } from './wanted-places.ts';

const EMPTY = new Uint8Array(0);

/** Entries remembered for one digest: any one will do as a source, and thousands of equal files must stay cheap. */
const DIGEST_ENTRIES = 8;

/**
 * Changes to an index that are not yet committed. Reads see them; `operations` turns them into one batch. A draft
 * lives inside one turn of the folder: nothing else changes the index meanwhile.
 */
export class IndexDraft implements DiskTable {
  readonly #index: FolderIndex;
  readonly #entries = new Map<EntryId, { before: Entry | undefined; now: Entry }>();
  readonly #unknown = new Set<EntryId>();
  readonly #wanted: WantedPlaces;
  readonly #digests = new Map<string, readonly EntryId[]>();
  readonly #children = new Map<string, { placement: Placement; row: { id: EntryId; stamp: Stamp } | undefined }>();

  constructor(index: FolderIndex) {
    this.#index = index;
    this.#wanted = new WantedPlaces(index, this);
  }

  entry(id: EntryId): Entry | undefined {
    const held = this.#entries.get(id);
    if (held !== undefined) return held.now;
    const before = this.#before(id);
    if (before !== undefined) this.#entries.set(id, { before, now: before });
    return before;
  }

  /** What the index holds, which is asked once: what is new is looked for several times on its way into a draft. */
  #before(id: EntryId): Entry | undefined {
    if (this.#unknown.has(id)) return undefined;
    const before = this.#index.entry(id);
    if (before === undefined) this.#unknown.add(id);
    return before;
  }

  put(entry: Entry): void {
    const held = this.#entries.get(entry.id);
    if (held !== undefined) held.now = entry;
    else this.#entries.set(entry.id, { before: this.#before(entry.id), now: entry });
  }

  wantedAt(parent: EntryId, name: string): readonly EntryId[] {
    return this.#wanted.at(parent, name);
  }

  addWanted(placement: Placement, id: EntryId): void {
    this.#wanted.add(placement, id);
  }

  removeWanted(placement: Placement, id: EntryId): void {
    this.#wanted.remove(placement, id);
  }

  comingTo(parent: EntryId, name: string): readonly EntryId[] {
    return this.#wanted.comingTo(parent, name);
  }

  /** The entry that this disk is to call so in this directory, when that is not its own name. */
  aliased(parent: EntryId, alias: string): EntryId | undefined {
    return this.#wanted.aliased(parent, alias);
  }

  child(parent: EntryId, name: string): { readonly id: EntryId; readonly stamp: Stamp } | undefined {
    const held = this.#children.get(`${parent}/${name}`);
    return held === undefined ? this.#index.child(parent, name) : held.row;
  }

  setSynced(id: EntryId, synced: (Synced & { readonly stamp: Stamp }) | undefined): void {
    const entry = this.entry(id) ?? blankEntry(id);
    const old = entry.synced === undefined ? undefined : standingPlace(entry.synced);
    // The name may already belong to another entry (a conflict copy took over the file): then it is not ours to clear.
    if (old !== undefined && this.child(old.parent, old.name)?.id === id) this.#setChild(old, undefined);
    if (synced === undefined) {
      this.put({ ...entry, synced: undefined });
      return;
    }
    const { placement, content, alias } = synced;
    this.#setChild(standingPlace(synced), { id, stamp: synced.stamp });
    this.put({ ...entry, synced: { placement, content, ...(alias === undefined ? {} : { alias }) } });
  }

  #setChild(placement: Placement, row: { id: EntryId; stamp: Stamp } | undefined): void {
    this.#children.set(`${placement.parent}/${placement.name}`, { placement, row });
  }

  /** How the sums change with this draft. */
  counters(): Counters {
    const sums = { ...this.#index.counters() };
    for (const { before, now } of this.#entries.values()) {
      if (before === now) continue;
      count(sums, before, -1);
      count(sums, now, 1);
    }
    return sums;
  }

  #moveDigest(was: string | undefined, is: string | undefined, id: EntryId): void {
    if (was === is) return;
    if (was !== undefined)
      this.#digests.set(
        was,
        this.#withDigest(was).filter((other) => other !== id),
      );
    if (is === undefined) return;
    const ids = this.#withDigest(is);
    if (ids.length < DIGEST_ENTRIES && !ids.includes(id)) this.#digests.set(is, [...ids, id]);
  }

  #withDigest(prefix: string): readonly EntryId[] {
    return this.#digests.get(prefix) ?? this.#index.withDigest(prefix.padEnd(64, '0') as Digest);
  }

  /** Everything changed, as one batch for the store. */
  operations(): Operation[] {
    const folder = this.#index.number;
    const batch: Operation[] = [];
    for (const [id, { before, now }] of this.#entries) {
      if (before === now) continue;
      const key = fromHex(id);
      batch.push({ kind: 'put', key: folderKey('e', folder, key), value: encodeEntry(now) });
      mark(batch, dirtyKey(folder, before), dirtyKey(folder, now));
      mark(batch, conflictKey(folder, before), conflictKey(folder, now));
      this.#moveDigest(digestOf(before), digestOf(now), id);
    }
    for (const [digest, ids] of this.#digests) {
      const key = folderKey('h', folder, fromHex(digest));
      if (ids.length === 0) batch.push({ kind: 'delete', key });
      else batch.push({ kind: 'put', key, value: concat(...ids.map(fromHex)) });
    }
    batch.push(...this.#wanted.operations());
    for (const { placement, row } of this.#children.values()) {
      const key = placeKey('s', folder, placement.parent, placement.name);
      if (row === undefined) batch.push({ kind: 'delete', key });
      else batch.push({ kind: 'put', key, value: encodeChild(row.id, row.stamp) });
    }
    if (batch.length > 0)
      batch.push({ kind: 'put', key: folderKey('c', folder), value: encodeCounters(this.counters()) });
    return batch;
  }

  /** Entries this draft looked at or changed, as they were and as they are. */
  *changed(): Generator<{ readonly before: Entry | undefined; readonly now: Entry }> {
    for (const row of this.#entries.values()) if (row.before !== row.now) yield row;
  }
}

function mark(batch: Operation[], was: Uint8Array | undefined, is: Uint8Array | undefined): void {
  if (was !== undefined && is !== undefined && equalBytes(was, is)) return;
  if (was !== undefined) batch.push({ kind: 'delete', key: was });
  if (is !== undefined) batch.push({ kind: 'put', key: is, value: EMPTY });
}

/** Sorted by directory, so that what is fetched and written together lies together. */
function dirtyKey(folder: number, entry: Entry | undefined): Uint8Array | undefined {
  if (entry === undefined || !isDirty(entry)) return undefined;
  const parent = wantedPlacement(entry)?.parent ?? entry.synced?.placement.parent ?? ROOT_ENTRY;
  return folderKey('d', folder, fromHex(parent), fromHex(entry.id));
}

/** Set while the entry stands on this disk under the name of a conflict copy. */
function conflictKey(folder: number, entry: Entry | undefined): Uint8Array | undefined {
  const name = entry?.synced?.placement.name;
  if (entry === undefined || name === undefined || splitConflictName(name) === undefined) return undefined;
  return folderKey('k', folder, fromHex(entry.id));
}

/** The prefix of the content's digest that the index keeps, in hex. */
function digestOf(entry: Entry | undefined): string | undefined {
  const content = entry?.synced?.content;
  if (content === undefined || content.kind !== 'file' || content.size === 0) return undefined;
  return content.digest.slice(0, 2 * DIGEST_PREFIX_BYTES);
}

function count(sums: { -readonly [Name in keyof Counters]: number }, entry: Entry | undefined, by: 1 | -1): void {
  if (entry === undefined) return;
  if (isDirty(entry)) {
    sums.dirty += by;
    const wanted = wantedPlacement(entry) === undefined ? undefined : entry.remote?.content;
    if (wanted === undefined) sums.leaving += by;
    if (isRewritten(entry)) sums.rewritten += by;
    const here = entry.synced?.content;
    if (wanted?.kind === 'file' && (here === undefined || !sameBytes(wanted, here)))
      sums.dirtyBytes += by * wanted.size;
  }
  const content = entry.synced?.content;
  if (content === undefined) return;
  if (splitConflictName(entry.synced?.placement.name ?? '') !== undefined) sums.conflicts += by;
  if (entry.synced?.alias !== undefined && looksLikeAlias(entry.synced.alias)) sums.aliases += by;
  if (content.kind === 'file') {
    sums.files += by;
    sums.bytes += by * content.size;
  } else if (content.kind === 'directory') sums.directories += by;
  else sums.symlinks += by;
}

function encodeCounters(counters: Counters): Uint8Array {
  const row = new Uint8Array(8 * COUNTER_NAMES.length);
  const view = new DataView(row.buffer);
  for (const [index, name] of COUNTER_NAMES.entries()) view.setFloat64(index * 8, counters[name]);
  return row;
}
