import type { Stamp } from '../../daemon/core/entry.ts';
import type { DiskTable } from '../../daemon/core/local-changes.ts';
import { setRemote } from '../../daemon/core/remote-tree.ts';
import { FolderIndex } from '../../daemon/store/folder-index.ts';
import { IndexDraft } from '../../daemon/store/index-draft.ts';
import { utf8 } from '../../protocol/bytes.ts';
import { sha256Hex } from '../../protocol/crypto.ts';
import { type Digest, type EntryId, NO_DIGEST } from '../../protocol/ids.ts';
import type { DirectoryContent, FileContent, Location, SymlinkContent } from '../../protocol/registers.ts';
import { createMemoryStore } from '../simulator/memory-store.ts';

/** An entry id from a short text of hex digits. */
export function id(digits: string): EntryId {
  return digits.padStart(32, '0') as EntryId;
}

export function digestOf(text: string): Digest {
  return sha256Hex(utf8(text)) as Digest;
}

const FIRST = '0'.repeat(16);

export interface Facts {
  readonly mtime?: number;
  readonly author?: string;
  /** The text of the version that this one was made from. */
  readonly from?: string;
  readonly executable?: boolean;
}

function common({ mtime = 1, author = 'a', from }: Facts): Pick<FileContent, 'mtimeNs' | 'author' | 'time' | 'base'> {
  const base = from === undefined ? FIRST : digestOf(from).slice(0, 16);
  return { mtimeNs: BigInt(mtime), author: author.padEnd(16, '0'), time: 0, base };
}

export function file(text: string, facts: Facts = {}): FileContent {
  return {
    kind: 'file',
    digest: digestOf(text),
    executable: facts.executable ?? false,
    size: text.length,
    epoch: 1,
    manifest: false,
    ...common(facts),
  };
}

export function symlink(target: string, facts: Facts = {}): SymlinkContent {
  return { kind: 'symlink', digest: digestOf(`-> ${target}`), target, ...common(facts) };
}

export function directory(facts: Facts = {}): DirectoryContent {
  return { kind: 'directory', digest: NO_DIGEST, ...common(facts), mtimeNs: 0n };
}

export function live(parent: EntryId, name: string): Location {
  return { kind: 'live', parent, name };
}

/** Deleted, meaning the version of that text; of a directory without one. */
export function trash(parent: EntryId, name: string, text?: string): Location {
  return { kind: 'trash', parent, name, digest: text === undefined ? NO_DIGEST : digestOf(text) };
}

export function stamp(facts: Partial<Stamp> = {}): Stamp {
  return { kind: 'file', size: 1, executable: false, mtimeNs: 1n, ctimeNs: 1n, inode: 1n, ...facts };
}

/** A table of nothing but what is given. */
export function tableOf(
  entries: Readonly<Record<string, readonly [Location, FileContent | DirectoryContent | SymlinkContent]>>,
): DiskTable & IndexDraft {
  const table = new IndexDraft(new FolderIndex(createMemoryStore(), 1));
  for (const [digits, [location, content]] of Object.entries(entries))
    setRemote(table, id(digits), { location, content });
  return table;
}

/** What the devices of these tests are called. */
export function nameOf(author: string): string {
  return `device ${author.slice(0, 1)}`;
}
