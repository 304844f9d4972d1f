import { expect, it } from 'vitest';
import { brokenLogs } from '../simulator/checks/logs.ts';
import { unsettled } from '../simulator/checks/registers.ts';
import { treesDiffer } from '../simulator/checks/trees.ts';
import { ROOT, SimulatedDevice } from '../simulator/world/device.ts';
import { World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
const peaceful = { seed: 71, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

it('goes on in a log of its own as a copy of another machine, and the original in its own', async () => {
  const world = new World(peaceful);
  await world.begin();
  const { schedule } = world;
  const [ada, ben] = world.places.map(({ device }) => device) as [SimulatedDevice, SimulatedDevice];
  const settle = async (device: SimulatedDevice): Promise<void> => {
    const waiting = device.api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
    expect(await schedule.during(waiting, 2 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
  };
  ada.disk.user.write(`${ROOT}/file`, Buffer.from('of ada'));
  ada.disk.user.write(`${ROOT}/other`, Buffer.from('of ada, too'));
  await settle(ada);
  await schedule.during(ada.stop(), SYNC_MS);

  const copy = new SimulatedDevice(schedule, world.internet, 'copy');
  copy.disk.restore(ada.disk.image());
  copy.store.restore(ada.store.image());
  await schedule.during(copy.start(), SYNC_MS);
  expect(copy.id).toBe(ada.id);
  copy.disk.user.write(`${ROOT}/file`, Buffer.from('of the copy'));
  copy.disk.user.remove(`${ROOT}/other`);
  await settle(copy);
  await schedule.during(copy.stop(), SYNC_MS);

  ada.disk.user.write(`${ROOT}/more`, Buffer.from('of ada again'));
  await schedule.during(ada.start(), SYNC_MS);
  await settle(ada);
  const wrong = [...treesDiffer(world), ...(await unsettled(world)), ...(await brokenLogs(world, new Map()))];
  expect(wrong).toEqual([]);
  const texts = [...world.place(1).person.tree()].map(([path, { bytes }]) => `${path}: ${Buffer.from(bytes)}`);
  expect(texts).toEqual(['file: of the copy', 'more: of ada again']);
  for (const device of [ada, ben]) device.lastBreath();
});
