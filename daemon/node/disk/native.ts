import { type CLibrary, openCLibrary } from '../c-library.ts';
import { statxWords } from './stat.ts';

/**
 * The six things `node:fs` cannot do: exact timestamps, one flush for a whole file system, a flush that is begun and not
 * waited for, a rename that never replaces, one that exchanges, and `lstat` relative to an open directory. Bound to the C
 * library by koffi, each on its own, so that a
 * system that lacks one keeps the others. Every function returns 0 or the errno of its failure.
 * Why a foreign function library: docs/decisions/disk-calls.md.
 */
export interface NativeDisk {
  /** Fills `statxWords` for `name` in the directory behind `fd`, or for `fd` itself when `name` is ''. Linux. */
  readonly statx?: (fd: number, name: string) => number;
  /** Sets the mtime of `path` itself, leaving its atime alone. */
  readonly setMtime?: (path: string, mtimeNs: bigint) => number;
  readonly setMtimeOfFile?: (fd: number, mtimeNs: bigint) => number;
  /** Makes all that was written to the file system behind `fd` durable. */
  readonly syncFileSystem?: (fd: number) => number;
  /** Has the kernel begin to write a range of a file (bytes) to the disk; a hint, which makes nothing durable. Linux. */
  readonly beginWriting?: (fd: number, offset: number, length: number) => number;
  /** Renames; EEXIST when the target exists. ENOSYS or EINVAL when this file system cannot promise that. */
  readonly renameNoReplace?: (from: string, to: string) => number;
  /** Two paths change places. ENOSYS or EINVAL when this file system cannot do that. */
  readonly exchange?: (path: string, other: string) => number;
}

interface Constants {
  /** 'Relative to the working directory'; every path here is absolute. */
  readonly atWorkingDirectory: number;
  readonly atSymlinkNoFollow: number;
  readonly utimeOmit: bigint;
}

/** From fcntl.h and sys/stat.h of each system. */
const LINUX: Constants = { atWorkingDirectory: -100, atSymlinkNoFollow: 0x100, utimeOmit: 0x3ffffffen };
const MACOS: Constants = { atWorkingDirectory: -2, atSymlinkNoFollow: 0x20, utimeOmit: -2n };

/** linux/fcntl.h and linux/stat.h. */
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS_AND_BIRTHTIME = 0xfff;
/** linux/fs.h. */
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const SYNC_FILE_RANGE_WRITE = 2;
/** sys/stdio.h of macOS. */
const RENAME_SWAP = 2;
const RENAME_EXCL = 4;
/** unistd.h of macOS: SYNC_VOLUME_FULLSYNC | SYNC_VOLUME_WAIT. */
const SYNC_VOLUME_FULLY = 3;

/** Where `struct timespec` is two 64-bit integers and the machine is little-endian. */
const KNOWN_MACHINES: ReadonlySet<string> = new Set(['x64', 'arm64', 'riscv64', 'loong64']);

/** All that this system offers; nothing on Windows, on unknown machines, or where koffi does not load. */
export function loadNativeDisk(): NativeDisk {
  if (!KNOWN_MACHINES.has(process.arch)) return {};
  if (process.platform !== 'linux' && process.platform !== 'darwin') return {};
  const library = openCLibrary();
  if (!library) return {};
  return process.platform === 'linux' ? linuxDisk(library) : macosDisk(library);
}

function linuxDisk(library: CLibrary): NativeDisk {
  const { bind, errnoOf } = library;
  const statx = bind('int statx(int, const char*, int, unsigned int, void*)');
  const syncfs = bind('int syncfs(int)');
  const range = bind('int sync_file_range(int, int64_t, int64_t, unsigned int)');
  const rename = bind('int renameat2(int, const char*, int, const char*, unsigned int)');
  const { atWorkingDirectory: cwd, atSymlinkNoFollow } = LINUX;
  const flags = atSymlinkNoFollow | AT_EMPTY_PATH;
  return {
    ...timestamps(library, LINUX),
    ...(statx?.(cwd, '/', flags, STATX_BASIC_STATS_AND_BIRTHTIME, statxWords) === 0 && {
      statx: (fd, name) => errnoOf(statx(fd, name, flags, STATX_BASIC_STATS_AND_BIRTHTIME, statxWords)),
    }),
    ...(syncfs && { syncFileSystem: (fd) => errnoOf(syncfs(fd)) }),
    ...(range && { beginWriting: (fd, at, length) => errnoOf(range(fd, at, length, SYNC_FILE_RANGE_WRITE)) }),
    ...(rename && {
      renameNoReplace: (from, to) => errnoOf(rename(cwd, from, cwd, to, RENAME_NOREPLACE)),
      exchange: (path, other) => errnoOf(rename(cwd, path, cwd, other, RENAME_EXCHANGE)),
    }),
  };
}

function macosDisk(library: CLibrary): NativeDisk {
  const { bind, errnoOf } = library;
  const sync = bind('int fsync_volume_np(int, int)');
  const rename = bind('int renamex_np(const char*, const char*, unsigned int)');
  return {
    ...timestamps(library, MACOS),
    ...(sync && { syncFileSystem: (fd) => errnoOf(sync(fd, SYNC_VOLUME_FULLY)) }),
    ...(rename && {
      renameNoReplace: (from, to) => errnoOf(rename(from, to, RENAME_EXCL)),
      exchange: (path, other) => errnoOf(rename(path, other, RENAME_SWAP)),
    }),
  };
}

function timestamps({ bind, errnoOf }: CLibrary, constants: Constants): NativeDisk {
  const utimensat = bind('int utimensat(int, const char*, void*, int)');
  const futimens = bind('int futimens(int, void*)');
  const { atWorkingDirectory: cwd, atSymlinkNoFollow } = constants;
  // struct timespec[2]: atime seconds and nanoseconds, mtime seconds and nanoseconds.
  const times = new BigInt64Array([0n, constants.utimeOmit, 0n, 0n]);
  const fill = (mtimeNs: bigint): BigInt64Array => {
    const nanoseconds = BigInt.asUintN(64, ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
    times[2] = (mtimeNs - nanoseconds) / 1_000_000_000n;
    times[3] = nanoseconds;
    return times;
  };
  return {
    ...(utimensat && {
      setMtime: (path, mtimeNs) => errnoOf(utimensat(cwd, path, fill(mtimeNs), atSymlinkNoFollow)),
    }),
    ...(futimens && { setMtimeOfFile: (fd, mtimeNs) => errnoOf(futimens(fd, fill(mtimeNs))) }),
  };
}
