import type { BigIntStats } from 'node:fs';
import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError } from './errors.ts';
import { requireName } from './names.ts';

/**
 * How a directory is held, and how a path is made that resolves a name inside it and nowhere else.
 * Every path is to be used at once, for one call.
 */
export interface Anchor {
  /** The open handle, where the platform lets one name children through it. */
  readonly fd: number | undefined;
  /** A path to the directory itself. */
  self(): string;
  /** A path to a child. Throws EINVAL for anything but one path component. */
  child(name: string): string;
  /** Holds a child directory. ENOTDIR or ELOOP when it is anything else. */
  open(name: string): Anchor;
  /** Lends an open handle of the directory; undefined where the platform opens no directories. */
  withHandle<Result>(use: (fd: number) => Result): Result | undefined;
  close(): void;
}

/** Linux: children are named through the open handle, so nobody can slip a symlink in between. */
export class HandleAnchor implements Anchor {
  #fd: number;
  readonly #self: string;
  readonly #prefix: string;

  constructor(path: string, flags: number) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
    this.#self = `/proc/self/fd/${this.#fd}`;
    this.#prefix = `${this.#self}/`;
  }

  get fd(): number {
    // The kernel reuses numbers: after a close this one may be anybody's.
    if (this.#fd < 0) throw fileSystemError('EBADF', 'directory', this.#self);
    return this.#fd;
  }

  self(): string {
    return this.fd < 0 ? '' : this.#self;
  }

  child(name: string): string {
    if (this.#fd < 0) throw fileSystemError('EBADF', 'directory', name);
    requireName(name);
    return this.#prefix + name;
  }

  open(name: string): Anchor {
    return new HandleAnchor(this.child(name), constants.O_NOFOLLOW);
  }

  withHandle<Result>(use: (fd: number) => Result): Result {
    return use(this.fd);
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/**
 * macOS, Windows, and Linux without /proc: the directory is remembered by path and inode and looked at again before
 * every use. A symlink swapped in between that look and the use is not noticed: weaker than a handle, and the best that
 * `node:fs` can do there.
 */
export class PathAnchor implements Anchor {
  readonly fd = undefined;
  readonly #path: string;
  readonly #device: bigint;
  readonly #inode: bigint;
  #open = true;

  /** `path` must be absolute and real. Throws ENOENT, ENOTDIR, ELOOP. */
  constructor(path: string) {
    const stats = lstatSync(path, { bigint: true });
    requireDirectory(stats, path);
    this.#path = path;
    this.#device = stats.dev;
    this.#inode = stats.ino;
  }

  self(): string {
    if (!this.#open) throw fileSystemError('EBADF', 'directory', this.#path);
    const stats = lstatSync(this.#path, { bigint: true });
    requireDirectory(stats, this.#path);
    if (stats.dev !== this.#device || stats.ino !== this.#inode) {
      throw fileSystemError('ESTALE', 'directory', this.#path);
    }
    return this.#path;
  }

  child(name: string): string {
    requireName(name);
    return join(this.self(), name);
  }

  open(name: string): Anchor {
    return new PathAnchor(this.child(name));
  }

  withHandle<Result>(use: (fd: number) => Result): Result | undefined {
    if (process.platform === 'win32') return undefined;
    const fd = openSync(this.self(), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    this.#open = false;
  }
}

function requireDirectory(stats: BigIntStats, path: string): void {
  if (stats.isSymbolicLink()) throw fileSystemError('ELOOP', 'open', path);
  if (!stats.isDirectory()) throw fileSystemError('ENOTDIR', 'open', path);
}
