import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { setMtime } from './curious-tree.ts';

/** Something two devices do apart, and what must come of it when they meet. */
export interface Sides {
  /** Paths of the case's own directory, on alice's disk and on bob's. */
  readonly a: (...names: readonly string[]) => string;
  readonly b: (...names: readonly string[]) => string;
}

export interface Case {
  readonly title: string;
  /** Makes what both sides know before they part. */
  readonly before: (at: Sides['a']) => void;
  /** What each does while the other is away. */
  readonly apart: (sides: Sides) => void;
  /** What both have in the end; they are equal by then. Names below the case's directory. */
  readonly after: Readonly<Record<string, string>> | ((at: Sides['a']) => void);
}

/** Files below a directory with their contents; the digest in the name of a conflict copy is left out. */
export function contentsOf(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (!existsSync(directory)) return found;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length + 1).replace(/ [0-9a-f]{8}\)/, ')');
    found[name] = readFileSync(path, 'utf8');
  }
  return found;
}

function write(path: string, text: string, seconds: number): void {
  writeFileSync(path, text);
  setMtime(path, seconds, 0);
}

/** Some disks give a number that has become free to one of the next directories: the one that gets it is taken. */
function makeDirectoryWithInode(path: string, inode: number): void {
  // Beside the root, which is two levels up: sheaf must not see these.
  const spare = join(path, '..', '..', '..', 'spare');
  mkdirSync(spare);
  const made = Array.from({ length: 64 }, (_, index) => join(spare, `${index}`));
  for (const directory of made) mkdirSync(directory);
  renameSync(made.find((directory) => lstatSync(directory).ino === inode) ?? join(spare, '0'), path);
  rmSync(spare, { recursive: true });
}

const EARLY = 1_700_000_000;
const LATER = 1_710_000_000;
const LAST = 1_720_000_000;

export const CASES: readonly Case[] = [
  {
    title: 'edit and edit: the newest keeps the path, the other is kept beside it',
    before: (at) => write(at('file.txt'), 'first', EARLY),
    apart: ({ a, b }) => {
      write(a('file.txt'), 'by alice', LAST);
      write(b('file.txt'), 'by bob', LATER);
    },
    after: { 'file.txt': 'by alice', 'file (conflict bob).txt': 'by bob' },
  },
  {
    title: 'the same edit on both sides is one edit',
    before: (at) => write(at('file'), 'first', EARLY),
    apart: ({ a, b }) => {
      write(a('file'), 'same', LATER);
      write(b('file'), 'same', LAST);
    },
    after: { file: 'same' },
  },
  {
    title: 'edit and delete: the edit lives',
    before: (at) => {
      write(at('edited by alice'), 'first', EARLY);
      write(at('edited by bob'), 'first', EARLY);
    },
    apart: ({ a, b }) => {
      write(a('edited by alice'), 'edited', LATER);
      unlinkSync(b('edited by alice'));
      unlinkSync(a('edited by bob'));
      write(b('edited by bob'), 'edited', LATER);
    },
    after: { 'edited by alice': 'edited', 'edited by bob': 'edited' },
  },
  {
    title: 'delete and delete',
    before: (at) => write(at('file'), 'first', EARLY),
    apart: ({ a, b }) => {
      unlinkSync(a('file'));
      unlinkSync(b('file'));
    },
    after: {},
  },
  {
    title: 'edit and rename of the parent: both happen',
    before: (at) => {
      mkdirSync(at('old', 'inner'), { recursive: true });
      write(at('old', 'inner', 'file'), 'first', EARLY);
      write(at('old', 'other'), 'other', EARLY);
    },
    apart: ({ a, b }) => {
      renameSync(a('old'), a('new'));
      write(b('old', 'inner', 'file'), 'edited', LATER);
      write(b('old', 'inner', 'added'), 'added', LATER);
    },
    after: { 'new/inner/file': 'edited', 'new/inner/added': 'added', 'new/other': 'other' },
  },
  {
    title: 'edit and rename of one file: both happen',
    before: (at) => write(at('old'), 'first', EARLY),
    apart: ({ a, b }) => {
      renameSync(a('old'), a('new'));
      write(b('old'), 'edited', LATER);
    },
    after: { new: 'edited' },
  },
  {
    title: 'rename and rename: one of the names wins, the file is there once',
    before: (at) => write(at('file'), 'content', EARLY),
    apart: ({ a, b }) => {
      renameSync(a('file'), a('by alice'));
      renameSync(b('file'), b('by bob'));
    },
    after: (at) => {
      const names = readdirSync(at());
      expect(names).toHaveLength(1);
      expect(['by alice', 'by bob']).toContain(names[0]);
      expect(readFileSync(at(names[0] ?? ''), 'utf8')).toBe('content');
    },
  },
  {
    title: 'rename and delete: the rename lives',
    before: (at) => write(at('file'), 'content', EARLY),
    apart: ({ a, b }) => {
      renameSync(a('file'), a('renamed'));
      unlinkSync(b('file'));
    },
    after: { renamed: 'content' },
  },
  {
    title: 'create in a directory and delete of the directory: it lives with what is new',
    before: (at) => {
      mkdirSync(at('directory'));
      write(at('directory', 'old'), 'old', EARLY);
    },
    apart: ({ a, b }) => {
      write(a('directory', 'new'), 'new', LATER);
      rmSync(b('directory'), { recursive: true });
    },
    after: { 'directory/new': 'new' },
  },
  {
    title: 'edit in a directory and delete of the directory: it lives with the edit',
    before: (at) => {
      mkdirSync(at('directory', 'inner'), { recursive: true });
      write(at('directory', 'inner', 'edited'), 'first', EARLY);
      write(at('directory', 'other'), 'other', EARLY);
    },
    apart: ({ a, b }) => {
      rmSync(a('directory'), { recursive: true });
      write(b('directory', 'inner', 'edited'), 'edited', LATER);
    },
    after: { 'directory/inner/edited': 'edited' },
  },
  {
    title: 'a directory made where another one is deleted is not that one, though disks use its number again',
    before: (at) => {
      mkdirSync(at('directory'));
      write(at('directory', 'edited'), 'first', EARLY);
    },
    apart: ({ a, b }) => {
      const { ino } = lstatSync(a('directory'));
      rmSync(a('directory'), { recursive: true });
      makeDirectoryWithInode(a('unrelated'), ino);
      write(a('unrelated', 'new'), 'new', LATER);
      write(b('directory', 'edited'), 'edited', LATER);
    },
    after: { 'directory/edited': 'edited', 'unrelated/new': 'new' },
  },
  {
    title: 'two new files of one name: both are kept',
    before: () => undefined,
    apart: ({ a, b }) => {
      write(a('new.txt'), 'by alice', LATER);
      write(b('new.txt'), 'by bob', LAST);
    },
    after: { 'new.txt': 'by bob', 'new (conflict alice).txt': 'by alice' },
  },
  {
    title: 'two new directories of one name become one',
    before: () => undefined,
    apart: ({ a, b }) => {
      mkdirSync(a('directory'));
      mkdirSync(b('directory'));
      write(a('directory', 'alice'), 'alice', LATER);
      write(b('directory', 'bob'), 'bob', LATER);
    },
    after: { 'directory/alice': 'alice', 'directory/bob': 'bob' },
  },
  {
    title: 'two directories moved into each other: neither is lost',
    before: (at) => {
      for (const name of ['one', 'two']) {
        mkdirSync(at(name));
        write(at(name, 'inside'), name, EARLY);
      }
    },
    apart: ({ a, b }) => {
      renameSync(a('one'), a('two', 'one'));
      renameSync(b('two'), b('one', 'two'));
    },
    after: () => undefined,
  },
  {
    title: 'two files renamed to one name: both are kept',
    before: (at) => {
      write(at('one'), 'one', EARLY);
      write(at('two'), 'two', EARLY);
    },
    apart: ({ a, b }) => {
      renameSync(a('one'), a('both'));
      renameSync(b('two'), b('both'));
    },
    after: (at) => expect(Object.values(contentsOf(at())).sort()).toEqual(['one', 'two']),
  },
];
