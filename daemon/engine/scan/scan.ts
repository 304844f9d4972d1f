import { CodedError } from '../../../protocol/errors.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Stamp } from '../../core/entry.ts';
import { type Moved, movesToGiveUp } from '../../core/move-circles.ts';
import { type DirectoryDiff, diffDirectory, type FoundChild, isSameFile } from '../../core/scan-diff.ts';
import type { Child } from '../../store/folder-index.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { Listed } from '../disk/jobs.ts';
import { joinPath, splitPath } from '../disk/places.ts';
import { NOT_SENT } from './reader-changes.ts';
import type { ScanSink } from './scan-sink.ts';
import type { Spotted } from './spotted.ts';

/** Directories listed by one worker job. */
const LIST_BATCH = 64;

/** Problems of names that a listing shows, and that the next listing of the directory finds again. */
const NAME_CODES: ReadonlySet<string> = new Set([NOT_SENT, 'bad-name', 'special-file', 'undecodable-name']);
/** Problems of a directory that it could be listed after all. Of what is in it they are only over when that is read. */
const LISTING_CODES: ReadonlySet<string> = new Set([
  'other-volume',
  'EACCES',
  'EPERM',
  'EIO',
  'ESTALE',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ETIMEDOUT',
]);

/** What to look at: a directory alone, or all that is below it too. */
export interface ScanScope {
  readonly path: string;
  readonly recursive: boolean;
}

export interface ScanSummary {
  readonly directories: number;
  readonly entries: number;
  readonly changed: number;
}

const NOTHING: ScanSummary = { directories: 0, entries: 0, changed: 0 };

interface KnownDirectory {
  readonly id: EntryId;
  readonly path: string;
  readonly recursive: boolean;
  /** Compared already; only what is below it is still to be. */
  readonly again?: boolean;
}

interface Gone {
  readonly id: EntryId;
  readonly parent: EntryId;
  readonly name: string;
  readonly stamp: Stamp;
  readonly path: string;
}

interface Fresh {
  readonly parent: EntryId;
  readonly path: string;
  readonly child: FoundChild;
  /** Something of another kind stood there. */
  readonly replaces: boolean;
}

/**
 * Compares the disk with the index and hands every difference to the sink. First all known directories of the scope,
 * so that moves are recognised whichever end is met first; then what is new, level by level. Deletions come last, and
 * only for what a successful listing did not show.
 */
export class Scan {
  readonly #context: FolderContext;
  readonly #sink: ScanSink;
  readonly #gone = new Map<EntryId, Gone>();
  /** Where directories were moved to, and what has to be compared in each. */
  readonly #movedDirectories: { readonly path: string; readonly scopes: readonly ScanScope[] }[] = [];
  /** Scopes that lead to directories the index does not know yet. */
  #unknown: readonly ScanScope[] = [];
  readonly #changed: Spotted[] = [];
  readonly #appeared: { directory: KnownDirectory; child: FoundChild }[] = [];
  /** Inodes that stand under names that can not be synced: what is gone may have been renamed so. */
  readonly #unnamed = new Map<bigint, Stamp['kind']>();
  /** Paths compared so far, and whether all below them is compared too. */
  readonly #visited = new Map<string, boolean>();
  #directories = 0;
  #entries = 0;

  constructor(context: FolderContext, sink: ScanSink) {
    this.#context = context;
    this.#sink = sink;
  }

  /** Throws 'root-missing' or 'root-changed' when the root is not what it was: then nothing was inferred. */
  async run(scopes: readonly ScanScope[]): Promise<ScanSummary> {
    const known = scopes.map((scope) => this.#nearestKnown(scope));
    this.#unknown = scopes.filter(({ path }, index) => known[index]?.path !== path);
    await this.#compareKnown(known);
    for (const spotted of this.#changed) await this.#sink.changed(spotted);
    await this.#takeAppeared();
    await this.#sink.flush();
    for (const gone of this.#gone.values()) if (!this.#isUnnamed(gone)) await this.#sink.gone(gone);
    const changed = await this.#sink.finish();
    // What is inside a moved directory could only be compared once the index knew where it is now. On a device that may
    // not write it does not, as the others are not told.
    const below = this.#movedDirectories.flatMap(({ path, scopes }) => (this.#isKnown(path) ? scopes : []));
    const inside = below.length === 0 ? NOTHING : await new Scan(this.#context, this.#sink).run(below);
    return {
      directories: this.#directories + inside.directories,
      entries: this.#entries + inside.entries,
      changed: changed + inside.changed,
    };
  }

  /** A hint may name a directory that is not known as one yet: then its nearest known ancestor shows it as new. */
  #nearestKnown(scope: ScanScope): KnownDirectory {
    let path = scope.path;
    let recursive = scope.recursive;
    while (path !== '') {
      const id = this.#context.index.atPath(path.split('/'));
      // What was a file there may be a directory now: its parent shows it as new, with an id of its own.
      if (id !== undefined && this.#isDirectory(id)) return { id, path, recursive };
      path = splitPath(path).directory;
      recursive = false;
    }
    return { id: ROOT_ENTRY, path, recursive };
  }

  #isKnown(path: string): boolean {
    const id = this.#context.index.atPath(path.split('/'));
    return id !== undefined && this.#isDirectory(id);
  }

  #isDirectory(id: EntryId): boolean {
    return this.#context.index.entry(id)?.synced?.content.kind === 'directory';
  }

  async #compareKnown(start: readonly KnownDirectory[]): Promise<void> {
    let queue: KnownDirectory[] = [...start];
    while (queue.length > 0) {
      const batch: KnownDirectory[] = [];
      for (const directory of queue.slice(0, LIST_BATCH)) {
        // Several hints may lead to one directory, and it must be compared once: twice would make two of what is new.
        const before = this.#visited.get(directory.path);
        if (before === true || before === directory.recursive) continue;
        this.#visited.set(directory.path, directory.recursive);
        batch.push({ ...directory, again: before !== undefined });
      }
      queue = queue.slice(LIST_BATCH);
      if (batch.length === 0) continue;
      // The index first, then the disk: what is applied in between then shows as new and already known. The other way
      // round it would look like something that was here and is gone.
      const known = await Promise.all(batch.map(({ id }) => this.#context.index.children(id)));
      const { directories } = await this.#list(batch.map(({ path }) => path));
      for (const [index, directory] of batch.entries()) {
        const listed = directories[index];
        if (listed !== undefined) queue.push(...this.#compare(directory, known[index] ?? [], listed));
      }
    }
  }

  async #list(paths: readonly string[]): Promise<{ readonly directories: readonly Listed[] }> {
    this.#directories += paths.length;
    return onDisk(this.#context.disk, { kind: 'list', root: this.#context.root, directories: paths }, 'urgent');
  }

  /** Returns what else has to be listed. */
  #compare(directory: KnownDirectory, known: readonly Child[], listed: Listed): readonly KnownDirectory[] {
    const { problems, index } = this.#context;
    problems.clearDirectly(directory.path, NAME_CODES);
    // What was to be compared below it when that failed is only compared by a look that goes there too.
    if (directory.recursive && LISTING_CODES.has(problems.codeAt(directory.path) ?? '')) problems.clear(directory.path);
    if (listed.kind === 'gone') {
      if (directory.path === '') throw new CodedError('root-missing', `${this.#context.root.path} is gone`);
      // Its parent tells what became of it.
      const parent = splitPath(directory.path).directory;
      const id = parent === '' ? ROOT_ENTRY : index.atPath(parent.split('/'));
      return id === undefined ? [] : [{ id, path: parent, recursive: false }];
    }
    if (listed.kind === 'problem') {
      this.#sink.unreadable(directory.path, listed.problem);
      return [];
    }
    this.#reportSkipped(directory.path, listed);
    this.#entries += listed.children.length;
    const unreadable = new Set(listed.skipped.map(({ name }) => name));
    const diff = diffDirectory(known, listed.children, unreadable);
    if (directory.again !== true) this.#take(directory, diff);
    if (!directory.recursive) return [];
    return diff.directories.map(({ id, name }) => ({ id, path: joinPath(directory.path, name), recursive: true }));
  }

  #take(directory: KnownDirectory, diff: DirectoryDiff): void {
    for (const child of diff.appeared) this.#appeared.push({ directory, child });
    for (const { known, stamp } of diff.changed) {
      this.#changed.push({
        parent: directory.id,
        name: known.name,
        path: joinPath(directory.path, known.name),
        stamp,
        known: { id: known.id, stamp: known.stamp },
      });
    }
    for (const known of diff.gone) {
      this.#gone.set(known.id, { ...known, parent: directory.id, path: joinPath(directory.path, known.name) });
    }
  }

  #isUnnamed({ stamp: { inode, kind } }: Gone): boolean {
    return this.#unnamed.get(inode) === kind;
  }

  #reportSkipped(directory: string, { skipped, unnamed }: Extract<Listed, { kind: 'listed' }>): void {
    for (const { inode, kind } of unnamed) this.#unnamed.set(inode, kind);
    const { problems, emit } = this.#context;
    for (const { name, problem } of skipped) {
      const path = name === '' ? directory : joinPath(directory, name);
      if (problems.report(path, problem.code, problem.message))
        emit('problem', { path, detail: { code: problem.code } });
    }
  }

  /** What is new, or moved here from a place where it is gone. */
  async #takeAppeared(): Promise<void> {
    const goneByInode = new Map([...this.#gone.values()].map((gone) => [gone.stamp.inode, gone]));
    const gonePaths = new Set([...this.#gone.values()].map(({ path }) => path));
    const fresh: Fresh[] = [];
    const moves: (Moved & { readonly from: Gone; readonly directory: KnownDirectory; readonly child: FoundChild })[] =
      [];
    for (const { directory, child } of this.#appeared) {
      const gone = goneByInode.get(child.stamp.inode);
      if (gone !== undefined && isSameFile(gone.stamp, child.stamp)) {
        goneByInode.delete(child.stamp.inode);
        moves.push({ from: gone, to: { parent: directory.id, name: child.name }, directory, child });
      } else {
        const path = joinPath(directory.path, child.name);
        fresh.push({ parent: directory.id, path, child, replaces: gonePaths.has(path) });
      }
    }
    const givenUp = movesToGiveUp(moves);
    for (const { from, directory, child } of moves) {
      const path = joinPath(directory.path, child.name);
      if (givenUp.has(from.id)) {
        fresh.push({ parent: directory.id, path, child, replaces: true });
        continue;
      }
      this.#gone.delete(from.id);
      if (child.stamp.kind === 'directory')
        this.#movedDirectories.push({ path, scopes: this.#below(path, directory.recursive) });
      await this.#sink.moved({
        parent: directory.id,
        name: child.name,
        path,
        stamp: child.stamp,
        known: undefined,
        from,
        replaces: gonePaths.has(path),
      });
    }
    this.#sink.expectMoves(this.#gone);
    await this.#takeFresh(fresh);
  }

  /** What has to be compared in a directory that was moved to a path. */
  #below(path: string, all: boolean): readonly ScanScope[] {
    if (all) return [{ path, recursive: true }];
    return this.#unknown.filter((scope) => scope.path === path || scope.path.startsWith(`${path}/`));
  }

  async #takeFresh(start: readonly Fresh[]): Promise<void> {
    // Depth first by directory, so that what waits stays small however large the tree is.
    const stack: { id: EntryId; path: string }[] = [];
    const take = async ({ parent, path, child, replaces }: Fresh): Promise<void> => {
      const spotted = { parent, name: child.name, path, stamp: child.stamp, known: undefined, replaces };
      const id = await this.#sink.appeared(spotted);
      if (child.stamp.kind === 'directory' && id !== undefined) stack.push({ id, path });
    };
    for (const each of start) await take(each);
    while (stack.length > 0) {
      const batch = stack.splice(Math.max(0, stack.length - LIST_BATCH));
      const { directories } = await this.#list(batch.map(({ path }) => path));
      for (const [index, { id, path }] of batch.entries()) {
        const listed = directories[index];
        if (listed?.kind === 'problem') this.#sink.unreadable(path, listed.problem);
        if (listed?.kind !== 'listed') continue;
        this.#reportSkipped(path, listed);
        this.#entries += listed.children.length;
        for (const child of listed.children) {
          await take({ parent: id, path: joinPath(path, child.name), child, replaces: false });
        }
      }
    }
  }
}
