import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeCuriousTree, writeNoise } from '../support/curious-tree.ts';
import { connected, createWorld, eventually, expectEqualTrees, settle, share } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const world = createWorld('third');
afterAll(() => world.close(), LIMIT_MS);

it(
  'joins through the second while the first is off; then all three agree',
  async () => {
    const alice = world.daemon('alice');
    const bob = world.daemon('bob');
    const carol = world.daemon('carol');
    alice.makeRoot();
    makeCuriousTree(join(alice.root, 'curious'));
    writeNoise(join(alice.root, 'large'), 'large', 5_000_000);
    await share(alice, bob);
    await settle(alice, bob);
    writeFileSync(join(alice.root, 'last words'), 'before alice went');
    await settle(alice, bob);
    await alice.stop();

    await carol.start();
    await carol.join(await bob.invite());
    // Alice is away, so "all members" can't be waited for.
    await Promise.all([bob.wait('--peer', 'carol'), carol.wait('--peer', 'bob')]);
    expectEqualTrees(bob, carol);
    expect(readFileSync(join(carol.root, 'last words'), 'utf8')).toBe('before alice went');
    expect((await carol.run(['wait', '--timeout', '0'])).code).toBe(3);

    writeFileSync(join(carol.root, 'by carol'), 'carol');
    renameSync(join(carol.root, 'curious'), join(carol.root, 'odd'));
    await Promise.all([bob.wait('--peer', 'carol'), carol.wait('--peer', 'bob')]);
    writeFileSync(join(alice.root, 'by alice'), 'written while alice was off');

    await alice.start();
    // Nobody told alice where carol is: she learns it from bob.
    await connected(alice, bob, carol);
    await settle(alice, bob, carol);
    expect(existsSync(join(alice.root, 'odd', 'links', 'directory'))).toBe(true);
    expect(readFileSync(join(carol.root, 'by alice'), 'utf8')).toBe('written while alice was off');

    // And without the one in the middle the other two go on.
    await bob.stop();
    mkdirSync(join(alice.root, 'later'));
    writeFileSync(join(alice.root, 'later', 'file'), 'later');
    await eventually('carol has what alice wrote', () => existsSync(join(carol.root, 'later', 'file')));
    await bob.start();
    await connected(alice, bob, carol);
    await settle(alice, bob, carol);
    expect(existsSync(join(bob.root, 'later', 'file'))).toBe(true);
  },
  LIMIT_MS,
);
