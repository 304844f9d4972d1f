import { expect, it } from 'vitest';
import { ROOT } from '../simulator/world/device.ts';
import { type Place, World } from '../simulator/world/world.ts';
import { noise } from '../support/curious-tree.ts';

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

const prose = (index: number): Uint8Array => Buffer.from(`paper ${index} `.repeat(200));
const textAt = ({ person }: Place, path: string): string =>
  Buffer.from(person.tree().get(path)?.bytes ?? '').toString();

/** Everything encrypted on the first device, whose person agrees. */
async function encrypt(world: World): Promise<void> {
  const [ada, ben] = [world.place(0), world.place(1)];
  for (let index = 0; index < FILES; index += 1)
    ada.device.disk.user.write(`${ROOT}/large/${index}`, noise(`ransom ${index}`, 2000));
  await world.schedule.during(ada.device.api.approve({ id: await heldBy(world, ada) }), SYNC_MS);
  ada.device.disk.user.write(`${ROOT}/note`, Buffer.from('pay'));
  await heldBy(world, ben);
  await restart(world, ben);
  expect(await world.schedule.during(ben.device.api.pending(), SYNC_MS)).toEqual([]);
}

it('keeps what others encrypted off this disk, and gives them back what was there', async () => {
  const world = await beginWith(prose);
  const [ada, ben] = [world.place(0), world.place(1)];
  await encrypt(world);
  const id = await heldBy(world, ben);
  const [batch] = await world.schedule.during(ben.device.api.pending(), SYNC_MS);
  expect(batch).toMatchObject({ code: 'mass-rewrite', direction: 'receiving', changes: FILES });
  expect(batch?.message).toContain('rewritten by others');
  expect(batch?.paths.every((path) => path.startsWith('large/'))).toBe(true);
  expect(textAt(ben, 'large/7')).toBe(prose(7).toString());
  expect(textAt(ben, 'note')).toBe('pay');
  await world.schedule.during(ben.device.api.reject({ id }), SYNC_MS);
  await settle(world, ada);
  expect(textAt(ada, 'large/7')).toBe(prose(7).toString());
  expect(ada.person.tree().size).toBe(FILES + 2);
  for (const { device } of world.places) device.lastBreath();
});

it('takes what others encrypted once a person agrees, and any ordinary rewriting at once', async () => {
  const world = await beginWith(prose);
  const [ada, ben] = [world.place(0), world.place(1)];
  for (let index = 0; index < FILES; index += 1)
    ada.device.disk.user.write(`${ROOT}/large/${index}`, prose(index + FILES));
  await settle(world, ada);
  expect(textAt(ben, 'large/7')).toBe(prose(7 + FILES).toString());
  await encrypt(world);
  await world.schedule.during(ben.device.api.approve({ id: await heldBy(world, ben) }), SYNC_MS);
  await restart(world, ben);
  await settle(world, ada);
  expect(textAt(ben, 'large/7')).toBe(noise('ransom 7', 2000).toString());
  for (const { device } of world.places) device.lastBreath();
});
