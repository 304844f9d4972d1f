import type { EntryId } from '../../protocol/ids.ts';
import { type Stamp, sameButForName, sameStamp } from './entry.ts';

/** A child as the index knows it. */
export interface KnownChild {
  readonly name: string;
  readonly id: EntryId;
  readonly stamp: Stamp;
}

/** A child as the disk shows it. */
export interface FoundChild {
  readonly name: string;
  readonly stamp: Stamp;
}

/** One directory, known against found. */
export interface DirectoryDiff {
  /** On disk and unknown, or of another kind than what is known there. */
  readonly appeared: readonly FoundChild[];
  /** Known under this name and kind, with another stamp. */
  readonly changed: readonly { readonly known: KnownChild; readonly stamp: Stamp }[];
  /** Known and no longer on disk under this name and kind. */
  readonly gone: readonly KnownChild[];
  /** Known directories that are still there. */
  readonly directories: readonly KnownChild[];
}

/**
 * Compares a listing with what was agreed.
 * @param unreadable names that are on disk but can't be synced or looked at: nothing is said about them
 */
export function diffDirectory(
  known: readonly KnownChild[],
  found: readonly FoundChild[],
  unreadable: ReadonlySet<string>,
): DirectoryDiff {
  const standing = new Map(found.map((child) => [child.name, child.stamp]));
  const appeared: FoundChild[] = [];
  const changed: { known: KnownChild; stamp: Stamp }[] = [];
  const gone: KnownChild[] = [];
  const directories: KnownChild[] = [];
  const matched = new Set<string>();
  for (const child of known) {
    const stamp = standing.get(child.name);
    if (stamp === undefined || stamp.kind !== child.stamp.kind) {
      if (!unreadable.has(child.name)) gone.push(child);
      continue;
    }
    matched.add(child.name);
    if (!sameStamp(stamp, child.stamp)) changed.push({ known: child, stamp });
    if (stamp.kind === 'directory') directories.push(child);
  }
  for (const child of found) if (!matched.has(child.name)) appeared.push(child);
  return { appeared, changed, gone, directories };
}

/**
 * True when what appeared is what went: the same inode, and for files the same bytes as far as the stamp tells
 * (renaming changes the ctime only). Inodes are used again, often by the very next directory that is made: one with
 * another birth, or a file that differs otherwise, is a new one.
 */
export function isSameFile(gone: Stamp, appeared: Stamp): boolean {
  if (gone.kind !== appeared.kind || gone.inode !== appeared.inode) return false;
  if (gone.kind === 'directory') return gone.mtimeNs === appeared.mtimeNs;
  return sameButForName(gone, appeared);
}
