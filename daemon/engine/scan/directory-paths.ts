import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { type Entry, standingPlace } from '../../core/entry.ts';
import { joinPath } from '../disk/places.ts';

/**
 * Where directories stand now. A scan went by paths: what it saw only means something while the directory it looked at
 * is still the one the index has there.
 */
export class DirectoryPaths {
  readonly #table: { entry(id: EntryId): Entry | undefined };
  readonly #known = new Map<EntryId, string>();

  constructor(table: { entry(id: EntryId): Entry | undefined }) {
    this.#table = table;
  }

  /** Undefined when the entry is not a directory on this disk. */
  of(id: EntryId): string | undefined {
    if (id === ROOT_ENTRY) return '';
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const synced = this.#table.entry(id)?.synced;
    const placement = synced?.content.kind === 'directory' ? standingPlace(synced) : undefined;
    const parent = placement === undefined ? undefined : this.of(placement.parent);
    if (placement === undefined || parent === undefined) return undefined;
    const path = joinPath(parent, placement.name);
    this.#known.set(id, path);
    return path;
  }

  /** After a directory moved. */
  forget(): void {
    this.#known.clear();
  }
}
