import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PendingBatch } from '../../protocol/local-api-decisions.ts';
import { noise } from '../support/curious-tree.ts';
import { connected, createWorld, eventually, settle, share } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const FILES = 60;
/** One in three is larger than a chunk. */
const sizeOf = (index: number): number => (index % 3 === 0 ? 150_000 : 2000);
const world = createWorld('rewrites');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const a = (index: number): string => join(alice.root, 'papers', `${index}.txt`);
const b = (index: number): string => join(bob.root, 'papers', `${index}.txt`);

const prose = (index: number, edition: string): string => `${edition} of paper ${index}. `.repeat(sizeOf(index) / 20);

/** All at once, while nobody looks: of what goes file by file, the first few dozen pass. */
async function rewriteAll(content: (index: number) => string | Buffer): Promise<void> {
  await alice.stop();
  for (let index = 0; index < FILES; index++) writeFileSync(a(index), content(index));
  await alice.start();
  await connected(alice, bob);
}

async function held(): Promise<PendingBatch> {
  await eventually('alice holds it', async () => (await alice.api.pending()).length === 1);
  const [batch] = await alice.api.pending();
  if (batch === undefined) throw new Error('it is gone again');
  return batch;
}

beforeAll(async () => {
  mkdirSync(join(alice.root, 'papers'), { recursive: true });
  for (let index = 0; index < FILES; index++) writeFileSync(a(index), prose(index, 'first edition'));
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('lets any number of ordinary edits go', { timeout: LIMIT_MS }, async () => {
  await rewriteAll((index) => prose(index, 'second edition'));
  await settle(alice, bob);
  expect(readFileSync(b(7), 'utf8')).toBe(prose(7, 'second edition'));
});

it('holds files that all look encrypted at once, and sends what else changes', { timeout: LIMIT_MS }, async () => {
  await rewriteAll((index) => noise(`ransom ${index}`, sizeOf(index)));
  writeFileSync(join(alice.root, 'note'), 'pay');
  const batch = await held();
  expect(batch).toMatchObject({ code: 'mass-rewrite', direction: 'sending', changes: FILES });
  expect(batch.paths[0]).toMatch(/^papers\/\d+\.txt$/);
  await eventually('bob has the note', () => readdirSync(bob.root).includes('note'));
  expect(readFileSync(b(7), 'utf8')).toBe(prose(7, 'second edition'));
  await alice.kill();
  await alice.start();
  await connected(alice, bob);
  expect((await held()).id).toBe(batch.id);
});

it('brings back what was there when it is rejected, and keeps the rest in the trash', {
  timeout: LIMIT_MS,
}, async () => {
  await alice.ask(['reject', (await held()).id]);
  await settle(alice, bob);
  for (let index = 0; index < FILES; index++)
    expect(readFileSync(a(index), 'utf8')).toBe(prose(index, 'second edition'));
  const trash = readdirSync(join(alice.root, '.sheaf', 'trash')).filter((name) => name.includes('rejected'));
  expect(trash).toHaveLength(FILES);
});

it('sends them when they were meant', { timeout: LIMIT_MS }, async () => {
  await rewriteAll((index) => noise(`meant ${index}`, sizeOf(index)));
  await alice.ask(['approve', (await held()).id]);
  await eventually('bob holds it too', async () => (await bob.api.pending()).length === 1);
  const [batch] = await bob.api.pending();
  expect(batch).toMatchObject({ code: 'mass-rewrite', direction: 'receiving', changes: FILES });
  expect(readFileSync(b(7), 'utf8')).toBe(prose(7, 'second edition'));
  await bob.ask(['approve', batch?.id ?? '']);
  await settle(alice, bob);
  expect(readFileSync(b(7)).equals(noise('meant 7', sizeOf(7)))).toBe(true);
  expect(await alice.api.pending()).toEqual([]);
});
