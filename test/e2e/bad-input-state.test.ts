import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { noise } from '../support/curious-tree.ts';
import { createWorld, eventually, FOLDER, settle, share } from '../support/daemons.ts';
import { type Damage, damageState, type StateFile } from '../support/damage.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const world = createWorld('bad-state');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
/** A copy of the tree as both had it, and one of alice's home then. */
const reference = join(world.directory, 'reference');
const home = join(world.directory, 'home of alice');
const state = join(alice.home, 'state');

/** How to go on, as every refusal has to say. */
const ADVICE = /state.* Your files are untouched\. .*move .*state away.*\.sheaf/s;

beforeAll(async () => {
  alice.makeRoot();
  for (let directory = 0; directory < 8; directory += 1) {
    const path = join(alice.root, `directory ${directory}`);
    mkdirSync(path);
    for (let index = 0; index < 40; index += 1) writeFileSync(join(path, `${index}.bin`), noise(`${index}`, 300));
  }
  await share(alice, bob);
  await settle(alice, bob);
  // At a start LevelDB moves its log into tables: now there is something in both.
  await alice.stop();
  await alice.start();
  for (let index = 0; index < 20; index += 1)
    writeFileSync(join(alice.root, `late ${index}`), noise(`late ${index}`, 90_000));
  await settle(alice, bob);
  await alice.stop();
  expect(spawnSync('cp', ['-a', alice.root, reference]).status).toBe(0);
  cpSync(alice.home, home, { recursive: true });
});
afterAll(() => world.close());

function expectTreesAsTheyWere(): void {
  for (const root of [alice.root, bob.root]) expect(compareTrees(reference, root).differences).toEqual([]);
}

const EVERY_DAMAGE: readonly (readonly [StateFile, Damage])[] = [
  ...(['flipped', 'zeroed', 'truncated', 'deleted', 'emptied'] as const).map((how) => ['tables', how] as const),
  ...(['flipped', 'zeroed', 'truncated', 'deleted'] as const).map((how) => ['log', how] as const),
  ...(['flipped', 'zeroed', 'truncated', 'deleted'] as const).map((how) => ['MANIFEST', how] as const),
  ...(['flipped', 'zeroed', 'emptied', 'deleted'] as const).map((how) => ['CURRENT', how] as const),
];

it.each(EVERY_DAMAGE)('a state database whose %s was %s costs no file anywhere', async (which, how) => {
  rmSync(alice.home, { recursive: true });
  cpSync(home, alice.home, { recursive: true });
  damageState(state, which, how);
  const outcome = await alice.run(['start', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery', '--name', 'alice']);
  if (outcome.code !== 0) {
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toMatch(ADVICE);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  } else {
    // It must know its folder, and then either be stopped by what it finds or come to be as it was.
    await eventually('it has stopped or is in sync', async () => {
      const { halt } = await alice.folder();
      if (halt !== null) expect(halt.message).toMatch(ADVICE);
      return halt !== null || (await alice.run(['wait', FOLDER, '--timeout', '5s'])).code === 0;
    });
  }
  expectTreesAsTheyWere();
  await alice.kill();
  expectTreesAsTheyWere();
});

/** The devices that alice was before are members still, and away: only these two are waited for. */
async function settleTwo(): Promise<void> {
  await alice.wait('--peer', 'bob');
  expect(compareTrees(alice.root, bob.root).differences).toEqual([]);
}

it('a folder that is removed and joined again writes as before', async () => {
  rmSync(alice.home, { recursive: true });
  cpSync(home, alice.home, { recursive: true });
  await alice.start();
  await bob.ask(['remove', FOLDER]);
  await bob.join(await alice.invite());
  await settle(alice, bob);
  writeFileSync(join(bob.root, 'written after that'), 'bob');
  await settle(alice, bob);
  writeFileSync(join(alice.root, 'written after that'), 'alice');
  await settle(alice, bob);
});

it('the way out that is told works: a new device in the same directory, nothing sent and nothing doubled', async () => {
  await alice.stop();
  rmSync(reference, { recursive: true });
  expect(spawnSync('cp', ['-a', alice.root, reference]).status).toBe(0);
  damageState(state, 'MANIFEST', 'zeroed');
  expect((await alice.run(['start', '--no-discovery'])).stderr).toMatch(ADVICE);
  renameSync(state, join(world.directory, 'state aside'));
  await alice.start();
  expect(await alice.api.folders()).toEqual([]);
  const before = (await bob.folder()).upload.bytesDone;
  await alice.join(await bob.invite());
  await settleTwo();
  expectTreesAsTheyWere();
  expect((await bob.folder()).upload.bytesDone).toBe(before);
  writeFileSync(join(alice.root, 'new.txt'), 'by the new device');
  await settleTwo();
});

it('a daemon that was given a copy of the home, and ran, does not break the one it was copied from', async () => {
  const twin = world.daemon('twin');
  await alice.stop();
  cpSync(alice.home, twin.home, { recursive: true });
  await twin.start();
  await twin.kill();
  await alice.start();
  await settleTwo();
  writeFileSync(join(alice.root, 'after the twin'), 'alice');
  await settleTwo();
});

it('an older state, as a backup brings back, syncs again and keeps both versions of what was edited since', async () => {
  await alice.stop();
  rmSync(home, { recursive: true });
  cpSync(alice.home, home, { recursive: true });
  await alice.start();
  writeFileSync(join(alice.root, 'late 1'), 'one edit after the backup');
  await settleTwo();
  await alice.stop();
  rmSync(alice.home, { recursive: true });
  cpSync(home, alice.home, { recursive: true });
  // As many changes as the lost log had: counting entries would call this in sync.
  writeFileSync(join(alice.root, 'late 1'), 'another edit, after it was restored');
  await alice.start();
  await settleTwo();
  const versions = readdirSync(bob.root).filter((name) => /^late 1( \(|$)/.test(name));
  expect(versions.map((name) => readFileSync(join(bob.root, name), 'utf8')).sort()).toEqual([
    'another edit, after it was restored',
    'one edit after the backup',
  ]);
});
