import { expect, it } from 'vitest';
import { ROOT } from '../simulator/world/device.ts';
import { type Place, World } from '../simulator/world/world.ts';

const FILES = 80;
const SYNC_MS = 60_000;
const peaceful = { seed: 7, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** Two devices with a directory of files, in sync. */
async function beginWith(content: (index: number) => Uint8Array): Promise<World> {
  const world = new World(peaceful);
  await world.begin();
  const { user } = world.place(0).device.disk;
  user.makeDirectories(`${ROOT}/large`);
  for (let index = 0; index < FILES; index += 1) user.write(`${ROOT}/large/${index}`, content(index));
  await settle(world, world.place(0));
  return world;
}

async function settle(world: World, { device }: Place): Promise<void> {
  const waiting = device.api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
  expect(await world.schedule.during(waiting, 2 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
}

async function heldBy(world: World, { device }: Place): Promise<string> {
  let id: string | undefined;
  for (let passed = 0; id === undefined && passed < SYNC_MS; passed += 100) {
    await world.schedule.pass(100);
    [id] = (await world.schedule.during(device.api.pending(), SYNC_MS)).map((batch) => batch.id);
  }
  if (id === undefined) throw new Error('nothing was held');
  return id;
}

async function restart(world: World, { device }: Place): Promise<void> {
  device.kill();
  await world.schedule.during(device.start(), SYNC_MS);
}

it('follows an approval after a restart, on both sides', async () => {
  const world = await beginWith((index) => Buffer.from(`file ${index}`));
  const [ada, ben] = [world.place(0), world.place(1)];
  ada.device.disk.user.remove(`${ROOT}/large`);
  await world.schedule.during(ada.device.api.approve({ id: await heldBy(world, ada) }), SYNC_MS);
  await restart(world, ada);
  await world.schedule.during(ben.device.api.approve({ id: await heldBy(world, ben) }), SYNC_MS);
  await restart(world, ben);
  await settle(world, ada);
  expect([...ben.person.tree().keys()]).toEqual([]);
  for (const { device } of world.places) device.lastBreath();
});
