import { isUtf8 } from 'node:buffer';
import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { constants } from 'node:os';
import type { Directory, File, Listing, Stat } from '../../effects/file-system.ts';
import type { Anchor } from './anchor.ts';
import { errnoError, fileSystemError } from './errors.ts';
import { createRegularFile, type FileContext, openRegularFile } from './file.ts';
import { changeMode } from './mode.ts';
import { exchange, renameWithoutReplacing } from './rename.ts';
import { kindOfDirent, nearestNodeTime, statFromNode, statFromStatx } from './stat.ts';
import { syncNames, type UnsyncedDirectories } from './unsynced.ts';

const BIGINT = { bigint: true } as const;
const BIGINT_OR_NOTHING = { bigint: true, throwIfNoEntry: false } as const;
/** What Node puts where bytes are no UTF-8; a file may also really be called that. */
const REPLACEMENT = '\ufffd';

export interface DirectoryContext extends FileContext {
  readonly unsynced: UnsyncedDirectories;
}

export class NodeDirectory implements Directory {
  readonly #anchor: Anchor;
  readonly #context: DirectoryContext;

  constructor(anchor: Anchor, context: DirectoryContext) {
    this.#anchor = anchor;
    this.#context = context;
  }

  openDirectory(name: string): Directory {
    return new NodeDirectory(this.#anchor.open(name), this.#context);
  }

  list(): ReturnType<Directory['list']> {
    const path = this.#anchor.self();
    const entries: Listing[] = [];
    let doubtful = false;
    for (const dirent of readdirSync(path, { withFileTypes: true })) {
      doubtful ||= dirent.name.includes(REPLACEMENT);
      entries.push({ name: dirent.name, kind: kindOfDirent(dirent) });
    }
    return doubtful ? listRaw(path) : { entries, undecodable: [] };
  }

  stat(name: string): Stat | undefined {
    const path = this.#anchor.child(name);
    const fd = this.#anchor.fd;
    const { statx } = this.#context.native;
    if (!statx || fd === undefined) {
      const stats = lstatSync(path, BIGINT_OR_NOTHING);
      return stats && statFromNode(stats);
    }
    const errno = statx(fd, name);
    if (errno === constants.errno.ENOENT) return undefined;
    if (errno !== 0) throw errnoError(errno, 'statx', name);
    return statFromStatx();
  }

  statSelf(): Stat {
    const path = this.#anchor.self();
    const fd = this.#anchor.fd;
    const { statx } = this.#context.native;
    if (!statx || fd === undefined) {
      // '/.' makes lstat look at the directory even where the path is the kernel's link to it.
      return statFromNode(lstatSync(fd === undefined ? path : `${path}/.`, BIGINT));
    }
    const errno = statx(fd, '');
    if (errno !== 0) throw errnoError(errno, 'statx', path);
    return statFromStatx();
  }

  openFile(name: string): File {
    return this.#openFile(name, 'read');
  }

  openForWriting(name: string): File {
    return this.#openFile(name, 'write');
  }

  createFile(name: string): File {
    const file = createRegularFile(this.#anchor.child(name), this.#context);
    this.#changed();
    return file;
  }

  makeDirectory(name: string): void {
    mkdirSync(this.#anchor.child(name));
    this.#changed();
  }

  removeDirectory(name: string): void {
    rmdirSync(this.#anchor.child(name));
    this.#changed();
  }

  removeFile(name: string): void {
    unlinkSync(this.#anchor.child(name));
    this.#changed();
  }

  makeSymlink(name: string, target: string): void {
    symlinkSync(target, this.#anchor.child(name));
    this.#changed();
  }

  readSymlink(name: string): string {
    const target = readlinkSync(this.#anchor.child(name), { encoding: 'buffer' });
    if (!isUtf8(target)) throw fileSystemError('EILSEQ', 'readlink', name);
    return target.toString();
  }

  rename(name: string, to: Directory, toName: string): void {
    const target = own(to);
    renameSync(this.#anchor.child(name), target.#anchor.child(toName));
    this.#changed();
    target.#changed();
  }

  renameNoReplace(name: string, to: Directory, toName: string): void {
    const target = own(to);
    renameWithoutReplacing(this.#anchor.child(name), target.#anchor.child(toName), this.#context.native);
    this.#changed();
    target.#changed();
  }

  exchange(name: string, other: Directory, otherName: string): void {
    const target = own(other);
    exchange(this.#anchor.child(name), target.#anchor.child(otherName), this.#context.native);
    this.#changed();
    target.#changed();
  }

  link(name: string, to: Directory, toName: string): void {
    const target = own(to);
    linkSync(this.#anchor.child(name), target.#anchor.child(toName));
    target.#changed();
  }

  setMtime(name: string, mtimeNs: bigint): void {
    const path = this.#anchor.child(name);
    const { setMtime } = this.#context.native;
    if (!setMtime) {
      const time = nearestNodeTime(mtimeNs);
      lutimesSync(path, time, time);
      return;
    }
    const errno = setMtime(path, mtimeNs);
    if (errno !== 0) throw errnoError(errno, 'utimensat', name);
  }

  setMode(name: string, mode: number): void {
    changeMode(this.#anchor.child(name), mode, this.#anchor.fd !== undefined);
  }

  sync(): void {
    syncNames(this.#anchor);
  }

  syncFileSystem(): void {
    const { native, syncOnClose, unsynced } = this.#context;
    if (syncOnClose || !native.syncFileSystem) {
      unsynced.settleAll();
      return;
    }
    const errno = this.#anchor.withHandle(native.syncFileSystem) ?? 0;
    if (errno !== 0) throw errnoError(errno, 'syncfs', this.#anchor.self());
  }

  freeSpace(): { readonly freeBytes: number; readonly totalBytes: number } {
    const { bsize, bavail, blocks } = statfsSync(this.#anchor.self());
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }

  close(): void {
    try {
      this.#context.unsynced.settle(this.#anchor);
    } finally {
      this.#anchor.close();
    }
  }

  #openFile(name: string, access: 'read' | 'write'): File {
    const path = this.#anchor.child(name);
    if (process.platform === 'win32' && lstatSync(path).isSymbolicLink()) throw fileSystemError('ELOOP', 'open', name);
    return openRegularFile(path, access, this.#context);
  }

  #changed(): void {
    if (this.#context.syncOnClose) this.#context.unsynced.note(this.#anchor);
  }
}

/** The other directory of a rename or link must be one of ours too. */
function own(directory: Directory): NodeDirectory {
  if (directory instanceof NodeDirectory) return directory;
  throw fileSystemError('EXDEV', 'rename', 'a directory of another file system implementation');
}

/** A second reading, as bytes, for a directory that holds names which may not be UTF-8. */
function listRaw(path: string): ReturnType<Directory['list']> {
  const entries: Listing[] = [];
  const undecodable: Stat[] = [];
  for (const dirent of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    if (isUtf8(dirent.name)) entries.push({ name: dirent.name.toString(), kind: kindOfDirent(dirent) });
    else {
      const stats = lstatSync(Buffer.concat([Buffer.from(`${path}/`), dirent.name]), BIGINT_OR_NOTHING);
      // Gone again: then it is not there to be told of.
      if (stats !== undefined) undecodable.push(statFromNode(stats));
    }
  }
  return { entries, undecodable };
}
