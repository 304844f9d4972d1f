import type { DiskOptions } from '../simulator/disk/options.ts';
import type { DiskUser } from '../simulator/disk/user.ts';
import { ROOT } from '../simulator/world/device.ts';

/** What people do at two devices that share a folder. Contents are letters, as in the disk scenarios. */
export interface PairScenario {
  readonly name: string;
  readonly options?: Partial<DiskOptions>;
  /** Of the second device, where it has another disk than the first. */
  readonly benOptions?: Partial<DiskOptions>;
  /** Files before, the same on both; on the first alone when the second is still to join. */
  readonly before: Readonly<Record<string, string>>;
  /** The second device joins the folder, with these files in its directory. */
  readonly joinsWith?: Readonly<Record<string, string>>;
  /** What is done at the first device, and at the second, while they can not reach each other if both do something. */
  readonly ada?: (at: Hand) => void;
  readonly ben?: (at: Hand) => void;
  /** Files afterwards, on both, by their true names. */
  readonly after: Readonly<Record<string, string>>;
  /** Modes and times that somebody set, which have to be so on both. */
  readonly attributes?: Readonly<Record<string, { readonly executable?: boolean; readonly mtimeNs?: bigint }>>;
  /** Where things stand depends on who was heard first: with a fault only the contents count, not the paths. */
  readonly anyShape?: true;
}

/** A device's folder under somebody's hands. */
export interface Hand {
  readonly user: DiskUser;
  readonly path: (relative: string) => string;
  /** Writes in place, or makes, a file of this content. */
  readonly write: (path: string, letter: string) => void;
}

export const LARGE = 'L';
const LARGE_BYTES = 700_000;
const SMALL_BYTES = 9000;
const LONG_AGO_NS = 1_500_000_000_000_000_000n;

/** Two pages and a bit of a letter; LARGE is several chunks, no two alike. */
export function bytesOf(letter: string): Uint8Array {
  if (letter !== LARGE) return new Uint8Array(SMALL_BYTES).fill(letter.charCodeAt(0));
  const bytes = new Uint8Array(LARGE_BYTES).fill(letter.charCodeAt(0));
  for (let at = 0; at < LARGE_BYTES; at += 16) bytes[at + 1 + (Math.imul(at, 2654435761) >>> 30)] = (at * 31) & 255;
  return bytes;
}

export function handOf(user: DiskUser): Hand {
  const path = (relative: string): string => `${ROOT}/${relative}`;
  return {
    user,
    path,
    write: (relative, letter) => {
      user.makeDirectories(path(relative).replace(/\/[^/]*$/, ''));
      user.write(path(relative), bytesOf(letter));
    },
  };
}

const tenLetters = [...'klmnopqrst'];

export const PAIR_SCENARIOS: readonly PairScenario[] = [
  {
    name: 'create a file in a new directory',
    before: { x: 'x' },
    ada: (at) => at.write('d/new', 'n'),
    after: { x: 'x', 'd/new': 'n' },
  },
  {
    name: 'create a file of many chunks',
    before: {},
    ada: (at) => at.write('large', LARGE),
    after: { large: LARGE },
  },
  {
    name: 'create ten files',
    before: {},
    ada: (at) => {
      for (const letter of tenLetters) at.write(`d/${letter}`, letter);
    },
    after: Object.fromEntries(tenLetters.map((letter) => [`d/${letter}`, letter])),
  },
  {
    name: 'replace a file',
    before: { a: 'a', b: 'b' },
    ada: (at) => at.user.replace(at.path('a'), bytesOf('n')),
    after: { a: 'n', b: 'b' },
  },
  {
    name: 'replace a file where there are no hard links, and numbers are used again',
    options: { exchanges: false, hardLinks: false, reuseInodes: true },
    before: { a: 'a', b: 'b' },
    ada: (at) => at.user.replace(at.path('a'), bytesOf('n')),
    after: { a: 'n', b: 'b' },
  },
  {
    name: 'edit a file in place',
    before: { a: 'a', b: 'b' },
    ada: (at) => at.write('a', 'n'),
    after: { a: 'n', b: 'b' },
  },
  {
    name: 'rename a directory',
    before: { 'd/a': 'a', 'd/e/b': 'b', x: 'x' },
    ada: (at) => at.user.rename(at.path('d'), at.path('renamed')),
    after: { 'renamed/a': 'a', 'renamed/e/b': 'b', x: 'x' },
  },
  {
    name: 'swap two files',
    before: { 'd/a': 'a', b: 'b' },
    ada: (at) => at.user.swap(at.path('d/a'), at.path('b')),
    after: { 'd/a': 'b', b: 'a' },
  },
  {
    name: 'delete a directory',
    before: { 'd/a': 'a', 'd/e/b': 'b', x: 'x' },
    ada: (at) => at.user.remove(at.path('d')),
    after: { x: 'x' },
  },
  {
    name: 'a file becomes a directory, a directory a file',
    before: { a: 'a', 'd/b': 'b', x: 'x' },
    ada: (at) => {
      at.user.remove(at.path('a'));
      at.write('a/n', 'n');
      at.user.remove(at.path('d'));
      at.write('d', 'm');
    },
    after: { 'a/n': 'n', d: 'm', x: 'x' },
  },
  {
    name: 'mode, mtime and a symlink',
    before: { a: 'a', b: 'b' },
    ada: (at) => {
      at.user.chmod(at.path('a'), 0o755);
      at.user.setMtime(at.path('b'), LONG_AGO_NS);
      at.user.symlink(at.path('s'), 'a');
    },
    after: { a: 'a', b: 'b', s: '→a' },
    attributes: { a: { executable: true }, b: { mtimeNs: LONG_AGO_NS } },
  },
  {
    name: 'two edits of one file',
    before: { a: 'a', x: 'x' },
    ada: (at) => at.write('a', 'n'),
    ben: (at) => at.write('a', 'm'),
    after: { a: 'n', x: 'x', 'a (conflict)': 'm' },
  },
  {
    name: 'an edit and a deletion',
    before: { 'd/a': 'a', x: 'x' },
    ada: (at) => at.write('d/a', 'n'),
    ben: (at) => at.user.remove(at.path('d')),
    after: { 'd/a': 'n', x: 'x' },
  },
  {
    name: 'an edit and a rename of its directory',
    before: { 'd/a': 'a', x: 'x' },
    ada: (at) => at.write('d/a', 'n'),
    ben: (at) => at.user.rename(at.path('d'), at.path('e')),
    after: { 'e/a': 'n', x: 'x' },
  },
  {
    name: 'join into an empty directory',
    before: { 'd/a': 'a', b: 'b', large: LARGE },
    joinsWith: {},
    after: { 'd/a': 'a', b: 'b', large: LARGE },
  },
  {
    name: 'join with the same and with other files',
    before: { 'd/a': 'a', b: 'b' },
    joinsWith: { 'd/a': 'a', b: 'm', own: 'o' },
    after: { 'd/a': 'a', b: 'm', 'b (conflict)': 'b', own: 'o' },
  },
];
