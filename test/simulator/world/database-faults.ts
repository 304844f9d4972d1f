import { forgetGone } from '../../../daemon/store/forget-gone.ts';
import { FOLDER } from '../checks/rows.ts';
import type { Fault } from './script.ts';
import type { Place, Trigger, World } from './world.ts';

const LONG_MS = 40 * 24 * 60 * 60 * 1000;

/** The database of a device that is down loses rows in silence. */
export function loseRows(world: World, { device }: Place, fault: Extract<Fault, { kind: 'lose' }>): void {
  const { dice } = world.schedule;
  for (const key of device.store.keys()) {
    if (!fault.kinds.includes(String.fromCharCode(key[0] ?? 0)) || !dice.chance(fault.share)) continue;
    world.count('a row was lost');
    device.store.lose(key);
  }
}

/** What is gone has been gone for long: the index forgets it, as it would after a month. */
export function forget(world: World, { device }: Place): void {
  if (!device.ready) return;
  const { store } = device.running;
  const sweep = (nowMs: number): Promise<number> => forgetGone(store, FOLDER, nowMs, (work) => work());
  void sweep(0)
    .then(() => sweep(LONG_MS))
    .then((forgotten) => {
      if (forgotten > 0) world.count('a deleted file was forgotten');
    })
    // Something may be wrong with its database.
    .catch((error: unknown) => world.schedule.note(`${device.name} forgets nothing: ${String(error)}`));
}

/** A write of the database fails, and so do the next attempts to open it anew. */
export function trouble(world: World, { triggers }: Place, fault: Extract<Fault, { kind: 'trouble' }>): void {
  let { writes, opens } = fault;
  let failed = false;
  const trigger: Trigger = ({ room, call }) => {
    if (room !== 'store') return undefined;
    if (failed && call === 'open') {
      opens -= 1;
      return opens >= 0 ? { kind: 'error', code: 'EACCES' } : undefined;
    }
    if (failed || !call.startsWith('write')) return undefined;
    writes -= 1;
    if (writes >= 0) return undefined;
    failed = true;
    world.disturbances += 1;
    world.count('a write of a database failed');
    return fault.how === 'lost-sync' ? { kind: 'lost-sync' } : { kind: fault.how, code: 'ENOSPC' };
  };
  triggers.add(trigger);
}
