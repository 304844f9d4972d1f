import type { FileKind, Stat } from '../../../daemon/effects/file-system.ts';
import { diskError } from './operations.ts';

export type InodeKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket';

export interface ChildName {
  readonly name: string;
  readonly child: number;
}

/** One thing on a disk. The visible layer and the medium hold one each, under the same `id`. */
export interface Inode {
  /** Ours, never used twice. */
  readonly id: number;
  /** What `stat` says; may have belonged to something that was deleted. */
  readonly number: bigint;
  readonly device: bigint;
  readonly kind: InodeKind;
  readonly birthtimeNs: bigint;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Names it has; of a directory 1 or 0. */
  links: number;
  /** Handles that keep it although it has no name. */
  handles: number;
  /** Of a directory: where it stands, for paths. The root of a volume has none. */
  parent: { readonly directory: number; readonly key: string } | undefined;
  /** Bytes of a file: the first `size` of the buffer. */
  bytes: Uint8Array;
  size: number;
  readonly target: string;
  readonly children: Map<string, ChildName>;
}

const NOTHING = new Uint8Array();
export const PAGE_BYTES = 4096;

export function makeInode(
  known: Pick<Inode, 'id' | 'number' | 'device' | 'kind' | 'mode' | 'birthtimeNs' | 'target'>,
): Inode {
  return {
    ...known,
    mtimeNs: known.birthtimeNs,
    ctimeNs: known.birthtimeNs,
    links: 0,
    handles: 0,
    parent: undefined,
    bytes: NOTHING,
    size: 0,
    children: new Map(),
  };
}

export function copyInode(inode: Inode): Inode {
  return { ...inode, bytes: inode.bytes.slice(0, inode.size), children: new Map(inode.children) };
}

/** Puts bytes at a position; a gap before them reads as zeros. */
export function writeInto(inode: Inode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > inode.bytes.length) {
    const grown = new Uint8Array(Math.max(end, inode.bytes.length * 2));
    grown.set(inode.bytes.subarray(0, inode.size));
    inode.bytes = grown;
  }
  inode.bytes.set(bytes, position);
  inode.size = Math.max(inode.size, end);
}

export function resize(inode: Inode, size: number): void {
  const kept = inode.bytes.subarray(0, Math.min(size, inode.size));
  inode.bytes = new Uint8Array(size);
  inode.bytes.set(kept);
  inode.size = size;
}

/** Throws what rename(2) does where one thing may not be put in place of another. */
export function requireReplaceable(inode: Inode, replaced: Inode, name: string): void {
  if (inode.kind !== 'directory') {
    if (replaced.kind === 'directory') throw diskError('EISDIR', 'rename', name);
  } else if (replaced.kind !== 'directory') throw diskError('ENOTDIR', 'rename', name);
  else if (replaced.children.size > 0) throw diskError('ENOTEMPTY', 'rename', name);
}

/** What it takes of the disk's room. */
export function roomOf(kind: InodeKind, size: number): number {
  return kind === 'file' ? Math.ceil(size / PAGE_BYTES) * PAGE_BYTES : PAGE_BYTES;
}

export function fileKindOf({ kind }: Inode): FileKind {
  return kind === 'fifo' || kind === 'socket' ? 'other' : kind;
}

/** What `lstat` says. */
export function statOf(inode: Inode): Stat {
  const { kind, mode, mtimeNs, ctimeNs, birthtimeNs, number, device, links } = inode;
  return {
    kind: fileKindOf(inode),
    size: kind === 'file' ? inode.size : 0,
    executable: (mode & 0o100) !== 0,
    mode,
    mtimeNs,
    ctimeNs,
    birthtimeNs,
    inode: number,
    device,
    links,
  };
}
