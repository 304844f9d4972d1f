/**
 * The disk, as sheaf sees it: synchronous, one operation a call, every name resolved inside one opened directory and
 * never through a symlink. Synchronous because the code that uses it runs in a worker thread, where a blocking call
 * costs a third of the same call through promises, and because the simulator can then stop the world between any two
 * operations.
 *
 * Every method throws `FileSystemError` on failure; its `code` is the errno name ('ENOENT', 'ENOSPC', …).
 * The compliance suite is `test/compliance/file-system.ts`; the real and the simulated disk both pass it.
 */
export type FileSystemError = Error & { readonly code: string };

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export interface Stat {
  readonly kind: FileKind;
  /** Bytes; 0 for anything but a file. */
  readonly size: number;
  /** True when the owner may execute it. */
  readonly executable: boolean;
  /** The permission bits, 0 … 0o7777. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  readonly links: number;
}

export interface Listing {
  readonly name: string;
  readonly kind: FileKind;
}

export interface FileSystem {
  /**
   * Opens a directory by an absolute path given by the user; the path's own symlinks are followed, once.
   * Throws ENOENT, ENOTDIR, EACCES.
   */
  openRoot(path: string): Directory;
}

/** A directory held open. Stays bound to the same inode when the directory is renamed (where the platform can). */
export interface Directory {
  /** Opens a child directory. Throws ENOTDIR or ELOOP when `name` is a symlink or anything but a directory. */
  openDirectory(name: string): Directory;
  /** All children but '.' and '..', in no order; in `undecodable` what stands under names that are not valid UTF-8. */
  list(): { readonly entries: readonly Listing[]; readonly undecodable: readonly Stat[] };
  /** `lstat` of a child; undefined when there is none. */
  stat(name: string): Stat | undefined;
  statSelf(): Stat;
  /** Opens a regular file for reading without following a symlink or blocking on a FIFO. ENOENT, ELOOP, EACCES. */
  openFile(name: string): File;
  /** Opens an existing regular file for reading and writing in place; only ever used on sheaf's own staged files. */
  openForWriting(name: string): File;
  /** Creates a file that must not exist (EEXIST), readable and writable by its owner only. */
  createFile(name: string): File;
  makeDirectory(name: string): void;
  removeDirectory(name: string): void;
  removeFile(name: string): void;
  /** Makes a symlink whose text is `target`, verbatim. EEXIST when the name is taken. */
  makeSymlink(name: string, target: string): void;
  readSymlink(name: string): string;
  /** `rename(2)`: replaces a file or an empty directory at the target. */
  rename(name: string, to: Directory, toName: string): void;
  /** As `rename`, but throws EEXIST when anything stands at the target. */
  renameNoReplace(name: string, to: Directory, toName: string): void;
  /**
   * Two things, of whatever kinds, change places in one step. ENOENT when either is missing; ENOTSUP where the platform
   * or the file system can not, and when one of them holds the other.
   */
  exchange(name: string, other: Directory, otherName: string): void;
  /** A second name for the same file. EEXIST; EPERM or ENOTSUP where the file system has no hard links. */
  link(name: string, to: Directory, toName: string): void;
  /** Sets the mtime of a child without following symlinks. Nanoseconds, as exact as the platform can. */
  setMtime(name: string, mtimeNs: bigint): void;
  setMode(name: string, mode: number): void;
  /** Makes the directory's own list of names durable (fsync). */
  sync(): void;
  /** Makes everything written to this file system so far durable (syncfs or its nearest equivalent). */
  syncFileSystem(): void;
  /** Free bytes available to this user, and the total. */
  freeSpace(): { readonly freeBytes: number; readonly totalBytes: number };
  close(): void;
}

export interface File {
  stat(): Stat;
  /** Reads up to `buffer.length` bytes at `position`; returns how many, 0 at the end. */
  read(buffer: Uint8Array, position: number): number;
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): void;
  setMode(mode: number): void;
  setMtime(mtimeNs: bigint): void;
  /** Makes the file's content and size durable. */
  sync(): void;
  close(): void;
}
