import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connected, createWorld, eventually, settle, share, type TestDaemon } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const world = createWorld('why');
const alice = world.daemon('alice');
const bob = world.daemon('bob');

async function codesFor(daemon: TestDaemon, ...names: readonly string[]): Promise<readonly string[]> {
  return (await daemon.api.why({ path: join(daemon.root, ...names) })).reasons.map(({ code }) => code);
}

beforeAll(async () => {
  mkdirSync(join(alice.root, 'many'), { recursive: true });
  for (let index = 0; index < 60; index++) writeFileSync(join(alice.root, 'many', `${index}`), `${index}`);
  writeFileSync(join(alice.root, 'file'), 'first');
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('says of what is in sync that it is', { timeout: LIMIT_MS }, async () => {
  await eventually('both know of each other', async () => (await alice.folder()).state === 'in-sync');
  expect(await alice.ask(['why', join(alice.root, 'file')])).toBe('shared: file: in sync\n');
  expect(await codesFor(alice)).toEqual([]);
});

it('knows what no folder has', { timeout: LIMIT_MS }, async () => {
  expect(await codesFor(alice, 'never', 'was')).toEqual(['unknown-path']);
  expect(await codesFor(alice, '.sheaf', 'trash')).toEqual(['own-directory']);
  const outside = await alice.run(['why', tmpdir()]);
  expect(outside.code).toBe(1);
  expect(outside.stderr).toContain('is in no folder');
});

it('names who is away, and what has not come yet', { timeout: LIMIT_MS }, async () => {
  await bob.stop();
  writeFileSync(join(alice.root, 'file'), 'second');
  await alice.scan();
  const away = await alice.run(['why', join(alice.root, 'file')]);
  expect(away).toMatchObject({ code: 3, stdout: 'shared: file: not in sync\n  bob is not connected (member-away)\n' });
  await bob.start();
  await connected(alice, bob);
  await settle(alice, bob);
});

it('names the held batch that keeps a deletion back', { timeout: LIMIT_MS }, async () => {
  renameSync(join(alice.root, 'many'), mkdtempSync(join(world.directory, 'taken ')));
  await eventually('alice holds it', async () => (await alice.api.pending()).length === 1);
  const [batch] = await alice.api.pending();
  expect(await codesFor(alice, 'many')).toContain('held');
  expect(await alice.ask(['pending'])).toContain('    many');
  await alice.ask(['approve', batch?.id ?? '']);
  await eventually('bob holds it', async () => (await bob.api.pending()).length === 1);
  expect(await codesFor(bob, 'many', '7')).toContain('held');
  await bob.ask(['reject', (await bob.api.pending())[0]?.id ?? '']);
  await settle(alice, bob);
  await eventually('it is explained away', async () => (await codesFor(alice, 'many', '7')).length === 0);
});

it('says why a halted folder stands still', { timeout: LIMIT_MS }, async () => {
  renameSync(alice.root, `${alice.root} elsewhere`);
  await alice.run(['scan']);
  expect(await codesFor(alice, 'file')).toEqual(['root-missing']);
  renameSync(`${alice.root} elsewhere`, alice.root);
});
