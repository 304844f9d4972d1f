import { expect, it } from 'vitest';
import { FolderIndex } from '../../daemon/store/folder-index.ts';
import { unsettled } from '../simulator/checks/registers.ts';
import { rowsOf } from '../simulator/checks/rows.ts';
import { treesDiffer } from '../simulator/checks/trees.ts';
import { ROOT, type SimulatedDevice } from '../simulator/world/device.ts';
import { World } from '../simulator/world/world.ts';
import { entriesIn } from '../support/index-recount.ts';

const SYNC_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const NAMES = ['edited', 'moved', 'deleted too', 'untouched', 'made again'];
const peaceful = { seed: 41, devices: 3, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** A day with its housekeeping, after so many days in which nothing happened. */
async function days(world: World, count: number): Promise<void> {
  for (const { device } of world.places) device.wall.skewMs += (count - 1) * DAY_MS;
  await world.schedule.pass(1.1 * DAY_MS);
}

const rows = async (device: SimulatedDevice): Promise<number> =>
  (await entriesIn(new FolderIndex(rowsOf(device), 1))).length;

it('forgets files that are gone for long, and knows of them again when somebody comes back', async () => {
  const world = new World(peaceful);
  await world.begin();
  const [ada, ben, cleo] = world.places.map(({ device }) => device) as [
    SimulatedDevice,
    SimulatedDevice,
    SimulatedDevice,
  ];
  const settle = async (): Promise<void> => {
    const waiting = ada.api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
    expect(await world.schedule.during(waiting, 2 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
  };
  for (const name of NAMES) ada.disk.user.write(`${ROOT}/${name}`, Buffer.from(name));
  await settle();
  await world.schedule.during(cleo.stop(), SYNC_MS);
  for (const name of NAMES) ada.disk.user.remove(`${ROOT}/${name}`);
  await days(world, 1);
  await days(world, 29);
  expect([await rows(ada), await rows(ben)]).toEqual([NAMES.length, NAMES.length]);
  await days(world, 3);
  expect([await rows(ada), await rows(ben)]).toEqual([0, 0]);

  ben.disk.user.write(`${ROOT}/made again`, Buffer.from('anew'));
  cleo.disk.user.write(`${ROOT}/edited`, Buffer.from('edited away from home'));
  cleo.disk.user.rename(`${ROOT}/moved`, `${ROOT}/moved away`);
  cleo.disk.user.remove(`${ROOT}/deleted too`);
  await world.schedule.during(cleo.start(), SYNC_MS);
  await settle();
  expect([...treesDiffer(world), ...(await unsettled(world))]).toEqual([]);
  const texts = [...world.place(1).person.tree()].map(([path, { bytes }]) => `${path}: ${Buffer.from(bytes)}`);
  expect(texts).toEqual(['edited: edited away from home', 'made again: anew', 'moved away: moved']);
  for (const { device } of world.places) device.lastBreath();
});
