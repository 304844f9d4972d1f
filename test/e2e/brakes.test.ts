import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PendingBatch } from '../../protocol/local-api-decisions.ts';
import { connected, createWorld, eventually, settle, share, type TestDaemon } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const FILES = 80;
const world = createWorld('brakes');
const alice = world.daemon('alice');
const bob = world.daemon('bob');

const count = (daemon: TestDaemon, name: string): number =>
  existsSync(join(daemon.root, name)) ? readdirSync(join(daemon.root, name)).length : 0;

function fill(name: string, files = FILES): void {
  mkdirSync(join(alice.root, name), { recursive: true });
  for (let index = 0; index < files; index++) writeFileSync(join(alice.root, name, `${index}`), `${name} ${index}`);
}

/** All at once: of what goes file by file, the first few dozen are gone before there are too many. */
let taken = 0;
const takeAway = (): void => renameSync(join(alice.root, 'large'), join(world.directory, `taken ${taken++}`));

async function held(daemon: TestDaemon): Promise<PendingBatch> {
  await eventually(`${daemon.name} holds all`, async () => (await daemon.api.pending())[0]?.changes === FILES + 1);
  const [batch] = await daemon.api.pending();
  if (batch === undefined) throw new Error('it is gone again');
  return batch;
}

beforeAll(async () => {
  fill('large');
  fill('small', 10);
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('lets a small deletion and a large move go', { timeout: LIMIT_MS }, async () => {
  rmSync(join(alice.root, 'small'), { recursive: true });
  renameSync(join(alice.root, 'large'), join(alice.root, 'moved'));
  mkdirSync(join(alice.root, 'large'));
  for (const name of readdirSync(join(alice.root, 'moved')))
    renameSync(join(alice.root, 'moved', name), join(alice.root, 'large', name));
  rmSync(join(alice.root, 'moved'), { recursive: true });
  await settle(alice, bob);
  expect(count(bob, 'large')).toBe(FILES);
  expect(await alice.api.pending()).toEqual([]);
});

it('keeps a large deletion here until it is decided, also over a restart', { timeout: LIMIT_MS }, async () => {
  takeAway();
  const batch = await held(alice);
  expect(batch).toMatchObject({ direction: 'sending', changes: FILES + 1, paths: ['large'] });
  await alice.kill();
  await alice.start();
  await connected(alice, bob);
  expect((await held(alice)).id).toBe(batch.id);
  expect(count(bob, 'large')).toBe(FILES);
  const status = await alice.run(['status', '--exit-code']);
  expect(status.code).toBe(4);
  expect(status.stdout).toContain(`sheaf approve ${batch.id}`);
  expect((await alice.run(['wait', '--timeout', '0'])).stderr).toContain(batch.id);
});

it('brings back what was deleted here when the batch is rejected', { timeout: LIMIT_MS }, async () => {
  expect(await alice.ask(['reject', (await held(alice)).id])).toContain('rejected');
  await settle(alice, bob);
  expect(count(alice, 'large')).toBe(FILES);
  expect(await alice.api.pending()).toEqual([]);
});

it('asks on the other side too, and brings the deletion back there', { timeout: LIMIT_MS }, async () => {
  takeAway();
  await alice.ask(['approve', (await held(alice)).id]);
  const batch = await held(bob);
  expect(batch).toMatchObject({ direction: 'receiving', changes: FILES + 1 });
  await bob.kill();
  await bob.start();
  await connected(alice, bob);
  expect(await bob.ask(['pending'])).toContain((await held(bob)).id);
  expect(count(bob, 'large')).toBe(FILES);
  await bob.ask(['reject', (await held(bob)).id]);
  await settle(bob, alice);
  expect(count(alice, 'large')).toBe(FILES);
});

it('deletes when both have agreed, and what else happens is not held up', { timeout: LIMIT_MS }, async () => {
  takeAway();
  writeFileSync(join(alice.root, 'new'), 'new');
  await eventually('bob has the new file', () => existsSync(join(bob.root, 'new')));
  expect(count(bob, 'large')).toBe(FILES);
  await alice.ask(['approve', (await held(alice)).id]);
  await bob.ask(['approve', (await held(bob)).id]);
  await settle(alice, bob);
  expect(existsSync(join(bob.root, 'large'))).toBe(false);
  const stale = await bob.run(['approve', '00000000']);
  expect(stale.code).toBe(1);
  expect(stale.stderr).toContain('nothing is held');
});
