import { concat, fromHex } from '../../protocol/bytes.ts';
import type { EntryId } from '../../protocol/ids.ts';
import { type Entry, type Placement, samePlacement, standingPlace, wantedPlacement } from '../core/entry.ts';
import { looksLikeAlias } from '../core/names/alias.ts';
import { keeperOf, type Named, nameOn } from '../core/names/assign.ts';
import { foldOn, holdsAllNames } from '../core/names/disk-names.ts';
import type { Operation } from '../effects/key-value-store.ts';
import type { FolderIndex } from './folder-index.ts';
import { placeKey } from './keys.ts';

/** The entries of the same draft. */
interface Entries {
  entry(id: EntryId): Entry | undefined;
  put(entry: Entry): void;
}

/**
 * Which entries the registers want where, as a draft changes it, and what this disk is to call them. Where the disk
 * takes several names for one, the rows are by what it folds them to, and every change gives those concerned their names.
 */
export class WantedPlaces {
  readonly #index: FolderIndex;
  readonly #entries: Entries;
  readonly #anyNames: boolean;
  readonly #alike = new Map<string, { placement: Placement; ids: readonly EntryId[] }>();
  readonly #aliased = new Map<string, { placement: Placement; id: EntryId | undefined }>();

  constructor(index: FolderIndex, entries: Entries) {
    this.#index = index;
    this.#entries = entries;
    this.#anyNames = holdsAllNames(index.names);
  }

  /** Smallest id first. */
  at(parent: EntryId, name: string): readonly EntryId[] {
    const ids = this.#alikeAt({ parent, name });
    return this.#anyNames ? ids : ids.filter((id) => this.#wanted(id)?.name === name);
  }

  add(placement: Placement, id: EntryId): void {
    const before = this.#alikeAt(placement);
    if (before.includes(id)) return;
    const ids = [...before, id].toSorted();
    this.#setAlike(placement, ids);
    if (!this.#anyNames) this.#name(ids, [id, this.#keeper(before)]);
  }

  remove(placement: Placement, id: EntryId): void {
    const ids = this.#alikeAt(placement).filter((other) => other !== id);
    this.#setAlike(placement, ids);
    if (this.#anyNames) return;
    this.#setAlias(id, placement.parent, undefined);
    this.#name(ids, []);
  }

  /** The entry that is to have this alias here. */
  aliased(parent: EntryId, alias: string): EntryId | undefined {
    const held = this.#aliased.get(`${parent}/${alias}`);
    return held === undefined ? this.#index.aliased(parent, alias) : held.id;
  }

  /** Those whose own name the disk takes for this one, but for those with an alias; and the one with this alias. */
  comingTo(parent: EntryId, name: string): readonly EntryId[] {
    const aliased = this.aliased(parent, name);
    const alike = this.#alikeAt({ parent, name }).filter((id) => {
      const alias = this.#entries.entry(id)?.alias;
      return alias === undefined || (id !== aliased && !looksLikeAlias(alias));
    });
    return aliased === undefined ? alike : [...alike, aliased];
  }

  /** What has to be written. */
  operations(): readonly Operation[] {
    const folder = this.#index.number;
    const batch: Operation[] = [];
    const write = (key: Uint8Array, ids: readonly EntryId[]): void => {
      if (ids.length === 0) batch.push({ kind: 'delete', key });
      else batch.push({ kind: 'put', key, value: concat(...ids.map(fromHex)) });
    };
    for (const { placement, ids } of this.#alike.values())
      write(placeKey('w', folder, placement.parent, foldOn(this.#index.names, placement.name)), ids);
    for (const { placement, id } of this.#aliased.values())
      write(placeKey('n', folder, placement.parent, placement.name), id === undefined ? [] : [id]);
    return batch;
  }

  #alikeAt({ parent, name }: Placement): readonly EntryId[] {
    const held = this.#alike.get(`${parent}/${foldOn(this.#index.names, name)}`);
    return held === undefined ? this.#index.wantedAlike(parent, name) : held.ids;
  }

  #setAlike(placement: Placement, ids: readonly EntryId[]): void {
    this.#alike.set(`${placement.parent}/${foldOn(this.#index.names, placement.name)}`, { placement, ids });
  }

  #wanted(id: EntryId): Placement | undefined {
    const entry = this.#entries.entry(id);
    return entry === undefined ? undefined : wantedPlacement(entry);
  }

  #keeper(ids: readonly EntryId[]): EntryId | undefined {
    return keeperOf(this.#index.names, this.#named(ids));
  }

  *#named(ids: readonly EntryId[]): Generator<Named> {
    for (const id of ids) yield { id, name: this.#wanted(id)?.name ?? '' };
  }

  /** Names whoever keeps its name among those alike, and `others`: nobody else's name changes with one of them. */
  #name(alike: readonly EntryId[], others: readonly (EntryId | undefined)[]): void {
    const keeper = this.#keeper(alike);
    for (const id of new Set([...others, keeper])) {
      const wanted = id === undefined ? undefined : this.#wanted(id);
      if (id === undefined || wanted === undefined) continue;
      const name = nameOn(this.#index.names, { id, name: wanted.name }, keeper);
      this.#setAlias(id, wanted.parent, name === wanted.name ? undefined : name);
      this.#agree(id, wanted);
    }
  }

  /** A true name that changed, where the disk's name for it did not: the disk is as it should be already. */
  #agree(id: EntryId, wanted: Placement): void {
    const entry = this.#entries.entry(id);
    const { synced, alias } = entry ?? {};
    if (entry === undefined || synced === undefined || samePlacement(synced.placement, wanted)) return;
    const placement = { parent: wanted.parent, name: wanted.name };
    const agreed = { placement, content: synced.content, ...(alias === undefined ? {} : { alias }) };
    if (samePlacement(standingPlace(synced), standingPlace(agreed))) this.#entries.put({ ...entry, synced: agreed });
  }

  #setAlias(id: EntryId, parent: EntryId, alias: string | undefined): void {
    const entry = this.#entries.entry(id);
    if (entry === undefined || entry.alias === alias) return;
    if (entry.alias !== undefined && this.aliased(parent, entry.alias) === id)
      this.#setAliased({ parent, name: entry.alias }, undefined);
    if (alias !== undefined) this.#setAliased({ parent, name: alias }, id);
    this.#entries.put({ ...entry, alias });
  }

  #setAliased(placement: Placement, id: EntryId | undefined): void {
    this.#aliased.set(`${placement.parent}/${placement.name}`, { placement, id });
  }
}
