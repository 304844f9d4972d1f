import type { EntryId } from '../../../protocol/ids.ts';
import type { FolderIndex } from '../../store/folder-index.ts';
import type { GoneEntry, Spotted } from './spotted.ts';

/** Beyond this many deletions, moves are recognised by inode only. */
const GONE_LIMIT = 20_000;

/** Recognises a new file with the bytes of one that is gone: it was moved, across volumes or through a copy. */
export class ContentMoves {
  readonly #index: FolderIndex;
  #gone: Map<EntryId, GoneEntry> | undefined;
  #byDigest: Map<string, GoneEntry> | undefined;

  constructor(index: FolderIndex) {
    this.#index = index;
  }

  /** What is gone so far; an entry that is recognised is taken out. */
  expect(gone: Map<EntryId, GoneEntry>): void {
    this.#gone = gone;
    this.#byDigest = undefined;
  }

  /** The same, with where it came from when it is known by its bytes. */
  recognise(spotted: Spotted, digest: string): Spotted {
    if (spotted.known !== undefined || spotted.replaces === true) return spotted;
    if (this.#gone === undefined || this.#gone.size === 0) return spotted;
    this.#byDigest ??= this.#indexGone(this.#gone);
    const from = this.#byDigest.get(digest);
    if (from === undefined) return spotted;
    this.#byDigest.delete(digest);
    this.#gone.delete(from.id);
    return { ...spotted, from };
  }

  #indexGone(gone: ReadonlyMap<EntryId, GoneEntry>): Map<string, GoneEntry> {
    const found = new Map<string, GoneEntry>();
    if (gone.size > GONE_LIMIT) return found;
    for (const entry of gone.values()) {
      const content = this.#index.entry(entry.id)?.synced?.content;
      // Empty files are all alike: calling one the other's move would be guessing.
      if (content?.kind === 'file' && content.size > 0) found.set(content.digest, entry);
    }
    return found;
  }
}
