import type { EntryId } from '../../../protocol/ids.ts';
import { wantedPlacement } from '../../core/entry.ts';
import { observe } from '../../core/local-changes.ts';
import type { RegisterChange } from '../../core/settle.ts';
import type { Counters } from '../../store/folder-index.ts';
import type { IndexDraft } from '../../store/index-draft.ts';
import type { FolderContext } from '../context.ts';
import { joinPath, splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import { DirectoryPaths } from './directory-paths.ts';
import { ReaderChanges } from './reader-changes.ts';
import { fits, type GoneEntry } from './spotted.ts';

/** What came of entries that are gone. */
export interface Departed {
  readonly changes: readonly RegisterChange[];
  /** How many entries changed. */
  readonly entries: number;
  readonly deletions: number;
}

const NOBODY: Departed = { changes: [], entries: 0, deletions: 0 };

/** Judges what a scan no longer found: it is published, unless it is so much that a person has to agree. */
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

  /**
   * Nothing is gone: what was held and is not missing any more was put back. What else the same scan finds says nothing
   * about it.
   */
  release(): void {
    if (this.#lookEverywhere === undefined && !this.#released) this.#context.brakes.sending.release();
    this.#released = true;
  }

  /**
   * Takes what is gone off a draft and says what to publish of it. Runs inside a turn of the folder; the caller commits
   * the draft, with whatever the same scan found new: one without the other would look like a version that is kept
   * elsewhere.
   */
  async observe(draft: IndexDraft, absent: readonly GoneEntry[]): Promise<Departed> {
    if (absent.length === 0) {
      this.release();
      return NOBODY;
    }
    const { brakes, membership, device } = this.#context;
    const gone = await this.#withAllBelow(draft, absent);
    if (!membership.mayWrite(device.id)) {
      await this.#keepHere(draft, gone);
      return NOBODY;
    }
    const deletions = gone.filter(({ id }) => {
      const entry = draft.entry(id);
      return entry !== undefined && wantedPlacement(entry) !== undefined;
    }).length;
    const entries = entriesIn(draft.counters());
    const verdict = brakes.sending.judge(deletions, entries);
    if (verdict === 'hold') {
      this.#released = true;
      if (this.#lookEverywhere === undefined) brakes.sending.hold(deletions, entries);
      else if ((brakes.sending.held?.changes ?? 0) < deletions) this.#lookEverywhere();
      return NOBODY;
    }
    this.release();
    const changes: RegisterChange[] = [];
    for (const { id } of gone) {
      // Not here and still wanted: it is fetched again.
      if (verdict === 'undo') draft.setSynced(id, undefined);
      else {
        const outcome = observe(draft, { kind: 'absent', entry: id }, (author) => membership.nameOf(author));
        changes.push(...outcome.changes);
      }
    }
    return { changes, entries: verdict === 'undo' ? gone.length : changes.length, deletions };
  }

  /** What was observed last is committed. */
  async committed({ deletions }: Departed): Promise<void> {
    await this.#context.brakes.sending.passed(deletions);
  }

  /** On a device that may not write: what is missing stays so until the others change it. */
  async #keepHere(draft: IndexDraft, gone: readonly GoneEntry[]): Promise<void> {
    const reader = new ReaderChanges(this.#context, this.#publisher);
    const missing = new Set<EntryId>();
    const returning = await this.#neededDirectories(gone);
    for (const { id, parent, path } of gone) {
      // A directory that comes back has to be filled again.
      if (returning.has(id)) draft.setSynced(id, undefined);
      else if (missing.has(parent) && draft.entry(parent)?.synced === undefined) draft.setSynced(id, undefined);
      else reader.observe(draft, { kind: 'absent', entry: id }, path, missing.has(parent));
      missing.add(id);
    }
  }

  /** Directories among these that others put something into that is to come here, and those that they are in. */
  async #neededDirectories(gone: readonly GoneEntry[]): Promise<ReadonlySet<EntryId>> {
    const needed = new Set<EntryId>();
    for (const { id, parent, stamp } of gone.toReversed()) {
      if (stamp.kind !== 'directory') continue;
      if (!needed.has(id) && !(await this.#context.index.hasDirtyIn(id))) continue;
      needed.add(id);
      needed.add(parent);
    }
    return needed;
  }

  /** Those that the index still has where the scan missed them, and all that was in them; parents before children. */
  async #withAllBelow(draft: IndexDraft, absent: readonly GoneEntry[]): Promise<readonly GoneEntry[]> {
    const { index } = this.#context;
    const paths = new DirectoryPaths(draft);
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
