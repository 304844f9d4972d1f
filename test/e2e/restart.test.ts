import { appendFileSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connected, createWorld, eventually, settle, share, type TestDaemon, type World } from '../support/daemons.ts';
import { killAgainAndAgain, makeCampaignTree, strayFiles } from '../support/kill-campaign.ts';
import { createRelay, ticketThrough } from '../support/relay.ts';

const LIMIT_MS = 600_000;
const ANY_PORT = '/ip4/127.0.0.1/tcp/0';

let world: World;
let alice: TestDaemon;
let bob: TestDaemon;

beforeEach(() => {
  world = createWorld('restart');
  alice = world.daemon('alice');
  bob = world.daemon('bob');
  alice.makeRoot();
});
afterEach(() => world.close(), LIMIT_MS);

it(
  'survives kill -9 of either side in the middle of a first copy',
  async () => {
    const size = { files: 2000, fileBytes: 2000, largeBytes: 60 * 1024 * 1024, kills: 6 };
    makeCampaignTree(alice.root, size);
    await share(alice, bob);
    const { midway } = await killAgainAndAgain(alice, bob, size);
    expect(midway).toBeGreaterThanOrEqual(3);
    for (const daemon of [alice, bob]) {
      expect(strayFiles(daemon)).toEqual([]);
      expect((await daemon.folder()).problems).toEqual([]);
    }
  },
  LIMIT_MS,
);

it(
  'survives kill -9 while changes are made and applied',
  async () => {
    for (let index = 0; index < 40; index++) {
      mkdirSync(join(alice.root, `${index}`));
      for (let file = 0; file < 5; file++) writeFileSync(join(alice.root, `${index}`, `${file}`), `${index} ${file}`);
    }
    await share(alice, bob);
    await settle(alice, bob);
    for (const [round, victim] of [alice, bob, bob, alice].entries()) {
      const daemons = [alice, bob];
      for (const [which, { root }] of daemons.entries()) {
        const at = (index: number): string => join(root, `${round * 8 + which * 4 + index}`);
        appendFileSync(join(at(0), '0'), `edit ${round}`);
        unlinkSync(join(at(1), '1'));
        renameSync(at(2), `${at(2)} renamed`);
        renameSync(join(at(3), '0'), join(at(3), 'aside'));
        renameSync(join(at(3), '1'), join(at(3), '0'));
        renameSync(join(at(3), 'aside'), join(at(3), '1'));
      }
      // As soon as anything of it has arrived, whatever that is.
      await eventually('an edit is under way', async () => {
        const other = victim === alice ? bob : alice;
        return readFileSync(join(other.root, `${round * 8 + (other === alice ? 4 : 0)}`, '0'), 'utf8').includes('edit');
      });
      await victim.kill();
      await victim.start();
    }
    await connected(alice, bob);
    await settle(alice, bob);
    for (const daemon of [alice, bob]) expect(strayFiles(daemon)).toEqual([]);
    for (const round of [0, 1, 2, 3]) {
      expect(readFileSync(join(alice.root, `${round * 8 + 3}`, '0'), 'utf8')).toBe(`${round * 8 + 3} 1`);
      expect(readFileSync(join(alice.root, `${round * 8 + 6} renamed`, '2'), 'utf8')).toBe(`${round * 8 + 6} 2`);
    }
  },
  LIMIT_MS,
);

it(
  'finds a peer again that stopped, was killed, or came back on another port',
  async () => {
    writeFileSync(join(alice.root, 'file'), 'at first');
    await share(alice, bob);
    await settle(alice, bob);

    const change = async (daemon: TestDaemon, other: TestDaemon, text: string): Promise<void> => {
      writeFileSync(join(daemon.root, 'file'), text);
      await eventually(`${other.name} has "${text}"`, () => readFileSync(join(other.root, 'file'), 'utf8') === text);
      await settle(alice, bob);
    };

    await bob.stop();
    await bob.start();
    await change(alice, bob, 'after a stop');
    await alice.kill();
    await alice.start();
    await change(bob, alice, 'after a kill');

    // It dials the others, and they learn its new address from it.
    const before = bob.address();
    await bob.kill();
    await bob.start(ANY_PORT);
    expect(bob.address()).not.toBe(before);
    await change(alice, bob, 'from another port');
    await alice.kill();
    await alice.start();
    await change(bob, alice, 'and back to it');

    // Only one of them can dial now: the other came back elsewhere while this one was off.
    await alice.stop();
    await bob.stop();
    await bob.start(ANY_PORT);
    await alice.start();
    await change(alice, bob, 'after both were away');
  },
  LIMIT_MS,
);

it(
  'goes on by itself after the connection was cut in the middle of a file',
  async () => {
    const size = { files: 100, fileBytes: 1000, largeBytes: 30 * 1024 * 1024, kills: 0 };
    makeCampaignTree(alice.root, size);
    await Promise.all([alice.start(), bob.start()]);
    await alice.add();
    const relay = await createRelay(alice.address());
    try {
      await bob.join(ticketThrough(relay, await alice.invite()));
      await eventually('a part has passed', () => relay.bytes().fromTarget > size.largeBytes / 4);
      relay.cut();
      await connected(alice, bob);
      await settle(alice, bob);
      expect(strayFiles(bob)).toEqual([]);
      // What had arrived was not sent again.
      expect((await alice.folder()).upload.bytesDone).toBeLessThan(size.largeBytes * 1.7);
    } finally {
      await relay.close();
    }
  },
  LIMIT_MS,
);
