import { nameOf } from '../world/ledger.ts';
import type { Place, World } from '../world/world.ts';
import { trueNames } from './true-names.ts';

/** One line for each thing in the folder on a device's disk, under its true name. */
export function describeTree(place: Place): readonly string[] {
  const trueName = trueNames(place.device);
  const found = [...place.person.tree()].map(([path, { kind, bytes, mode, mtimeNs }]) => {
    const name = trueName(path);
    if (kind === 'file') return `${name} = ${nameOf(bytes)} ${(mode & 0o100) !== 0 ? 'x' : '-'} ${mtimeNs}`;
    return kind === 'symlink' ? `${name} → ${nameOf(bytes)}` : `${name} (${kind})`;
  });
  return found.toSorted();
}

/** Every disk shows the same. */
export function treesDiffer(world: World): readonly string[] {
  const first = describeTree(world.place(0));
  return world.places.slice(1).flatMap((place) => {
    const other = describeTree(place);
    const only = (one: readonly string[], two: readonly string[]): string =>
      one.filter((line) => !two.includes(line)).join('; ') || 'nothing';
    if (other.join('\n') === first.join('\n')) return [];
    const names = [world.place(0).device.name, place.device.name];
    return [`disks differ: only ${names[0]} has ${only(first, other)}; only ${names[1]} has ${only(other, first)}`];
  });
}
