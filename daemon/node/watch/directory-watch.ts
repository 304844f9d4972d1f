import { type Dirent, type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import type { Watch, WatchHint } from '../../effects/watcher.ts';
import { childOf, HintCollector, LOST_EVENTS_COUNT, nameOf, parentOf } from './hint-collector.ts';
import { rootIdentity } from './root-identity.ts';
import { fatalReason, rootGoneReason } from './watch-errors.ts';

/** A rebuild after lost events is followed by a rest of so many times its own duration, and of a second at least. */
const REBUILD_REST_FACTOR = 4;
const REBUILD_REST_MS = 1000;

interface WatchedDirectory {
  readonly path: string;
  watcher: FSWatcher | undefined;
  /** By name; absent while there are none, which is most directories. */
  children?: Map<string, WatchedDirectory>;
}

/**
 * Linux: one inotify watch for every directory, none for files. A directory that appears is watched first and hinted at
 * then, so that what was put into it in between is seen by the scan that follows. When events may have been lost all
 * watches are made anew, since directories may have appeared unseen.
 */
export class DirectoryWatch implements Watch {
  readonly #root: string;
  readonly #identity: string | undefined;
  readonly #ignored: ReadonlySet<string>;
  readonly #onHint: (hint: WatchHint) => void;
  readonly #hints: HintCollector;
  /** Paths whose names came or went since the last drain. */
  readonly #renamed = new Set<string>();
  #top: WatchedDirectory = { path: '', watcher: undefined };
  /** Watches ended since the last drain. The kernel queues an event for each, and drops others when the queue is full. */
  #ended = 0;
  #restUntilMs = 0;
  #rebuildTimer: NodeJS.Timeout | undefined;

  /** Throws what the first watch of the root throws; ENOSPC or EMFILE for a limit reached anywhere in the tree. */
  constructor(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void) {
    this.#root = root;
    this.#identity = rootIdentity(root);
    this.#ignored = new Set(ignored);
    this.#onHint = onHint;
    this.#hints = new HintCollector(onHint, (lost) => this.#beforeDrain(lost));
    try {
      this.#watchTree(this.#top, true);
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  #stop(): void {
    this.#hints.close();
    clearTimeout(this.#rebuildTimer);
    closeTree(this.#top);
  }

  #onEvent(directory: WatchedDirectory, type: string, name: string | null): void {
    this.#hints.countEvent();
    if (name !== null && directory === this.#top && this.#ignored.has(name)) return;
    this.#hints.directory(directory.path);
    // 'rename' is Node's word for a name that came or went. Of the directory itself it is told too, under its own name;
    // then no such child exists, or one that is looked at once in vain.
    if (type === 'rename' && name !== null) this.#renamed.add(childOf(directory.path, name));
  }

  #beforeDrain(lost: boolean): void {
    if (rootIdentity(this.#root) !== this.#identity) {
      this.#fail(rootGoneReason(this.#root));
      return;
    }
    const renamed = [...this.#renamed];
    this.#renamed.clear();
    if (lost) {
      this.#rebuildSoon();
      return;
    }
    this.#ended = 0;
    this.#orFail(() => {
      for (const path of renamed) this.#lookAt(path);
    });
    if (this.#ended >= LOST_EVENTS_COUNT) this.#rebuildSoon();
  }

  #orFail(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(fatalReason(error, this.#root) ?? `Watching ${this.#root} failed: ${String(error)}`);
    }
  }

  #fail(reason: string): void {
    this.#hints.fail(reason);
    this.#stop();
  }

  /** Brings the watches at and below `path` in line with what is there now. */
  #lookAt(path: string): void {
    const parent = this.#find(parentOf(path) ?? '');
    if (!parent) return;
    const name = nameOf(path);
    const known = parent.children?.get(name);
    if (known) {
      // Moved away, or removed, or another directory in its place: what was watched is not what is there.
      this.#ended += closeTree(known);
      parent.children?.delete(name);
    }
    if (!isDirectory(`${this.#root}/${path}`)) return;
    this.#watchTree(addChild(parent, name, path), false);
    this.#hints.subtree(path);
  }

  #rebuildSoon(): void {
    if (this.#rebuildTimer !== undefined) return;
    const restMs = Math.max(0, this.#restUntilMs - performance.now());
    this.#rebuildTimer = setTimeout(() => {
      closeTree(this.#top);
      this.#top = { path: '', watcher: undefined };
      // Not in the same turn: ending so many watches fills the queue, which has to be emptied first.
      this.#rebuildTimer = setTimeout(() => this.#orFail(() => this.#rebuild()), 0);
    }, restMs);
  }

  #rebuild(): void {
    const startMs = performance.now();
    this.#rebuildTimer = undefined;
    this.#watchTree(this.#top, true);
    this.#onHint({ kind: 'overflow' });
    const endMs = performance.now();
    this.#restUntilMs = endMs + Math.max(REBUILD_REST_MS, (endMs - startMs) * REBUILD_REST_FACTOR);
  }

  #watchTree(top: WatchedDirectory, must: boolean): void {
    const waiting = [top];
    for (let each = waiting.pop(); each; each = waiting.pop()) {
      for (const child of this.#watchOne(each, must && each === top)) waiting.push(child);
    }
  }

  /** Watches first, lists then: what appears in between is seen by one of the two. Returns its directories. */
  #watchOne(directory: WatchedDirectory, must: boolean): readonly WatchedDirectory[] {
    const path = directory.path === '' ? this.#root : `${this.#root}/${directory.path}`;
    let dirents: readonly Dirent[];
    try {
      const watcher = watch(path, { persistent: false }, (type, name) => this.#onEvent(directory, type, name));
      watcher.on('error', () => this.#hints.directory(directory.path));
      directory.watcher = watcher;
      dirents = readdirSync(path, { withFileTypes: true });
    } catch (error) {
      // Gone again, unreadable, a path too long: the scan of its parent meets the same and reports it.
      if (must || fatalReason(error, path) !== undefined) throw error;
      return [];
    }
    const found: WatchedDirectory[] = [];
    for (const dirent of dirents) {
      if (!dirent.isDirectory() || (directory === this.#top && this.#ignored.has(dirent.name))) continue;
      found.push(addChild(directory, dirent.name, childOf(directory.path, dirent.name)));
    }
    return found;
  }

  #find(path: string): WatchedDirectory | undefined {
    let found: WatchedDirectory | undefined = this.#top;
    if (path === '') return found;
    for (const name of path.split('/')) found = found?.children?.get(name);
    return found;
  }
}

function addChild(parent: WatchedDirectory, name: string, path: string): WatchedDirectory {
  const child: WatchedDirectory = { path, watcher: undefined };
  parent.children ??= new Map();
  parent.children.set(name, child);
  return child;
}

/** Returns how many watches that ended. */
function closeTree(top: WatchedDirectory): number {
  const waiting = [top];
  let ended = 0;
  for (let each = waiting.pop(); each; each = waiting.pop()) {
    if (each.watcher) ended += 1;
    each.watcher?.close();
    each.watcher = undefined;
    if (each.children) for (const child of each.children.values()) waiting.push(child);
  }
  return ended;
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
