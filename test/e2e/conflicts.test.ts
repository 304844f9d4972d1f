import { mkdirSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connected, createWorld, eventually, settle, share, type TestDaemon } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const world = createWorld('conflicts');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const NAMES = ['ours', 'theirs', 'both', 'newest', 'left', 'gone'] as const;

function write(daemon: TestDaemon, name: string, text: string, second: number): void {
  const path = join(daemon.root, 'notes', `${name}.txt`);
  writeFileSync(path, text);
  utimesSync(path, second, second);
}

const at = (daemon: TestDaemon): readonly string[] => readdirSync(join(daemon.root, 'notes')).toSorted();
const textOf = (daemon: TestDaemon, name: string): string => readFileSync(join(daemon.root, 'notes', name), 'utf8');
const resolve = (daemon: TestDaemon, ...args: readonly string[]): Promise<string> =>
  daemon.ask(['conflicts', 'resolve', ...args]);

/** Both edit every file apart; alice's edits are the newer ones, so they keep the paths. */
beforeAll(async () => {
  mkdirSync(join(alice.root, 'notes'), { recursive: true });
  for (const name of NAMES) write(alice, name, 'first', 1_600_000_000);
  await share(alice, bob);
  await settle(alice, bob);
  await bob.stop();
  for (const name of NAMES) write(alice, name, `${name} by alice`, 1_700_000_002);
  await alice.scan();
  await alice.stop();
  await bob.start();
  for (const name of NAMES) write(bob, name, `${name} by bob`, 1_700_000_001);
  await eventually('bob has looked at his disk', async () => (await bob.folder()).state === 'waiting');
  await bob.scan();
  await alice.start();
  await connected(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('are listed alike on both sides, with both versions', { timeout: LIMIT_MS }, async () => {
  expect((await alice.folder()).conflicts).toBe(NAMES.length);
  const [seen, mirrored] = [await alice.api.conflicts({}), await bob.api.conflicts({})];
  expect(seen.map(({ path }) => path)).toEqual(NAMES.map((name) => `notes/${name}.txt`).toSorted());
  expect(mirrored.map(({ copy }) => copy)).toEqual(seen.map(({ copy }) => copy));
  expect(seen[0]).toMatchObject({ atPath: { device: 'alice', ours: true }, inCopy: { device: 'bob', ours: false } });
  expect(mirrored[0]).toMatchObject({ atPath: { ours: false }, inCopy: { ours: true } });
  expect(await alice.ask(['status'])).toContain(`${NAMES.length} conflicts`);
});

it('change nothing when only asked what would be', { timeout: LIMIT_MS }, async () => {
  const before = at(bob);
  expect(await resolve(bob, '**', '--ours', '--dry-run')).toContain('would keep');
  await bob.scan();
  expect(at(bob)).toEqual(before);
});

it('are resolved one by one, for every device', { timeout: LIMIT_MS }, async () => {
  await resolve(bob, 'notes/ours.txt', '--ours');
  await resolve(bob, 'theirs.txt', '--theirs');
  await resolve(bob, 'both*', '--both');
  await resolve(alice, '**/newest.txt', '--newest');
  await settle(alice, bob);
  const left = (await alice.api.conflicts({})).map(({ path }) => path);
  expect(left).toEqual(['notes/gone.txt', 'notes/left.txt']);
  expect(textOf(alice, 'ours.txt')).toBe('ours by bob');
  expect(textOf(alice, 'theirs.txt')).toBe('theirs by alice');
  expect([textOf(alice, 'both.txt'), textOf(alice, 'both 2.txt')]).toEqual(['both by alice', 'both by bob']);
  expect(textOf(bob, 'newest.txt')).toBe('newest by alice');
  expect(at(alice)).toHaveLength(NAMES.length + 1 + left.length);
});

it('put the copy back where the other version was deleted', { timeout: LIMIT_MS }, async () => {
  unlinkSync(join(alice.root, 'notes', 'gone.txt'));
  await settle(alice, bob);
  expect(await bob.ask(['conflicts', 'show', 'gone.txt'])).toContain('nothing any more');
  await resolve(bob, 'gone.txt', '--theirs');
  await settle(alice, bob);
  expect(textOf(alice, 'gone.txt')).toBe('gone by bob');
});

it('stay when nobody decides, and leave what was given up in the trash', { timeout: LIMIT_MS }, async () => {
  const { root } = bob;
  expect((await bob.api.conflicts({ pattern: 'left.txt' })).map(({ folder }) => folder)).toEqual(['shared']);
  expect((await bob.folder()).conflicts).toBe(1);
  const trash = join(root, '.sheaf', 'trash');
  const kept = readdirSync(trash).map((name) => readFileSync(join(trash, name), 'utf8'));
  expect(kept).toContain('ours by alice');
  expect(kept).toContain('theirs by bob');
  expect((await bob.folder()).problems).toEqual([]);
});
