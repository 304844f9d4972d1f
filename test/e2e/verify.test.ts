import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise } from '../support/curious-tree.ts';
import { connected, createWorld, settle, share } from '../support/daemons.ts';
import { rot } from '../support/rot.ts';

const LIMIT_MS = 300_000;
const SIZE = 1024 * 1024;
const world = createWorld('verify');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const large = { alice: join(alice.root, 'large'), bob: join(bob.root, 'large') };
const good = noise('large', SIZE);

const isGood = (path: string): boolean => readFileSync(path).equals(good);

beforeAll(async () => {
  alice.makeRoot();
  writeFileSync(large.alice, good);
  writeFileSync(join(alice.root, 'small'), 'small');
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('finds nothing wrong with what is as it was', { timeout: LIMIT_MS }, async () => {
  expect(await bob.api.verify({ heal: false })).toMatchObject({ files: 2, bytes: SIZE + 5, skipped: 0, damaged: [] });
});

it('finds a file whose bytes changed by themselves, and tells nobody of them', { timeout: LIMIT_MS }, async () => {
  await bob.stop();
  await rot(bob.home, large.bob);
  await bob.start();
  await connected(alice, bob);
  await Promise.all([alice.wait(), bob.wait()]);
  expect(isGood(large.bob)).toBe(false);
  expect(isGood(large.alice)).toBe(true);

  const { code, stdout } = await bob.run(['verify']);
  expect(code).toBe(1);
  expect(stdout).toContain('large: its bytes changed though nobody wrote it');
  expect((await bob.folder()).problems).toMatchObject([{ path: 'large', code: 'bit-rot' }]);
  expect(await alice.ask(['verify'])).toContain('0 damaged');
});

it('can not heal while nobody who has it is there', { timeout: LIMIT_MS }, async () => {
  await alice.stop();
  expect((await bob.api.verify({ heal: true })).damaged).toMatchObject([{ path: 'large', healed: false }]);
  expect(isGood(large.bob)).toBe(false);
  await alice.start();
  await connected(alice, bob);
});

it('heals from another device, and keeps the damaged file in the trash', { timeout: LIMIT_MS }, async () => {
  const before = (await alice.folder()).upload.bytesDone;
  expect(await bob.ask(['verify', '--heal'])).toContain('healed');
  expect(isGood(large.bob)).toBe(true);
  // Only the damaged piece is fetched.
  expect((await alice.folder()).upload.bytesDone - before).toBeLessThan(SIZE);
  expect((await bob.folder()).problems).toEqual([]);
  const trash = join(bob.root, '.sheaf', 'trash');
  expect(readdirSync(trash).some((name) => readFileSync(join(trash, name)).length === SIZE)).toBe(true);
  await settle(alice, bob);
  expect((await bob.api.verify({ heal: false })).damaged).toEqual([]);
});

it('does not take an edit for damage', { timeout: LIMIT_MS }, async () => {
  appendFileSync(large.bob, 'more');
  const { damaged } = await bob.api.verify({ heal: true });
  expect(damaged).toEqual([]);
  await settle(alice, bob);
  expect(readFileSync(large.alice)).toHaveLength(SIZE + 4);
});
