import { expect, it } from 'vitest';
import { ROOT } from '../simulator/world/device.ts';
import { type Trigger, World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
const SECOND = '/sync/second';
const peaceful = { seed: 81, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

it('keeps two folders of one device apart, also through a restart and a failing database', async () => {
  const world = new World(peaceful);
  await world.begin();
  const { schedule } = world;
  const [ada, ben] = [world.place(0), world.place(1)];
  const wait = async (folder?: string): Promise<void> => {
    const request = { timeoutMs: 2 * SYNC_MS, ...(folder === undefined ? {} : { folder }) };
    const waiting = ada.device.api.wait(request, new AbortController().signal);
    expect(await schedule.during(waiting, 4 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
  };
  for (const { device } of world.places) device.disk.user.makeDirectories(SECOND);
  await schedule.during(ada.device.api.add({ path: SECOND, name: 'second' }), SYNC_MS);
  const { ticket } = await schedule.during(ada.device.api.invite({ folder: 'second' }), SYNC_MS);
  await schedule.during(ben.device.api.join({ ticket, path: SECOND }), SYNC_MS);
  const show = (root: string): readonly string[] =>
    [...ben.device.disk.user.tree(root, ['.sheaf'])].map(([path, { bytes }]) => `${path}: ${Buffer.from(bytes)}`);
  const write = (text: string): void => {
    ada.device.disk.user.write(`${ROOT}/same`, Buffer.from(`first, ${text}`));
    ada.device.disk.user.write(`${SECOND}/same`, Buffer.from(`second, ${text}`));
  };
  const expectBoth = (text: string): void => {
    expect(show(ROOT)).toEqual([`same: first, ${text}`]);
    expect(show(SECOND)).toEqual([`same: second, ${text}`]);
  };
  write('new');
  await wait();
  expectBoth('new');

  ben.device.kill();
  write('edited');
  await schedule.during(ben.device.start(), SYNC_MS);
  await wait();
  expectBoth('edited');

  const failing: Trigger = ({ room, call }) => {
    if (room !== 'store' || !call.startsWith('write')) return undefined;
    ben.triggers.delete(failing);
    return { kind: 'half', code: 'ENOSPC' };
  };
  ben.triggers.add(failing);
  write('again');
  await wait('second');
  await wait();
  expect(ben.triggers.size).toBe(0);
  expectBoth('again');

  ada.device.disk.user.remove(`${SECOND}/same`);
  await wait();
  expect(show(SECOND)).toEqual([]);
  expect(show(ROOT)).toEqual(['same: first, again']);
  for (const { device } of world.places) device.lastBreath();
});
