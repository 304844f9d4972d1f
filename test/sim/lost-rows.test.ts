import { expect, it } from 'vitest';
import { brokenLogs } from '../simulator/checks/logs.ts';
import { unsettled } from '../simulator/checks/registers.ts';
import { treesDiffer } from '../simulator/checks/trees.ts';
import { ROOT } from '../simulator/world/device.ts';
import { World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const peaceful = { seed: 31, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** Which rows of the register documents a database lost while the daemon was down: kinds as in daemon/store/keys.ts. */
const losses: readonly (readonly [string, (kind: string, place: number, of: number) => boolean])[] = [
  ['the last changes', (kind, place, of) => kind === 't' && place >= of / 2],
  ['the first changes', (kind, place, of) => kind === 't' && place < of / 2],
  ['all changes', (kind) => kind === 't'],
  ['what tells of some', (kind, place) => kind === 'o' && place % 2 === 1],
  ['what tells of all', (kind) => kind === 'o'],
  ['the number of documents', (kind, place) => kind === 'o' && place === 0],
  ['some documents and what tells of them', (kind, place) => kind === 't' || (kind === 'o' && place > 2)],
  ['everything', (kind) => kind === 't' || kind === 'x' || kind === 'o'],
];

it.each(losses)('builds the registers anew from the logs when the database lost %s', async (_, isLost) => {
  const world = new World(peaceful);
  await world.begin();
  const [ada, ben] = [world.place(0).device, world.place(1).device];
  const settle = async (): Promise<void> => {
    const waiting = ada.api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
    expect(await world.schedule.during(waiting, 2 * SYNC_MS)).toEqual({ inSync: true, missing: [] });
  };
  for (const name of NAMES) ada.disk.user.write(`${ROOT}/${name}`, Buffer.from(`${name} 1`));
  await settle();
  for (const name of NAMES) ben.disk.user.write(`${ROOT}/${name}`, Buffer.from(`${name} 2`));
  await settle();
  await world.schedule.during(ada.stop(), SYNC_MS);
  const rows = Map.groupBy(ada.store.keys(), (key) => String.fromCharCode(key[0] ?? 0));
  for (const [kind, keys] of rows)
    for (const [place, key] of keys.entries()) if (isLost(kind, place, keys.length)) ada.store.lose(key);
  const notes: string[] = [];
  ada.onLog = (line) => notes.push(line);
  await world.schedule.during(ada.start(), SYNC_MS);
  ada.disk.user.write(`${ROOT}/a`, Buffer.from('a 3'));
  ada.disk.user.rename(`${ROOT}/b`, `${ROOT}/b 3`);
  ben.disk.user.write(`${ROOT}/c`, Buffer.from('c 3'));
  ben.disk.user.remove(`${ROOT}/d`);
  await settle();
  expect(notes.filter((note) => note.includes('is built anew'))).not.toEqual([]);
  const wrong = [...treesDiffer(world), ...(await unsettled(world)), ...(await brokenLogs(world, new Map()))];
  expect(wrong).toEqual([]);
  const texts = [...world.place(0).person.tree()].map(([path, { bytes }]) => `${path}: ${Buffer.from(bytes)}`);
  expect(texts).toEqual(['a: a 3', 'b 3: b 2', 'c: c 3', 'e: e 2', 'f: f 2']);
  for (const { device } of world.places) device.lastBreath();
});
