import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { noise } from '../support/curious-tree.ts';
import { createWorld, eventually, expectEqualTrees, FOLDER, settle, share } from '../support/daemons.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const world = createWorld('bad-disk');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  alice.makeRoot();
  mkdirSync(join(alice.root, 'plain'));
  writeFileSync(join(alice.root, 'plain', 'kept.txt'), 'kept');
  await share(alice, bob);
  await settle(alice, bob);
});
afterAll(() => world.close());

const problemCodes = async (daemon: typeof alice): Promise<readonly string[]> =>
  (await daemon.folder()).problems.map(({ path, code }) => `${path}: ${code}`);

/** Throws unless nobody has the pipe open for reading: a daemon that opened it would hang there. */
function expectUnopened(pipe: string): void {
  expect(() => closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))).toThrow(/ENXIO/);
}

it('reports pipes and sockets, never opens them, and syncs what is beside them', async () => {
  const place = join(alice.root, 'special');
  const pipe = join(place, 'pipe');
  mkdirSync(place);
  execFileSync('mkfifo', [pipe]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(place, 'socket'), resolve));
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  writeFileSync(join(place, 'beside.txt'), 'beside');
  await eventually('the file beside arrives', () => {
    expectUnopened(pipe);
    return existsSync(join(bob.root, 'special', 'beside.txt'));
  });
  await alice.scan();
  expectUnopened(pipe);
  expect(await problemCodes(alice)).toEqual(['special/pipe: special-file', 'special/socket: special-file']);
  expect((await alice.run(['status'])).stdout).toMatch(/special\/pipe: pipes, sockets and devices are not synced/);
  expect(readdirSync(join(bob.root, 'special'))).toEqual(['beside.txt']);
  expect(connections).toBe(0);
  await new Promise((resolve) => server.close(resolve));
  rmSync(pipe);
  await settle(alice, bob);
  expect(await problemCodes(alice)).toEqual([]);
});

it('takes a pipe in the place of a file neither for its deletion nor for its content', async () => {
  const file = join(alice.root, 'swapped.txt');
  const there = join(bob.root, 'swapped.txt');
  writeFileSync(file, 'first');
  await settle(alice, bob);
  rmSync(there);
  execFileSync('mkfifo', [there]);
  await eventually('bob sees the pipe', async () => {
    await bob.scan();
    return (await problemCodes(bob)).includes('swapped.txt: special-file');
  });
  writeFileSync(file, 'second, and longer');
  await sleep(1000);
  await bob.scan();
  expectUnopened(there);
  expect(lstatSync(there).isFIFO()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('second, and longer');
  rmSync(there);
  await settle(alice, bob);
  expect(readFileSync(existsSync(there) ? there : file, 'utf8')).toBe('second, and longer');
});

it('reports names that are no text, leaves them alone, and syncs the rest', async () => {
  const place = join(alice.root, 'names');
  mkdirSync(place);
  const odd = Buffer.concat([Buffer.from(`${place}/`), Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x74])]);
  writeFileSync(odd, 'undecodable');
  writeFileSync(join(place, 'well.txt'), 'well');
  await eventually('the other file arrives', () => existsSync(join(bob.root, 'names', 'well.txt')));
  await alice.scan();
  expect(await problemCodes(alice)).toEqual(['names: undecodable-name']);
  expect((await alice.run(['status'])).stdout).toMatch(/names: 1 name\(s\) are not valid UTF-8: rename them/);
  expect(readdirSync(join(bob.root, 'names'))).toEqual(['well.txt']);
  expect(readFileSync(odd, 'utf8')).toBe('undecodable');
  renameSync(odd, join(place, 'now text'));
  await settle(alice, bob);
  expect(await problemCodes(alice)).toEqual([]);
  expect(readFileSync(join(bob.root, 'names', 'now text'), 'utf8')).toBe('undecodable');
});

it('takes what was given a name that is no text, or one that nothing may have, for renamed and not for deleted', async () => {
  const directory = join(alice.root, 'unnamed');
  const odd = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])]);
  const reserved = join(directory, 'sheaf~1');
  mkdirSync(join(directory, 'inner'), { recursive: true });
  writeFileSync(join(directory, 'file'), 'kept');
  writeFileSync(join(directory, 'inner', 'below'), 'kept too');
  await settle(alice, bob);
  renameSync(join(directory, 'file'), odd);
  renameSync(join(directory, 'inner'), reserved);
  await alice.scan();
  expect(await problemCodes(alice)).toEqual(['unnamed: undecodable-name', 'unnamed/sheaf~1: bad-name']);
  // What alice had told of it would be before this in her log.
  writeFileSync(join(directory, 'later'), '');
  await eventually('the next change arrives', () => existsSync(join(bob.root, 'unnamed', 'later')));
  expect(readFileSync(join(bob.root, 'unnamed', 'file'), 'utf8')).toBe('kept');
  expect(readFileSync(join(bob.root, 'unnamed', 'inner', 'below'), 'utf8')).toBe('kept too');
  renameSync(odd, join(directory, 'renamed'));
  renameSync(reserved, join(directory, 'outer'));
  await settle(alice, bob);
  expect(readdirSync(join(bob.root, 'unnamed')).toSorted()).toEqual(['later', 'outer', 'renamed']);
  expect(readFileSync(join(bob.root, 'unnamed', 'outer', 'below'), 'utf8')).toBe('kept too');
});

/** A directory outside of every folder, which nothing may change. */
function makeVictim(name: string): { readonly path: string; expectUntouched(): void } {
  const path = join(world.directory, name);
  mkdirSync(path);
  writeFileSync(join(path, 'one.txt'), 'victim');
  const before = lstatSync(path, { bigint: true });
  return {
    path,
    expectUntouched() {
      expect(readdirSync(path)).toEqual(['one.txt']);
      expect(readFileSync(join(path, 'one.txt'), 'utf8')).toBe('victim');
      expect(lstatSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    },
  };
}

it("never writes through a symlink that took a directory's place while it did not look", async () => {
  const victim = makeVictim('victim');
  const place = join(alice.root, 'trap');
  mkdirSync(place);
  writeFileSync(join(place, 'one.txt'), 'one');
  await settle(alice, bob);
  await bob.stop();
  rmSync(join(bob.root, 'trap'), { recursive: true });
  symlinkSync(victim.path, join(bob.root, 'trap'));
  writeFileSync(join(place, 'one.txt'), 'one, edited');
  writeFileSync(join(place, 'two.txt'), 'two');
  await alice.scan();
  await bob.start();
  await settle(alice, bob);
  victim.expectUntouched();
  // Both what was put on one side and what was edited on the other is there.
  const found = [...findFiles(alice.root)].map((path) => readFileSync(path, 'utf8'));
  expect(found).toEqual(expect.arrayContaining(['one, edited', 'two']));
});

function* findFiles(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && entry.name !== '.sheaf') yield* findFiles(path);
  }
}

it("never writes through a symlink that takes a directory's place while files arrive", async () => {
  const victim = makeVictim('victim of a race');
  for (let round = 0; round < 5; round += 1) {
    const made = join(world.directory, `race ${round}`);
    const there = join(bob.root, `race ${round}`);
    mkdirSync(made);
    for (let index = 0; index < 60; index += 1) writeFileSync(join(made, `${index}`), noise(`${round} ${index}`, 2000));
    // Moved into the folder at once: the symlink comes over to alice as well, and the test must not write through it.
    renameSync(made, join(alice.root, `race ${round}`));
    await eventually('the directory is made', () => lstatSync(there).isDirectory());
    await sleep(10 * round);
    renameSync(there, `${there} aside`);
    symlinkSync(victim.path, there);
    await sleep(60);
    rmSync(there, { force: true });
  }
  await settle(alice, bob);
  victim.expectUntouched();
});

it('never stages through a symlink in its own directory', async () => {
  const victim = makeVictim('victim of staging');
  await bob.stop();
  const stage = join(bob.root, '.sheaf', 'stage');
  rmSync(stage, { recursive: true });
  symlinkSync(victim.path, stage);
  writeFileSync(join(alice.root, 'staged.txt'), 'to be staged');
  await alice.scan();
  await bob.start();
  await eventually('bob says what is wrong', async () => {
    const { halt, problems } = await bob.folder();
    return halt !== null || problems.length > 0;
  });
  victim.expectUntouched();
  expect(readlinkSync(stage)).toBe(victim.path);
  rmSync(stage);
  await bob.stop();
  await bob.start();
  await settle(alice, bob);
  victim.expectUntouched();
});

it.skipIf(!isRoot)(
  'takes a volume that is mounted in the folder for no part of it, and what it hides for still there (needs root)',
  async () => {
    const place = join(alice.root, 'mounted');
    mkdirSync(place);
    writeFileSync(join(place, 'below.txt'), 'below the mount');
    await settle(alice, bob);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
    try {
      writeFileSync(join(place, 'other.txt'), 'on the other volume');
      await alice.scan();
      expect(await problemCodes(alice)).toEqual(['mounted: other-volume']);
    } finally {
      execFileSync('umount', [place]);
    }
    await alice.scan();
    await settle(alice, bob);
    expect(await problemCodes(alice)).toEqual([]);
    expect(readdirSync(join(bob.root, 'mounted'))).toEqual(['below.txt']);
  },
);

it.skipIf(!isRoot)(
  'goes on by itself after a full disk, with nothing torn meanwhile (needs root, for a small tmpfs)',
  async () => {
    const carol = world.daemon('carol');
    const disk = join(world.directory, 'small');
    const root = join(disk, 'root');
    const ballast = join(disk, 'ballast');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
    try {
      writeFileSync(ballast, noise('ballast', 10 * 1024 * 1024));
      await carol.start();
      await carol.ask(['join', await alice.invite(), root, '--name', FOLDER, '--yes']);
      await carol.wait();
      writeFileSync(join(alice.root, 'old.bin'), noise('old', 1024 * 1024));
      await settle(alice, bob);
      await carol.wait();
      // One that is new and one that takes the place of another, both too large; and some that fit.
      writeFileSync(join(alice.root, 'new.bin'), noise('new', 9 * 1024 * 1024));
      writeFileSync(join(alice.root, 'old.bin'), noise('newer', 9 * 1024 * 1024));
      for (let index = 0; index < 20; index += 1)
        writeFileSync(join(alice.root, `small ${index}`), noise(`small ${index}`, 1000));
      await eventually('the problem is shown', async () => {
        const { problems } = await carol.folder();
        return problems.some(({ code, message }) => code === 'ENOSPC' && message.includes('the disk is full'));
      });
      expect((await carol.run(['status'])).stdout).toMatch(/\.bin: the disk is full: free some space/);
      expect((await carol.run(['wait', '--timeout', '0'])).code).not.toBe(0);
      // Whatever stands at a final name is whole: the old version, the new one, or nothing.
      expect([undefined, 9 * 1024 * 1024]).toContain(lstatSync(join(root, 'new.bin'), { throwIfNoEntry: false })?.size);
      expect([1024 * 1024, 9 * 1024 * 1024]).toContain(lstatSync(join(root, 'old.bin')).size);
      rmSync(ballast);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      await carol.wait();
      expect(compareTrees(alice.root, root).differences).toEqual([]);
      expect((await carol.folder()).problems).toEqual([]);
    } finally {
      await carol.kill();
      execFileSync('umount', ['-l', disk]);
    }
    await bob.wait('--peer', 'alice');
    expectEqualTrees(alice, bob);
  },
);
