import { expect, it } from 'vitest';
import { brokenLogs } from '../simulator/checks/logs.ts';
import { unsettled } from '../simulator/checks/registers.ts';
import { treesDiffer } from '../simulator/checks/trees.ts';
import type { Fault } from '../simulator/disk/operations.ts';
import type { VirtualDisk } from '../simulator/disk/virtual-disk.ts';
import { ROOT } from '../simulator/world/device.ts';
import { type Trigger, World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
/** Longest that a folder rests before it looks again whether the database works. */
const REST_MS = 60_000;
const peaceful = { seed: 21, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** Fails one write of the database, and the next attempts to open it anew. */
function failing(write: number, opens: number, fault: Fault, fired: () => void): Trigger {
  let writes = 0;
  let left = opens;
  return ({ room, call }) => {
    if (room !== 'store') return undefined;
    if (call === 'open') {
      left -= 1;
      return left >= 0 ? { kind: 'error', code: 'EACCES' } : undefined;
    }
    if (!call.startsWith('write')) return undefined;
    writes += 1;
    if (writes !== write) return undefined;
    fired();
    return fault;
  };
}

async function live(device: number, write: number, opens: number, fault: Fault): Promise<void> {
  const world = new World(peaceful);
  await world.begin();
  const wait = async (): Promise<void> => {
    const { api } = world.place(0).device;
    const waiting = api.wait({ timeoutMs: REST_MS + SYNC_MS }, new AbortController().signal);
    expect(await world.schedule.during(waiting, 2 * (REST_MS + SYNC_MS))).toEqual({ inSync: true, missing: [] });
  };
  const [{ user }, other] = world.places.map((place) => place.device.disk) as [VirtualDisk, VirtualDisk];
  user.write(`${ROOT}/old`, Buffer.from('old'));
  user.write(`${ROOT}/moves`, Buffer.from('moves'));
  await wait();
  let fired = false;
  world.place(device).triggers.add(failing(write, opens, fault, () => (fired = true)));
  user.rename(`${ROOT}/moves`, `${ROOT}/moved`);
  user.write(`${ROOT}/old`, Buffer.from('edited'));
  await world.schedule.pass(700);
  other.user.write(`${ROOT}/theirs`, Buffer.from('theirs'));
  await world.schedule.pass(700);
  user.remove(`${ROOT}/old`);
  await wait();
  expect(fired).toBe(true);
  const wrong = [...treesDiffer(world), ...(await unsettled(world)), ...(await brokenLogs(world, new Map()))];
  expect(wrong).toEqual([]);
  expect([...world.place(1).person.tree().keys()]).toEqual(['moved', 'theirs']);
  for (const place of world.places) place.device.lastBreath();
}

const kinds: readonly Fault[] = [
  { kind: 'error', code: 'ENOSPC' },
  { kind: 'half', code: 'EIO' },
  { kind: 'lost-sync' },
];
const writes = [1, 2];
const cases = kinds.flatMap((fault) => [0, 1].flatMap((device) => writes.map((write) => ({ fault, device, write }))));

it.each(cases)('goes on by itself after a write of the database failed: %o', ({ fault, device, write }) =>
  live(device, write, write % 3, fault),
);
