import type { EntryId } from '../../../protocol/ids.ts';
import { wantedPlacement } from '../../core/entry.ts';
import { observe } from '../../core/local-changes.ts';
import type { RegisterChange } from '../../core/settle.ts';
import type { Counters } from '../../store/folder-index.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import type { FolderContext } from '../context.ts';
import { joinPath, splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import { DirectoryPaths } from './directory-paths.ts';
import { keepDepartures } from './durable-names.ts';
import { ReaderChanges } from './reader-changes.ts';
import { fits, type GoneEntry } from './spotted.ts';

/** Publishes what a scan no longer found, unless it is so much that a person has to agree. */
export class Departures {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #lookEverywhere: (() => void) | undefined;
  #released = false;

  /**
   * @param lookEverywhere given when the scan saw a part of the folder only: what is missing there may have been moved
   *   to another, so before anything is held the whole is looked at
   */
  constructor(context: FolderContext, publisher: Publisher, lookEverywhere: (() => void) | undefined) {
    this.#context = context;
    this.#publisher = publisher;
    this.#lookEverywhere = lookEverywhere;
  }

  /** Returns how many entries were deleted. */
  async publish(absent: readonly GoneEntry[]): Promise<number> {
    if (absent.length > 0) {
      await keepDepartures(this.#context, absent);
      return this.#context.turn.take(() => this.#publish(absent));
    }
    this.#release();
    return 0;
  }

  /** What was held and is not missing any more was put back; what else the same scan finds says nothing about it. */
  #release(): void {
    if (this.#lookEverywhere === undefined && !this.#released) this.#context.brakes.sending.release();
    this.#released = true;
  }

  async #publish(absent: readonly GoneEntry[]): Promise<number> {
    const { index, brakes, membership, device } = this.#context;
    const draft = new IndexDraft(index);
    const gone = await this.#withAllBelow(draft, absent);
    if (!membership.mayWrite(device.id)) return this.#keepHere(draft, gone);
    const deletions = gone.filter(({ id }) => {
      const entry = index.entry(id);
      return entry !== undefined && wantedPlacement(entry) !== undefined;
    }).length;
    const entries = entriesIn(index.counters());
    const verdict = brakes.sending.judge(deletions, entries);
    if (verdict === 'hold') {
      this.#released = true;
      if (this.#lookEverywhere === undefined) brakes.sending.hold(deletions, entries);
      else if ((brakes.sending.held?.changes ?? 0) < deletions) this.#lookEverywhere();
      return 0;
    }
    this.#release();
    const changes: RegisterChange[] = [];
    for (const { id } of gone) {
      // Not here and still wanted: it is fetched again.
      if (verdict === 'undo') draft.setSynced(id, undefined);
      else {
        const outcome = observe(draft, { kind: 'absent', entry: id }, (author) => membership.nameOf(author));
        changes.push(...outcome.changes);
      }
    }
    await this.#publisher.commit(draft, changes);
    await brakes.sending.passed(deletions);
    return verdict === 'undo' ? gone.length : changes.length;
  }

  /** On a device that may not write: what is missing stays so until the others change it. */
  async #keepHere(draft: IndexDraft, gone: readonly GoneEntry[]): Promise<number> {
    const reader = new ReaderChanges(this.#context, this.#publisher);
    const missing = new Set<EntryId>();
    for (const { id, parent, path } of gone) {
      // A directory that comes back has to be filled again.
      if (missing.has(parent) && draft.entry(parent)?.synced === undefined) draft.setSynced(id, undefined);
      else reader.observe(draft, { kind: 'absent', entry: id }, path, missing.has(parent));
      missing.add(id);
    }
    await this.#publisher.commit(draft, []);
    return 0;
  }

  /** Those that the index still has where the scan missed them, and all that was in them; parents before children. */
  async #withAllBelow(draft: IndexDraft, absent: readonly GoneEntry[]): Promise<readonly GoneEntry[]> {
    const { index } = this.#context;
    const paths = new DirectoryPaths(index);
    const found = new Map<EntryId, GoneEntry>();
    const queue: GoneEntry[] = [...absent];
    for (let gone = queue.pop(); gone !== undefined; gone = queue.pop()) {
      const standing = draft.child(gone.parent, gone.name);
      if (!fits(standing, { known: gone }) || paths.of(gone.parent) !== splitPath(gone.path).directory) continue;
      found.set(gone.id, gone);
      if (gone.stamp.kind !== 'directory') continue;
      for (const child of await index.children(gone.id)) {
        queue.push({ ...child, parent: gone.id, path: joinPath(gone.path, child.name) });
      }
    }
    return [...found.values()];
  }
}

/** All that stands on this disk. */
export function entriesIn({ files, directories, symlinks }: Counters): number {
  return files + directories + symlinks;
}
