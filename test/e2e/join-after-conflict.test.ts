import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { createWorld, expectEqualTrees, settle, share } from '../support/daemons.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const world = createWorld('after-conflict');
afterAll(() => world.close());

// Who joins replays the whole history. A conflict in it was settled long ago, and nobody has its versions any more.
it.each([
  ['an empty directory', false],
  ['the files themselves', true],
])('a device with %s joins a folder whose conflict was settled and cleared away', async (what, withFiles) => {
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => world.daemon(`${name} with ${what}`));
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three were made above');
  alice.makeRoot();
  writeFileSync(join(alice.root, 'file'), 'as it was');
  await share(alice, bob);
  await settle(alice, bob);
  await bob.stop();
  writeFileSync(join(alice.root, 'file'), 'by alice');
  await alice.scan();
  await alice.stop();
  writeFileSync(join(bob.root, 'file'), 'by bob, apart');
  await bob.start();
  await bob.scan();
  await alice.start();
  await settle(alice, bob);
  const copies = readdirSync(alice.root).filter((name) => name.includes('conflict'));
  expect(copies).toHaveLength(1);
  for (const copy of copies) rmSync(join(alice.root, copy));
  await settle(alice, bob);

  if (withFiles) {
    expect(spawnSync('cp', ['-a', alice.root, carol.root]).status).toBe(0);
    rmSync(join(carol.root, '.sheaf'), { recursive: true });
  }
  await carol.start();
  await carol.join(await alice.invite());
  await settle(alice, bob, carol);
  expectEqualTrees(alice, carol);
  expect(readdirSync(carol.root).sort()).toEqual(['.sheaf', 'file']);
  expect(readFileSync(join(carol.root, 'file'), 'utf8')).toBe(readFileSync(join(alice.root, 'file'), 'utf8'));
});
