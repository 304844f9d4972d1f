import { asKept, type DiskOptions, LINUX_DISK } from '../disk/options.ts';
import { nameOf } from '../world/ledger.ts';
import type { Place, World } from '../world/world.ts';
import { trueNames } from './true-names.ts';

/**
 * One line for each thing in the folder on a device's disk, under its true name.
 * @param options times are told as this disk would keep them
 */
export function describeTree(place: Place, options: Pick<DiskOptions, 'stampNs'> = LINUX_DISK): readonly string[] {
  const trueName = trueNames(place.device);
  const found = [...place.person.tree()].map(([path, { kind, bytes, mode, mtimeNs }]) => {
    const name = trueName(path);
    const time = asKept(options, mtimeNs);
    if (kind === 'file') return `${name} = ${nameOf(bytes)} ${(mode & 0o100) !== 0 ? 'x' : '-'} ${time}`;
    return kind === 'symlink' ? `${name} → ${nameOf(bytes)}` : `${name} (${kind})`;
  });
  return found.toSorted();
}

/** Every disk shows the same. */
export function treesDiffer(world: World): readonly string[] {
  const coarsest = world.places
    .map(({ device }) => device.disk.tree.options)
    .reduce((a, b) => (a.stampNs < b.stampNs ? b : a));
  const first = describeTree(world.place(0), coarsest);
  return world.alike.slice(1).flatMap((place) => {
    const other = describeTree(place, coarsest);
    const only = (one: readonly string[], two: readonly string[]): string =>
      one.filter((line) => !two.includes(line)).join('; ') || 'nothing';
    if (other.join('\n') === first.join('\n')) return [];
    const names = [world.place(0).device.name, place.device.name];
    return [`disks differ: only ${names[0]} has ${only(first, other)}; only ${names[1]} has ${only(other, first)}`];
  });
}
