import type { BigIntStats, Dirent } from 'node:fs';
import { constants } from 'node:fs';
import type { FileKind, Stat } from '../../effects/file-system.ts';

const PERMISSION_BITS = 0o7777;
const OWNER_EXECUTE = 0o100;
const NS_PER_SECOND = 1_000_000_000n;

export function kindOfMode(mode: number): FileKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}

export function kindOfDirent(dirent: Dirent<string> | Dirent<Buffer>): FileKind {
  if (dirent.isFile()) return 'file';
  if (dirent.isDirectory()) return 'directory';
  return dirent.isSymbolicLink() ? 'symlink' : 'other';
}

export function statFromNode(stats: BigIntStats): Stat {
  const mode = Number(stats.mode);
  const kind = kindOfMode(mode);
  return {
    kind,
    size: kind === 'file' ? Number(stats.size) : 0,
    executable: (mode & OWNER_EXECUTE) !== 0,
    mode: mode & PERMISSION_BITS,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    birthtimeNs: stats.birthtimeNs,
    inode: stats.ino,
    device: stats.dev,
    links: Number(stats.nlink),
  };
}

/**
 * The nearest that `node:fs` can set: seconds in a double, within a microsecond until past the year 2200. It takes
 * negative numbers for "now" but not negative dates, which count milliseconds.
 */
export function nearestNodeTime(timeNs: bigint): number | Date {
  return timeNs >= 0n ? Number(timeNs) / 1e9 : new Date(Number(timeNs) / 1e6);
}

/** Size of `struct statx`, and two views of one that the kernel fills. */
const STATX_BYTES = 256;
const statxMemory = new ArrayBuffer(STATX_BYTES);
export const statxWords = new Uint32Array(statxMemory);
const statxQuads = new BigInt64Array(statxMemory);

/** `struct statx` of linux/stat.h; the same on every architecture. Indexes count 4-byte words or 8-byte quads. */
const WORD_LINKS = 4;
const WORD_MODE = 7;
const WORD_DEVICE_MAJOR = 34;
const QUAD_INODE = 4;
const QUAD_SIZE = 5;
const QUAD_BIRTHTIME = 10;
const QUAD_CTIME = 12;
const QUAD_MTIME = 14;

/** What the last `statx` left in `statxWords`. */
export function statFromStatx(): Stat {
  // The 16-bit mode shares its word with 16 spare bits, after it on little-endian machines (all that Node supports here).
  const mode = word(WORD_MODE) & 0xffff;
  const kind = kindOfMode(mode);
  return {
    kind,
    size: kind === 'file' ? Number(quad(QUAD_SIZE)) : 0,
    executable: (mode & OWNER_EXECUTE) !== 0,
    mode: mode & PERMISSION_BITS,
    mtimeNs: time(QUAD_MTIME),
    ctimeNs: time(QUAD_CTIME),
    birthtimeNs: time(QUAD_BIRTHTIME),
    inode: BigInt.asUintN(64, quad(QUAD_INODE)),
    device: deviceNumber(word(WORD_DEVICE_MAJOR), word(WORD_DEVICE_MAJOR + 1)),
    links: word(WORD_LINKS),
  };
}

function word(index: number): number {
  return statxWords[index] as number; // constant indexes inside the array
}

function quad(index: number): bigint {
  return statxQuads[index] as bigint; // constant indexes inside the array
}

function time(index: number): bigint {
  return quad(index) * NS_PER_SECOND + BigInt(word(index * 2 + 2));
}

let lastMajor = -1;
let lastMinor = -1;
let lastDevice = 0n;

/** `makedev(3)` of glibc and musl, so that the number equals the `st_dev` of an ordinary stat. */
function deviceNumber(major: number, minor: number): bigint {
  if (major !== lastMajor || minor !== lastMinor) {
    lastMajor = major;
    lastMinor = minor;
    const wideMajor = BigInt(major);
    const wideMinor = BigInt(minor);
    lastDevice =
      ((wideMajor & 0xfffff000n) << 32n) |
      ((wideMajor & 0xfffn) << 8n) |
      ((wideMinor & 0xffffff00n) << 12n) |
      (wideMinor & 0xffn);
  }
  return lastDevice;
}
