import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCuriousTree, noise, setMtime, writeNoise } from '../support/curious-tree.ts';
import { createWorld, eventually, settle, share } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const world = createWorld('sync');
const alice = world.daemon('alice');
const bob = world.daemon('bob');

/** Each test works in a directory of its own, which both sides have when it begins. */
async function place(name: string, fill: (at: (...names: readonly string[]) => string) => void): Promise<Places> {
  const inside =
    (root: string) =>
    (...names: readonly string[]): string =>
      join(root, name, ...names);
  mkdirSync(join(alice.root, name));
  fill(inside(alice.root));
  await settle(alice, bob);
  return { here: inside(alice.root), there: inside(bob.root) };
}

interface Places {
  /** Paths below the directory on alice's disk, and on bob's. */
  readonly here: (...names: readonly string[]) => string;
  readonly there: (...names: readonly string[]) => string;
}

const uploaded = async (): Promise<number> => (await alice.folder()).upload.bytesDone;

beforeAll(async () => {
  alice.makeRoot();
  makeCuriousTree(join(alice.root, 'curious'));
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('fills an empty device with every kind of file, to the last bit', async () => {
  const folder = await bob.folder();
  expect(folder.problems).toEqual([]);
  // The comparison above would be just as content with two empty directories.
  expect(folder.files).toBeGreaterThan(30);
  expect(folder.symlinks).toBe(8);
  expect(existsSync(join(bob.root, 'curious', 'names', '語'.repeat(85)))).toBe(true);
  expect(lstatSync(join(bob.root, 'curious', 'times', 'nanoseconds'), { bigint: true }).mtimeNs).toBe(
    1_700_000_000_123_456_789n,
  );
});

it(
  'carries what appears while both run, from either side',
  async () => {
    makeCuriousTree(join(bob.root, 'curious too'));
    await settle(bob, alice);
    expect(existsSync(join(alice.root, 'curious too', 'links', 'dangling'))).toBe(false);
    expect(lstatSync(join(alice.root, 'curious too', 'links', 'dangling')).isSymbolicLink()).toBe(true);
  },
  LIMIT_MS,
);

it(
  'carries edits of content, mode, time and link target both ways',
  async () => {
    const { here, there } = await place('edits', (at) => {
      for (const name of ['by alice', 'by bob', 'mode', 'time', 'emptied']) writeFileSync(at(name), `${name} at first`);
      symlinkSync('old', at('link'));
    });
    appendFileSync(here('by alice'), ', then more');
    writeFileSync(there('by bob'), 'all new');
    chmodSync(here('mode'), 0o755);
    setMtime(there('time'), 1_500_000_000, 1);
    writeFileSync(here('emptied'), '');
    unlinkSync(there('link'));
    symlinkSync('new', there('link'));
    await settle(alice, bob);
    expect(readFileSync(there('by alice'), 'utf8')).toBe('by alice at first, then more');
    expect(readFileSync(here('by bob'), 'utf8')).toBe('all new');
    expect(lstatSync(there('mode')).mode & 0o100).toBe(0o100);
    expect(lstatSync(here('time'), { bigint: true }).mtimeNs).toBe(1_500_000_000_000_000_001n);

    chmodSync(there('mode'), 0o644);
    await settle(alice, bob);
    expect(lstatSync(here('mode')).mode & 0o100).toBe(0);
  },
  LIMIT_MS,
);

it(
  'sends little of a large file when one byte is put in front of it',
  async () => {
    const size = 40 * 1024 * 1024;
    const { here, there } = await place('large', (at) => writeNoise(at('file'), 'large', size));
    const before = await uploaded();
    writeFileSync(here('file'), Buffer.concat([Buffer.from('!'), readFileSync(here('file'))]));
    await settle(alice, bob);
    expect(lstatSync(there('file')).size).toBe(size + 1);
    expect((await uploaded()) - before).toBeLessThan(size / 20);
  },
  LIMIT_MS,
);

it(
  'follows renames of directories and files without sending them again',
  async () => {
    const { here, there } = await place('renames', (at) => {
      mkdirSync(at('old', 'inner'), { recursive: true });
      for (let index = 0; index < 20; index++) writeFileSync(at('old', 'inner', `${index}`), noise(`${index}`, 10_000));
      writeFileSync(at('file'), noise('file', 10_000));
    });
    const inode = lstatSync(there('old', 'inner', '7')).ino;
    const before = await uploaded();
    renameSync(here('old'), here('new'));
    renameSync(there('file'), there('old', 'inner', 'moved in'));
    await settle(alice, bob);
    expect(existsSync(here('old'))).toBe(false);
    expect(existsSync(here('new', 'inner', 'moved in'))).toBe(true);
    expect(lstatSync(there('new', 'inner', '7')).ino).toBe(inode);
    expect((await uploaded()) - before).toBe(0);
  },
  LIMIT_MS,
);

it(
  'swaps two names, and two directories',
  async () => {
    const { here, there } = await place('swap', (at) => {
      for (const name of ['one', 'two']) {
        writeFileSync(at(name), name);
        mkdirSync(at(`${name}.d`));
        writeFileSync(at(`${name}.d`, 'inside'), name);
      }
    });
    for (const end of ['', '.d']) {
      renameSync(here(`one${end}`), here('aside'));
      renameSync(here(`two${end}`), here(`one${end}`));
      renameSync(here('aside'), here(`two${end}`));
    }
    await settle(alice, bob);
    expect(readFileSync(there('one'), 'utf8')).toBe('two');
    expect(readFileSync(there('two.d', 'inside'), 'utf8')).toBe('one');
  },
  LIMIT_MS,
);

it(
  'deletes trees, and takes over what changes its kind',
  async () => {
    const { here, there } = await place('kinds', (at) => {
      mkdirSync(at('tree', 'a', 'b', 'c'), { recursive: true });
      for (let index = 0; index < 30; index++) writeFileSync(at('tree', 'a', 'b', `${index}`), `${index}`);
      writeFileSync(at('thing'), 'a file');
      mkdirSync(at('directory'));
      writeFileSync(at('directory', 'inside'), 'inside');
      writeFileSync(at('link'), 'no link yet');
    });
    rmSync(here('tree'), { recursive: true });
    unlinkSync(here('thing'));
    mkdirSync(here('thing'));
    writeFileSync(here('thing', 'inside'), 'a directory now');
    rmSync(there('directory'), { recursive: true });
    writeFileSync(there('directory'), 'a file now');
    unlinkSync(there('link'));
    symlinkSync('thing', there('link'));
    await settle(alice, bob);
    expect(existsSync(there('tree'))).toBe(false);
    expect(readFileSync(there('thing', 'inside'), 'utf8')).toBe('a directory now');
    expect(readFileSync(here('directory'), 'utf8')).toBe('a file now');
    expect(lstatSync(here('link')).isSymbolicLink()).toBe(true);

    rmSync(there('thing'), { recursive: true });
    writeFileSync(there('thing'), 'a file again');
    unlinkSync(here('directory'));
    mkdirSync(here('directory'));
    writeFileSync(here('directory', 'inside'), 'inside again');
    unlinkSync(here('link'));
    mkdirSync(here('link'));
    await settle(alice, bob);
    expect(readFileSync(here('thing'), 'utf8')).toBe('a file again');
    expect(readFileSync(there('directory', 'inside'), 'utf8')).toBe('inside again');
    expect(lstatSync(there('link')).isDirectory()).toBe(true);
  },
  LIMIT_MS,
);

it('leaves no trace of all this but the files', async () => {
  for (const daemon of [alice, bob]) {
    const folder = await daemon.folder();
    expect(folder.problems).toEqual([]);
    // What the other side last said about itself may still be on its way.
    await eventually(`${daemon.name} says so`, async () => (await daemon.folder()).state === 'in-sync');
  }
});
