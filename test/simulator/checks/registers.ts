import { derivedAnew, derivedAsKept, unreachable } from '../../support/index-recount.ts';
import type { World } from '../world/world.ts';
import { indexOf } from './true-names.ts';

/** Every device's index counts right, is done with everything, and can reach all that it wants. */
export async function unsettled(world: World): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { device } of world.places) {
    const index = indexOf(device);
    const kept = await derivedAsKept(index);
    const lost = await unreachable(index);
    if (kept.dirty.length > 0) found.push(`${device.name} is not done with ${kept.dirty.join(' ')}`);
    if (lost.length > 0) found.push(`${device.name} can not reach ${lost.join(' ')}`);
    if (plain(kept) !== plain(await derivedAnew(index))) found.push(`the index of ${device.name} has miscounted`);
  }
  return found;
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part !== 'object' || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
}
