import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { deviceIdOf } from '../../protocol/device-id.ts';
import { eventually, expectEqualTrees } from '../support/daemons.ts';
import { createVictims, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const FILES = 40;
const FILE_BYTES = 200_000;

let victims: Victims;
let peer: ScriptedPeer;

beforeAll(async () => {
  victims = await createVictims('chunks');
  peer = await createScriptedPeer(100);
  await peer.dial(victims.alice.address(), victims.aliceId);
  await peer.join(await victims.alice.invite());
  await peer.hangUp();
  await eventually('bob has heard of the new member', async () => (await victims.bob.folder()).members.length === 2);
  await peer.dial(victims.bob.address(), deviceIdOf((await victims.bob.api.device()).id));
  await peer.hear('folder-open');
  // Bob asks whom he has known longer first.
  await victims.alice.stop();
  await victims.alice.start();
});
afterAll(async () => {
  await peer.close();
  await victims.world.close();
});

async function inSync(): Promise<void> {
  const { alice, bob } = victims;
  await alice.wait('--peer', 'bob');
  expectEqualTrees(alice, bob);
}

it('lets no member that never answers keep files from those that others bring', async () => {
  const { alice } = victims;
  for (let file = 0; file < FILES; file += 1)
    writeFileSync(join(alice.root, `by alice 1${file}`), randomBytes(FILE_BYTES));
  await inSync();
  expect(peer.heard.filter(({ kind }) => kind === 'want-chunks').length).toBeGreaterThan(0);
  expect(peer.heard.filter(({ kind }) => kind === 'cancel').length).toBeGreaterThan(0);
  // Nothing more is asked of it for a while.
  peer.forget();
  for (let file = 0; file < FILES; file += 1)
    writeFileSync(join(alice.root, `by alice 2${file}`), randomBytes(FILE_BYTES));
  await inSync();
  expect(peer.heard.filter(({ kind }) => kind === 'want-chunks')).toEqual([]);
  expect(peer.connected()).toBe(true);
});
