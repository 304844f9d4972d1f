import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Location } from '../../../protocol/registers.ts';
import type { FolderIndex } from '../../store/folder-index.ts';

/** No disk has deeper paths; a longer way up has met a cycle that is not settled yet. */
const DEPTH_LIMIT = 256;

/** Paths from the root, by where the directories are now or were when they were deleted. For one answer: it remembers. */
export class Paths {
  readonly #index: FolderIndex;
  readonly #directories = new Map<EntryId, string>();

  constructor(index: FolderIndex) {
    this.#index = index;
  }

  /** @param location where it was put; without one where it is now */
  of(entry: EntryId, location: Location | undefined): string {
    const at = location ?? this.#index.entry(entry)?.remote?.location;
    // Gone for so long that the index knows nothing of it any more.
    if (at === undefined) return `(a deleted file, ${entry.slice(0, 8)})`;
    const directory = this.#directory(at.parent, 1);
    return directory === '' ? at.name : `${directory}/${at.name}`;
  }

  #directory(id: EntryId, depth: number): string {
    if (id === ROOT_ENTRY || depth >= DEPTH_LIMIT) return '';
    const known = this.#directories.get(id);
    if (known !== undefined) return known;
    const at = this.#index.entry(id)?.remote?.location;
    const above = at === undefined ? '' : this.#directory(at.parent, depth + 1);
    const path = above === '' ? (at?.name ?? '') : `${above}/${at?.name ?? ''}`;
    this.#directories.set(id, path);
    return path;
  }
}
