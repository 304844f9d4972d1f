import { expect, it } from 'vitest';
import { treesDiffer } from '../simulator/checks/trees.ts';
import { EPOCH_MS } from '../simulator/clock.ts';
import type { DiskUser } from '../simulator/disk/user.ts';
import { ROOT } from '../simulator/world/device.ts';
import { World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
const peaceful = { seed: 61, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

it.each([1000, 2000])('misses no edit of the same size where stamps are multiples of %i ms', async (stampMs) => {
  const world = new World({ ...peaceful, stampsMs: [stampMs, stampMs] });
  await world.begin();
  const users = world.places.map(({ device }) => device.disk.user);
  const [ada, ben] = users as [DiskUser, DiskUser];
  const tick = async (): Promise<void> =>
    world.schedule.pass(stampMs - ((EPOCH_MS + world.schedule.nowMs) % stampMs) + 5);
  for (const [first, second] of [
    [ada, ada],
    [ada, ben],
  ] as const) {
    await tick();
    // Twice within one tick, with time for the first to be read, and to arrive, before the second.
    first.write(`${ROOT}/file`, Buffer.from('version 1'));
    await world.schedule.pass(stampMs * 0.6);
    second.write(`${ROOT}/file`, Buffer.from('version 2'));
    await world.schedule.pass(10_000);
    // At the path, or in a conflict copy where two devices wrote before they heard of each other.
    for (const { person } of world.places) {
      const texts = [...person.tree().values()].map(({ bytes }) => Buffer.from(bytes).toString());
      expect(texts).toContain('version 2');
    }
    first.write(`${ROOT}/file`, Buffer.from('something else'));
    await world.schedule.pass(10_000);
  }
  const { api } = world.place(0).device;
  const waiting = api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
  expect(await world.schedule.during(waiting, 2 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
  expect(treesDiffer(world)).toEqual([]);
  for (const { device } of world.places) device.lastBreath();
});
