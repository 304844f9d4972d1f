import { describe, expect, it } from 'vitest';
import { ModelWorld } from '../../support/model-world.ts';

type Act = (world: ModelWorld, device: number) => void;

const write =
  (path: string, bytes: string): Act =>
  (world, device) =>
    world.write(device, path, bytes);
const edit =
  (path: string, bytes: string): Act =>
  (world, device) =>
    world.edit(device, path, bytes);
const remove =
  (path: string): Act =>
  (world, device) =>
    world.remove(device, path);
const move =
  (from: string, to: string): Act =>
  (world, device) =>
    world.move(device, from, to);
const mkdir =
  (path: string): Act =>
  (world, device) =>
    world.makeDirectory(device, path);
const both =
  (...acts: readonly Act[]): Act =>
  (world, device) => {
    for (const act of acts) act(world, device);
  };

interface Row {
  /** What both devices have before. */
  readonly before?: Act;
  /** What each does while the other can not hear it; the second device's clock is ahead. */
  readonly first: Act;
  readonly second: Act;
  /** Paths and contents afterwards. */
  readonly after: Readonly<Record<string, string>>;
  /** Instead, where the second saw the first's work before its own, and took care to make an entry of its own. */
  readonly afterHearing?: Readonly<Record<string, string>>;
}

const DIRECTORY = '/';

/** The merge rules of docs/architecture.md, row by row, and what users might expect besides. */
const ROWS: Readonly<Record<string, Row>> = {
  'edit ∥ edit, same digest': {
    before: write('a', 'x'),
    first: edit('a', 'y'),
    second: edit('a', 'y'),
    after: { a: 'y' },
  },
  'edit ∥ edit, different digest': {
    before: write('a.txt', 'x'),
    first: edit('a.txt', 'y'),
    second: edit('a.txt', 'z'),
    after: { 'a (conflict device 1 *).txt': 'y', 'a.txt': 'z' },
  },
  'edit ∥ delete': { before: write('a', 'x'), first: edit('a', 'y'), second: remove('a'), after: { a: 'y' } },
  'edit ∥ rename': { before: write('a', 'x'), first: edit('a', 'y'), second: move('a', 'b'), after: { b: 'y' } },
  'edit ∥ move of the directory around it': {
    before: both(mkdir('d'), write('d/a', 'x')),
    first: edit('d/a', 'y'),
    second: move('d', 'e'),
    after: { e: DIRECTORY, 'e/a': 'y' },
  },
  'rename ∥ move of the directory around it': {
    before: both(mkdir('d'), write('d/a', 'x')),
    first: move('d/a', 'd/b'),
    second: move('d', 'e'),
    after: { e: DIRECTORY, 'e/b': 'x' },
  },
  'rename ∥ the same rename': {
    before: write('a', 'x'),
    first: move('a', 'b'),
    second: move('a', 'b'),
    after: { b: 'x' },
  },
  'move ∥ delete': {
    before: both(mkdir('d'), write('a', 'x')),
    first: move('a', 'd/a'),
    second: remove('a'),
    after: { d: DIRECTORY, 'd/a': 'x' },
  },
  'delete ∥ delete': { before: write('a', 'x'), first: remove('a'), second: remove('a'), after: {} },
  'create in directory ∥ delete of directory': {
    before: both(mkdir('d'), write('d/old', 'x')),
    first: write('d/new', 'y'),
    second: remove('d'),
    after: { d: DIRECTORY, 'd/new': 'y' },
  },
  'edit in directory ∥ delete of directory': {
    before: both(mkdir('d'), write('d/a', 'x'), write('d/b', 'y')),
    first: edit('d/a', 'z'),
    second: remove('d'),
    after: { d: DIRECTORY, 'd/a': 'z' },
  },
  'move into directory ∥ delete of directory': {
    before: both(mkdir('d'), write('a', 'x')),
    first: move('a', 'd/a'),
    second: remove('d'),
    after: { d: DIRECTORY, 'd/a': 'x' },
  },
  'create ∥ create, same content': { first: write('a', 'x'), second: write('a', 'x'), after: { a: 'x' } },
  'create ∥ create, other content': {
    first: write('a', 'x'),
    second: write('a', 'y'),
    after: { a: 'y', 'a (conflict device 1 *)': 'x' },
  },
  'create file ∥ create directory': {
    first: write('a', 'x'),
    second: both(mkdir('a'), write('a/b', 'y')),
    after: { a: DIRECTORY, 'a (conflict device 1 *)': 'x', 'a/b': 'y' },
    afterHearing: { a: 'x', 'a (conflict device 2 *)': DIRECTORY, 'a (conflict device 2 *)/b': 'y' },
  },
  'create directory ∥ create directory': {
    first: both(mkdir('d'), write('d/a', 'x')),
    second: both(mkdir('d'), write('d/b', 'y')),
    after: { d: DIRECTORY, 'd/a': 'x', 'd/b': 'y' },
  },
  'rename ∥ rename of equal files to one name': {
    before: both(write('a', 'x'), write('b', 'x')),
    first: move('a', 'c'),
    second: move('b', 'c'),
    after: { c: 'x' },
  },
  'moves that form a cycle': {
    before: both(mkdir('a'), mkdir('b'), write('a/x', 'x'), write('b/y', 'y')),
    first: move('a', 'b/a'),
    second: move('b', 'a/b'),
    // The smallest id of the two goes to the root.
    after: { b: DIRECTORY, 'b/a': DIRECTORY, 'b/a/x': 'x', 'b/y': 'y' },
  },
  'mode ∥ edit': {
    before: write('a', 'x'),
    first: (world, device) => world.edit(device, 'a', 'x', true),
    second: edit('a', 'y'),
    after: { a: 'y' },
  },
  'mode ∥ mode': {
    before: write('a', 'x'),
    first: (world, device) => world.edit(device, 'a', 'x', true),
    second: (world, device) => world.edit(device, 'a', 'x', false),
    after: { a: 'x' },
  },
  'mode ∥ delete': {
    before: write('a', 'x'),
    first: (world, device) => world.edit(device, 'a', 'x', true),
    second: remove('a'),
    after: {},
  },
  'mode in directory ∥ delete of directory': {
    before: both(mkdir('d'), write('d/a', 'x')),
    first: (world, device) => world.edit(device, 'd/a', 'x', true),
    second: remove('d'),
    after: {},
  },
  'rename of directory ∥ delete of it': {
    before: both(mkdir('d'), write('d/a', 'x')),
    first: move('d', 'e'),
    second: remove('d'),
    after: { e: DIRECTORY },
  },
  'edit ∥ edit of a conflict copy': {
    before: write('a (conflict old 1a2b3c4d).txt', 'x'),
    first: edit('a (conflict old 1a2b3c4d).txt', 'y'),
    second: edit('a (conflict old 1a2b3c4d).txt', 'z'),
    after: { 'a (conflict old *).txt': 'z', 'a (conflict old *) (conflict device 1 *).txt': 'y' },
  },
  'an edit and its undoing ∥ nothing': {
    before: both(write('a', 'x'), write('b', 'y')),
    first: both(edit('a', 'z'), edit('a', 'x')),
    second: edit('b', 'w'),
    after: { a: 'x', b: 'w' },
  },
  'swap ∥ edit of one of the two': {
    before: both(write('a', 'x'), write('b', 'y')),
    first: (world, device) => world.swap(device, 'a', 'b'),
    second: edit('a', 'z'),
    after: { a: 'z', 'a (conflict device 1 *)': 'y', b: 'x' },
  },
  'file becomes directory ∥ edit of the file': {
    before: write('a', 'x'),
    first: both(remove('a'), mkdir('a'), write('a/b', 'y')),
    second: edit('a', 'z'),
    // Two entries by now: the smallest id keeps the name.
    after: { a: 'z', 'a (conflict device 1 *)': DIRECTORY, 'a (conflict device 1 *)/b': 'y' },
  },
};

function treeOf(world: ModelWorld, device: number): Readonly<Record<string, string>> {
  const { disk } = world.device(device);
  return Object.fromEntries(
    disk.paths().map((path) => {
      const node = disk.node(path);
      // Which digits a digest starts with is not the point.
      const shown = path.replaceAll(/ [0-9a-f]{8}\)/g, ' *)');
      return [shown, node?.children === undefined ? (node?.bytes ?? '') : DIRECTORY];
    }),
  );
}

describe('the merge table', () => {
  for (const [name, { before, first, second, after, afterHearing }] of Object.entries(ROWS)) {
    it.each([
      ['apart', []],
      ['the second heard of the first before it looked at its own disk', [0, 1]],
      ['the first heard of the second before it looked at its own disk', [1, 0]],
    ])(`${name}, %s`, async (_, [from, to]) => {
      const world = new ModelWorld([0, 10]);
      before?.(world, 0);
      await world.settle();
      first(world, 0);
      second(world, 1);
      if (from !== undefined && to !== undefined) {
        await world.device(from).scan();
        await world.deliver(to, [from]);
      }
      await world.settle();
      expect(treeOf(world, 0)).toEqual(to === 1 ? (afterHearing ?? after) : after);
      expect(await world.faults()).toEqual([]);
    });
  }

  it('finds an entry that was moved apart at one of the two places', async () => {
    const world = new ModelWorld([0, 10]);
    world.write(0, 'a', 'x');
    await world.settle();
    world.move(0, 'a', 'b');
    world.move(1, 'a', 'c');
    await world.settle();
    expect([{ b: 'x' }, { c: 'x' }]).toContainEqual(treeOf(world, 1));
    expect(await world.faults()).toEqual([]);
  });

  it.each([3, 12])('keeps all versions that %i devices wrote apart', async (count) => {
    const devices = Array.from({ length: count }, (_, device) => device);
    const world = new ModelWorld(devices.map((device) => device * 10));
    for (const device of devices) world.write(device, 'a', `by ${device}`);
    await world.settle();
    const written = devices.map((device) => `by ${device}`);
    expect(Object.values(treeOf(world, 2)).toSorted()).toEqual(written.toSorted());
    expect(await world.faults()).toEqual([]);
  });
});

describe('one device after the other', () => {
  it.each<[string, Act, Act]>([
    ['an edit that brings back the bytes before', write('a', 'x'), edit('a', 'y')],
    ['a rename', write('a', 'x'), move('a', 'b')],
    ['a deletion', both(mkdir('d'), write('d/a', 'x')), remove('d')],
    ['a directory in place of a file', write('a', 'x'), both(remove('a'), mkdir('a'), write('a/b', 'y'))],
    ['a file in place of a directory', both(mkdir('a'), write('a/b', 'y')), both(remove('a'), write('a', 'x'))],
    [
      'a moved directory in place of a file',
      both(write('a', 'x'), mkdir('d'), write('d/b', 'y')),
      both(remove('a'), move('d', 'a')),
    ],
    [
      'directories that change places',
      both(mkdir('a'), mkdir('b'), write('a/x', 'x')),
      (world, device) => world.swap(device, 'a', 'b'),
    ],
    ['a new file under an old name', both(write('a', 'x')), both(move('a', 'b'), write('a', 'y'))],
  ])('%s arrives as it was done', async (_, before, change) => {
    const world = new ModelWorld([0, 0]);
    before(world, 0);
    await world.settle();
    change(world, 1);
    const meant = world.device(1).disk.describe();
    await world.settle();
    expect(world.device(0).disk.describe()).toEqual(meant);
    expect(world.device(1).disk.describe()).toEqual(meant);
    // And back again on the other.
    world.write(0, 'last', 'x');
    await world.settle();
    expect(await world.faults()).toEqual([]);
  });

  it('an undone edit stays undone', async () => {
    const world = new ModelWorld([0, 0]);
    world.write(0, 'a', 'x');
    await world.settle();
    world.edit(0, 'a', 'y');
    await world.settle();
    world.edit(0, 'a', 'x');
    await world.settle();
    expect(treeOf(world, 1)).toEqual({ a: 'x' });
    expect(treeOf(world, 0)).toEqual({ a: 'x' });
  });
});
