import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DeviceId, FolderId } from '../../protocol/ids.ts';
import { decodeTicket } from '../../protocol/ticket.ts';
import { createWorld, eventually, expectEqualTrees, settle, share, type TestDaemon, type World } from './daemons.ts';

/** Two honest daemons that share a folder, and another folder that only the first has: what a hostile peer finds. */
export interface Victims {
  readonly world: World;
  /** Whom hostile peers dial. */
  readonly alice: TestDaemon;
  readonly bob: TestDaemon;
  readonly aliceId: DeviceId;
  readonly folder: FolderId;
  readonly otherFolder: FolderId;
  /** Both still run as the same processes, and what is written on either arrives at the other. */
  expectUnharmed(): Promise<void>;
  /** Names in alice's root that neither device wrote. */
  strays(names: readonly string[]): readonly string[];
}

const DIRECTORIES = 30;
const FILES = 40;

/** @param label names the temporary directory */
export async function createVictims(label: string): Promise<Victims> {
  const world = createWorld(label);
  const alice = world.daemon('alice');
  const bob = world.daemon('bob');
  alice.makeRoot();
  for (let directory = 0; directory < DIRECTORIES; directory += 1) {
    const path = join(alice.root, `${directory}`);
    mkdirSync(path);
    for (let index = 0; index < FILES; index += 1) writeFileSync(join(path, `${index}`), `${directory} ${index}`);
  }
  await share(alice, bob);
  const other = join(world.directory, 'private');
  mkdirSync(other);
  writeFileSync(join(other, 'secret'), 'secret');
  await alice.ask(['add', other]);
  await settle(alice, bob);
  const { inviter: aliceId, folder } = decodeTicket(await alice.invite());
  const otherFolder = (await alice.api.folders()).find(({ name }) => name === 'private')?.id as FolderId;
  const pids = [alice.pid(), bob.pid()];
  let rounds = 0;
  return {
    world,
    alice,
    bob,
    aliceId,
    folder,
    otherFolder,
    async expectUnharmed() {
      await eventually('the honest devices are connected', async () =>
        (await bob.folder()).members.some(({ name, connected }) => name === 'alice' && connected),
      );
      rounds += 1;
      writeFileSync(join(alice.root, `by alice ${rounds}`), 'alice');
      writeFileSync(join(bob.root, `by bob ${rounds}`), 'bob');
      await alice.wait('--peer', 'bob');
      expectEqualTrees(alice, bob);
      expect([alice.pid(), bob.pid()]).toEqual(pids);
      for (const pid of pids) process.kill(pid, 0);
    },
    strays: (names) => names.filter((name) => !/^(\d+|by (alice|bob) \d+|\.sheaf)$/.test(name)),
  };
}

/** Most memory a process ever had, in bytes. */
export function peakBytes(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak) * 1024;
}
