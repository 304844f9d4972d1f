import { fromUtf8 } from '../../../protocol/bytes.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { Stamp } from '../../core/entry.ts';
import type { Directory, FileSystem, Stat } from '../../effects/file-system.ts';
import { HIDDEN, MARKER, splitPath } from './places.ts';
import type { PathProblem, RootReference } from './root-reference.ts';

/** Handles kept open during one job. */
const OPEN_LIMIT = 128;

/** A marker is a short line; more is not ours. */
const MARKER_LIMIT_BYTES = 256;

/**
 * A folder's root during one job, with the directories below it opened one name at a time so that nothing is ever
 * reached through a symlink. The root gate: a root that is gone, replaced, on another volume, or without its marker
 * fails here, before anything is read or written.
 */
export class OpenedRoot {
  readonly #root: Directory;
  readonly #open = new Map<string, Directory>();

  constructor(fileSystem: FileSystem, reference: RootReference) {
    this.#root = openRoot(fileSystem, reference.path);
    try {
      this.check(reference);
    } catch (error) {
      this.#root.close();
      throw error;
    }
  }

  /** Throws 'root-changed' when the directory at the root path is not the one the folder was set up with. */
  check(reference: RootReference): void {
    const stat = this.#root.statSelf();
    const found = readMarker(this.#root);
    if (stat.device === reference.device && stat.inode === reference.inode && found === reference.marker) return;
    const what = found === reference.marker ? 'is another directory than before' : 'has lost its marker .sheaf/folder';
    throw new CodedError(
      'root-changed',
      `${reference.path} ${what}: was a disk unmounted, or the directory replaced? Nothing is synced until it is back.`,
    );
  }

  directory(path: string): Directory {
    if (path === '') return this.#root;
    const held = this.#open.get(path);
    if (held !== undefined) {
      // Most recently used last, so that two directories used together are both still open.
      this.#open.delete(path);
      this.#open.set(path, held);
      return held;
    }
    const { directory, name } = splitPath(path);
    const opened = this.directory(directory).openDirectory(name);
    if (this.#open.size >= OPEN_LIMIT) this.#forgetOldest();
    this.#open.set(path, opened);
    return opened;
  }

  /** Forgets handles at and below a path: its names have changed. */
  forget(path: string): void {
    for (const [held, directory] of this.#open) {
      if (held !== path && !held.startsWith(`${path}/`)) continue;
      directory.close();
      this.#open.delete(held);
    }
  }

  #forgetOldest(): void {
    const oldest = this.#open.entries().next().value;
    if (oldest === undefined) return;
    oldest[1].close();
    this.#open.delete(oldest[0]);
  }

  close(): void {
    for (const directory of this.#open.values()) directory.close();
    this.#open.clear();
    this.#root.close();
  }
}

function openRoot(fileSystem: FileSystem, path: string): Directory {
  try {
    return fileSystem.openRoot(path);
  } catch (error) {
    throw new CodedError(
      'root-missing',
      `${path} can not be opened (${problemOf(error).code}): was it moved or unmounted? Nothing is synced until it is back.`,
      { cause: error },
    );
  }
}

/** The marker's text, or undefined when there is none. */
export function readMarker(root: Directory): string | undefined {
  try {
    const hidden = root.openDirectory(HIDDEN);
    try {
      const file = hidden.openFile(MARKER);
      try {
        const buffer = new Uint8Array(MARKER_LIMIT_BYTES);
        return fromUtf8(buffer.subarray(0, file.read(buffer, 0))).trim();
      } finally {
        file.close();
      }
    } finally {
      hidden.close();
    }
  } catch {
    return undefined;
  }
}

/** The kinds we sync, as a stamp; undefined for pipes, sockets and devices. */
export function stampOf(stat: Stat): Stamp | undefined {
  if (stat.kind === 'other') return undefined;
  return {
    kind: stat.kind,
    size: stat.kind === 'file' ? stat.size : 0,
    executable: stat.kind === 'file' && stat.executable,
    mtimeNs: stat.kind === 'directory' ? stat.birthtimeNs : stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: stat.inode,
  };
}

/** A thrown error as data, when it is one of the disk's; a bug is thrown on. */
export function problemOf(error: unknown): PathProblem {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code, message: explain(error.code) };
  }
  throw error;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: let the user that runs sheaf read and write it',
  EPERM: 'the system does not permit it: let the user that runs sheaf read and write it',
  ENOSPC: 'the disk is full: free some space and it will be tried again',
  EDQUOT: 'the disk quota is used up: free some space and it will be tried again',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this system',
  ENAMETOOLONG: 'the name is too long for this file system',
  EIO: 'the disk reported an error',
  ENOTEMPTY: 'the directory still holds files that sheaf does not manage',
};

function explain(code: string): string {
  return EXPLANATIONS[code] ?? `the file system answered ${code}`;
}

/** True for codes that mean "not there any more, or something else stands there now". */
export function isGone(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
