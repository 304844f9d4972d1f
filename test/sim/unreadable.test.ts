import { expect, it } from 'vitest';
import type { WaitResult } from '../../protocol/local-api.ts';
import { ROOT } from '../simulator/world/device.ts';
import { type Trigger, World } from '../simulator/world/world.ts';

const SYNC_MS = 30_000;
const peaceful = { seed: 11, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** No file that is new can be read: its name is the last thing the disk tells of it. */
const unreadable: Trigger = ({ call, subject }) =>
  call === 'openFile' && subject.endsWith('secret') ? { kind: 'error', code: 'EACCES' } : undefined;

it('never says that all is in sync while a file can not be read, and names it', async () => {
  const world = new World(peaceful);
  await world.begin();
  const [ada, ben] = [world.place(0), world.place(1)];
  const wait = ({ device }: typeof ada, timeoutMs: number): Promise<WaitResult> =>
    world.schedule.during(device.api.wait({ timeoutMs }, new AbortController().signal), 2 * SYNC_MS);
  ada.triggers.add(unreadable);
  ada.device.disk.user.write(`${ROOT}/secret`, Buffer.from('secret'));
  expect((await wait(ada, 5000)).missing).toEqual([expect.stringContaining('secret: ')]);
  expect((await wait(ben, 5000)).missing).toEqual([expect.stringContaining('ada is still looking at its disk')]);
  ada.triggers.delete(unreadable);
  expect(await wait(ben, SYNC_MS)).toEqual({ inSync: true, missing: [] });
  expect([...ben.person.tree().keys()]).toEqual(['secret']);
  ada.triggers.add(unreadable);
  ada.device.disk.user.write(`${ROOT}/other secret`, Buffer.from('another'));
  expect((await wait(ada, 5000)).inSync).toBe(false);
  ada.device.disk.user.remove(`${ROOT}/other secret`);
  expect(await wait(ada, SYNC_MS)).toEqual({ inSync: true, missing: [] });
  for (const { device } of world.places) device.lastBreath();
});
