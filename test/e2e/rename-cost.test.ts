import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createWorld, eventually, expectEqualTrees, settle } from '../support/daemons.ts';
import { createRelay, ticketThrough } from '../support/relay.ts';

const LIMIT_MS = 600_000;
const DIRECTORIES = 100;
const FILES_EACH = 100;
/** What a rename may cost on the wire, however much is below it. */
const COST_BYTES = 8 * 1024;
const world = createWorld('rename');
afterAll(() => world.close(), LIMIT_MS);

it(
  'renames a directory of 10,000 files for a few kilobytes',
  async () => {
    const alice = world.daemon('alice');
    const bob = world.daemon('bob');
    for (let index = 0; index < DIRECTORIES; index++) {
      const directory = join(alice.root, 'before', `${index}`);
      mkdirSync(directory, { recursive: true });
      for (let file = 0; file < FILES_EACH; file++) writeFileSync(join(directory, `${file}`), `${index} ${file}`);
    }
    await Promise.all([alice.start(), bob.start()]);
    await alice.add();
    const relay = await createRelay(alice.address());
    try {
      await bob.join(ticketThrough(relay, await alice.invite()));
      await settle(alice, bob);
      expect(readdirSync(join(bob.root, 'before'))).toHaveLength(DIRECTORIES);
      // All that passes between the two passes the relay.
      expect((await bob.api.devices()).map(({ address }) => address)).toEqual([relay.address]);
      expect(relay.connections()).toBe(1);
      const inode = lstatSync(join(bob.root, 'before', '42', '42')).ino;
      const sent = (await alice.folder()).upload.bytesDone;

      const before = relay.bytes();
      renameSync(join(alice.root, 'before'), join(alice.root, 'after'));
      await eventually('both say that they are in sync with the new name', async () => {
        const folders = await Promise.all([alice.folder(), bob.folder()]);
        return folders.every(({ state }) => state === 'in-sync') && readdirSync(bob.root).includes('after');
      });
      const after = relay.bytes();
      expect(after.toTarget - before.toTarget + after.fromTarget - before.fromTarget).toBeLessThanOrEqual(COST_BYTES);
      await settle(alice, bob);
      expectEqualTrees(alice, bob);
      expect((await alice.folder()).upload.bytesDone).toBe(sent);
      expect(lstatSync(join(bob.root, 'after', '42', '42')).ino).toBe(inode);
      expect(relay.connections()).toBe(1);
    } finally {
      await relay.close();
    }
  },
  LIMIT_MS,
);
