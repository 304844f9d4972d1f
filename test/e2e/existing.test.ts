import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noise, setMtime } from '../support/curious-tree.ts';
import { createWorld, settle, share, type TestDaemon, type World } from '../support/daemons.ts';

const LIMIT_MS = 300_000;

let world: World;
let alice: TestDaemon;
let bob: TestDaemon;

beforeEach(() => {
  world = createWorld('existing');
  alice = world.daemon('alice');
  bob = world.daemon('bob');
  for (const { root } of [alice, bob]) mkdirSync(join(root, 'photos'), { recursive: true });
});
afterEach(() => world.close(), LIMIT_MS);

const uploads = async (): Promise<readonly number[]> =>
  Promise.all([alice, bob].map(async (daemon) => (await daemon.folder()).upload.bytesDone));

/** Paths of the files below a directory, sorted. */
function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.sheaf'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

it(
  'takes two equal copies for one, sends nothing and makes no conflict',
  async () => {
    const names = Array.from({ length: 50 }, (_, index) => `photos/${index}`);
    for (const { root } of [alice, bob]) {
      for (const name of names) writeFileSync(join(root, name), noise(name, 20_000));
      writeFileSync(join(root, 'empty'), '');
      symlinkSync('photos/7', join(root, 'link'));
    }
    // One copy was made with cp and has other times: still the same file, and the newer time stays.
    setMtime(join(alice.root, 'photos/3'), 1_600_000_000, 5);
    setMtime(join(bob.root, 'photos/3'), 1_500_000_000, 5);
    await share(alice, bob);
    await settle(alice, bob);
    expect(filesIn(alice.root)).toEqual(['empty', ...names].sort());
    expect(await uploads()).toEqual([0, 0]);
  },
  LIMIT_MS,
);

it(
  'keeps both versions where two copies differ, and only there',
  async () => {
    for (const { root } of [alice, bob]) writeFileSync(join(root, 'photos', 'same'), 'same');
    writeFileSync(join(alice.root, 'only alice'), 'alice');
    writeFileSync(join(bob.root, 'only bob'), 'bob');
    writeFileSync(join(alice.root, 'photos', 'notes.txt'), 'by alice, older');
    setMtime(join(alice.root, 'photos', 'notes.txt'), 1_600_000_000, 0);
    writeFileSync(join(bob.root, 'photos', 'notes.txt'), 'by bob, newer');
    setMtime(join(bob.root, 'photos', 'notes.txt'), 1_700_000_000, 0);
    await share(alice, bob);
    await settle(alice, bob);

    const files = filesIn(alice.root);
    const copies = files.filter((path) => path.includes('(conflict'));
    expect(copies).toEqual([expect.stringMatching(/^photos\/notes \(conflict alice [0-9a-f]{8}\)\.txt$/)]);
    expect(files.filter((path) => !path.includes('(conflict'))).toEqual([
      'only alice',
      'only bob',
      'photos/notes.txt',
      'photos/same',
    ]);
    for (const { root } of [alice, bob]) {
      expect(readFileSync(join(root, 'photos', 'notes.txt'), 'utf8')).toBe('by bob, newer');
      expect(readFileSync(join(root, copies[0] ?? ''), 'utf8')).toBe('by alice, older');
    }
  },
  LIMIT_MS,
);

it(
  'keeps a file and a directory of one name',
  async () => {
    writeFileSync(join(alice.root, 'thing'), 'a file');
    mkdirSync(join(bob.root, 'thing'));
    writeFileSync(join(bob.root, 'thing', 'inside'), 'in a directory');
    await share(alice, bob);
    await settle(alice, bob);
    const contents = filesIn(alice.root).map((path) => readFileSync(join(alice.root, path), 'utf8'));
    expect(contents.sort()).toEqual(['a file', 'in a directory']);
  },
  LIMIT_MS,
);
