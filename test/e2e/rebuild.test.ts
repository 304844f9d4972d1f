import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Operation } from '../../daemon/effects/key-value-store.ts';
import { openLevelStore } from '../../daemon/node/key-value-store.ts';
import { folderKey } from '../../daemon/store/keys.ts';
import { rowsUnder } from '../../daemon/store/pages.ts';
import { connected, createWorld, settle, share, type TestDaemon } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
/** The first folder of a device. */
const FOLDER = 1;
const FILES = 40;
const world = createWorld('rebuild');
const alice = world.daemon('alice');
const bob = world.daemon('bob');

const at = (daemon: TestDaemon, index: number): string => join(daemon.root, 'files', `${index}`);

/** Which document a row is of: kind, folder, epoch and shard. */
const shardIn = (key: Uint8Array | undefined): string => Buffer.from(key ?? []).toString('hex', 0, 13);

/** Spoils every register document that a stopped daemon has stored: some lose a change, the others a few bits. */
async function spoilDocuments(home: string): Promise<number> {
  const store = await openLevelStore(join(home, 'state'));
  try {
    const rows = [
      ...(await rowsUnder(store, folderKey('x', FOLDER))),
      ...(await rowsUnder(store, folderKey('t', FOLDER))),
    ];
    const batch = rows.map(([key, row], index): Operation => {
      const [before, after] = [rows[index - 1], rows[index + 1]].map((other) => shardIn(other?.[0]));
      if (shardIn(key) === before && shardIn(key) === after) return { kind: 'delete', key };
      const value = row.slice();
      value[value.length >> 1] = (value[value.length >> 1] ?? 0) ^ 0x55;
      return { kind: 'put', key, value };
    });
    await store.write(batch, { durable: true });
    return rows.length;
  } finally {
    await store.close();
  }
}

beforeAll(async () => {
  mkdirSync(join(alice.root, 'files'), { recursive: true });
  for (let index = 0; index < FILES; index++) writeFileSync(at(alice, index), `first ${index}`);
  await share(alice, bob);
  await settle(alice, bob);
  // So that documents have more than one change behind them, from both sides.
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < FILES; index += 3)
      appendFileSync(at(round % 2 === 0 ? bob : alice, index), `, ${round}`);
    await settle(alice, bob);
  }
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('builds damaged register documents anew from the logs', { timeout: LIMIT_MS }, async () => {
  await bob.stop();
  expect(await spoilDocuments(bob.home)).toBeGreaterThan(FILES);
  await bob.start();
  await connected(alice, bob);
  for (let index = 0; index < FILES; index += 2) {
    appendFileSync(at(alice, index), ', by alice');
    appendFileSync(at(bob, index + 1), ', by bob');
  }
  await settle(alice, bob);
  expect(bob.log()).toContain('what is stored of the registers is damaged and is built anew');
  expect((await bob.folder()).problems).toEqual([]);
  expect((await alice.folder()).problems).toEqual([]);
  expect((await bob.folder()).conflicts).toBe(0);
});

it('has all that came of it after the next restart', { timeout: LIMIT_MS }, async () => {
  await bob.stop();
  const before = bob.log().length;
  await bob.start();
  await connected(alice, bob);
  for (let index = 0; index < FILES; index += 5) appendFileSync(at(bob, index), ', again');
  await settle(alice, bob);
  expect(bob.log().slice(before)).not.toContain('built anew');
});
