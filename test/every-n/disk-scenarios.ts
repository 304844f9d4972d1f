import type { Stamp } from '../../daemon/core/entry.ts';
import type { DiskStep, Expected } from '../../daemon/engine/disk/apply-job.ts';
import type { DiskOptions } from '../simulator/disk/options.ts';

/** A disk job on a small folder. Contents are letters: a file 'a' holds some pages of the letter. */
export interface DiskScenario {
  readonly name: string;
  readonly options?: Partial<DiskOptions>;
  /** Files before, by path; directories are made as needed. */
  readonly before: Readonly<Record<string, string>>;
  /** Contents that wait in the staging directory. */
  readonly staged: readonly string[];
  readonly steps: (stampOf: (path: string) => Stamp) => readonly DiskStep[];
  readonly needs?: readonly (readonly number[])[];
  /** Files afterwards. */
  readonly after: Readonly<Record<string, string>>;
}

const MTIME_NS = 1_500_000_000_123_456_789n;
const free: Expected = { kind: 'free' };
const stands = (stamp: Stamp): Expected => ({ kind: 'stamp', stamp });

function put(stage: string, path: string, expected: Expected = free): DiskStep {
  return { kind: 'put', stage, path, expected, keep: `1-${stage}` };
}

function move(from: string, to: string, stamp: Stamp): DiskStep {
  return { kind: 'move', from, to, expected: stands(stamp) };
}

const PARKED = '.sheaf/park/0';
const many = Array.from({ length: 9 }, (_, index) => String.fromCharCode(107 + index));

export const DISK_SCENARIOS: readonly DiskScenario[] = [
  { name: 'create', before: {}, staged: ['n'], steps: () => [put('n', 'new')], after: { new: 'n' } },
  {
    name: 'create in a new directory',
    before: { 'other/x': 'x' },
    staged: ['n', 'm'],
    steps: () => [
      { kind: 'make-directory', path: 'd' },
      { kind: 'make-directory', path: 'd/e' },
      put('n', 'd/e/new'),
      put('m', 'other/m'),
    ],
    needs: [[], [0], [1], []],
    after: { 'other/x': 'x', 'other/m': 'm', 'd/e/new': 'n' },
  },
  {
    name: 'create many',
    before: {},
    staged: many,
    steps: () => [{ kind: 'make-directory', path: 'd' }, ...many.map((letter) => put(letter, `d/${letter}`))],
    needs: [[], ...many.map(() => [0])],
    after: Object.fromEntries(many.map((letter) => [`d/${letter}`, letter])),
  },
  {
    name: 'replace',
    before: { 'd/a': 'a', b: 'b' },
    staged: ['n'],
    steps: (stampOf) => [put('n', 'd/a', stands(stampOf('d/a')))],
    after: { 'd/a': 'n', b: 'b' },
  },
  {
    name: 'replace where no two names change places',
    options: { exchanges: false },
    before: { 'd/a': 'a', b: 'b' },
    staged: ['n'],
    steps: (stampOf) => [put('n', 'd/a', stands(stampOf('d/a')))],
    after: { 'd/a': 'n', b: 'b' },
  },
  {
    name: 'replace where there are no hard links either',
    options: { exchanges: false, hardLinks: false },
    before: { a: 'a', b: 'b' },
    staged: ['n'],
    steps: (stampOf) => [put('n', 'a', stands(stampOf('a')))],
    after: { a: 'n', b: 'b' },
  },
  {
    name: 'replace a file by a symlink',
    before: { a: 'a', b: 'b' },
    staged: [],
    steps: (stampOf) => [
      {
        kind: 'symlink',
        path: 'a',
        target: 'b',
        mtimeNs: MTIME_NS,
        stage: 's',
        expected: stands(stampOf('a')),
        keep: '1-a',
      },
    ],
    after: { a: '→b', b: 'b' },
  },
  {
    name: 'rename a directory',
    before: { 'd/a': 'a', 'd/e/b': 'b', x: 'x' },
    staged: [],
    steps: (stampOf) => [move('d', 'renamed', stampOf('d'))],
    after: { 'renamed/a': 'a', 'renamed/e/b': 'b', x: 'x' },
  },
  {
    name: 'swap',
    before: { 'd/a': 'a', 'e/b': 'b' },
    staged: [],
    steps: (stampOf) => [
      move('d/a', PARKED, stampOf('d/a')),
      move('e/b', 'd/a', stampOf('e/b')),
      move(PARKED, 'e/b', stampOf('d/a')),
    ],
    needs: [[], [0], [1]],
    after: { 'd/a': 'b', 'e/b': 'a' },
  },
  {
    name: 'a chain of renames, then a replacement',
    before: { 'log.1': 'a', 'log.2': 'b', log: 'c' },
    staged: ['n'],
    steps: (stampOf) => [
      move('log.2', 'log.3', stampOf('log.2')),
      move('log.1', 'log.2', stampOf('log.1')),
      move('log', 'log.1', stampOf('log')),
      put('n', 'log'),
    ],
    needs: [[], [0], [1], [2]],
    after: { 'log.3': 'b', 'log.2': 'a', 'log.1': 'c', log: 'n' },
  },
  {
    name: 'delete a file and an emptied directory',
    before: { 'd/a': 'a', 'd/b': 'b', x: 'x' },
    staged: [],
    steps: (stampOf) => [
      { kind: 'trash', path: 'd/a', expected: stands(stampOf('d/a')), keep: '1-a' },
      { kind: 'trash', path: 'd/b', expected: stands(stampOf('d/b')), keep: '1-b' },
      { kind: 'remove-directory', path: 'd' },
    ],
    needs: [[], [], [0, 1]],
    after: { x: 'x' },
  },
  {
    name: 'a file becomes a directory',
    before: { a: 'a' },
    staged: ['n'],
    steps: (stampOf) => [
      { kind: 'trash', path: 'a', expected: stands(stampOf('a')), keep: '1-a' },
      { kind: 'make-directory', path: 'a' },
      put('n', 'a/new'),
    ],
    needs: [[], [0], [1]],
    after: { 'a/new': 'n' },
  },
  {
    name: 'a directory becomes a file',
    before: { 'd/a': 'a' },
    staged: ['n'],
    steps: (stampOf) => [move('d/a', 'saved', stampOf('d/a')), { kind: 'remove-directory', path: 'd' }, put('n', 'd')],
    needs: [[], [0], [1]],
    after: { saved: 'a', d: 'n' },
  },
  {
    name: 'mode and mtime',
    before: { 'd/a': 'a' },
    staged: [],
    steps: (stampOf) => [
      { kind: 'set-metadata', path: 'd/a', executable: true, mtimeNs: MTIME_NS, expected: stands(stampOf('d/a')) },
    ],
    after: { 'd/a': 'a' },
  },
];
