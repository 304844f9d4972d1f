import { HIDDEN, TRASH } from '../../../daemon/engine/disk/places.ts';
import { AWAY, ROOT } from './device.ts';
import { nameOf } from './ledger.ts';
import type { Place, World } from './world.ts';

/**
 * Cuts the power of one device. What only its own disk had is nobody's fault but the cut's; what others have too must
 * not be lost by it. Bytes that the cut made up may stand where they are.
 */
export function powerCut(world: World, place: Place): void {
  const { dice } = world.schedule;
  losingDisk(world, place, () => place.device.powerCut((options) => dice.below(options)));
}

/** As a power cut, whatever it is that takes away what was on the disk. */
export function losingDisk(world: World, place: Place, happen: () => void): void {
  const before = contentsOf(place);
  happen();
  const after = contentsOf(place);
  const elsewhere = new Set(
    world.places.filter((other) => other !== place).flatMap((other) => [...contentsOf(other).names]),
  );
  for (const [name, bytes] of before.bytes)
    if (!after.names.has(name) && !elsewhere.has(name)) world.ledger.gaveUp(bytes);
  for (const name of before.directories) {
    if (!after.directories.has(name) && !elsewhere.has(`/${name}`)) world.ledger.directories.delete(name);
  }
  for (const [name, bytes] of after.bytes) if (!before.names.has(name)) world.ledger.wrote(bytes, 'a power cut', false);
}

interface Contents {
  /** Of every file, also in the trash; directories as '/name'. */
  readonly names: ReadonlySet<string>;
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  readonly directories: ReadonlySet<string>;
}

function contentsOf({ device }: Place): Contents {
  const { user } = device.disk;
  const bytes = new Map<string, Uint8Array>();
  const directories = new Set<string>();
  const homes = [ROOT, AWAY].filter((path) => user.kindOf(path) === 'directory');
  for (const [path, found] of homes.flatMap((home) => [...user.tree(home)])) {
    if (path.startsWith(`${HIDDEN}/`) && !path.startsWith(`${TRASH}/`)) continue;
    if (found.kind === 'file') bytes.set(nameOf(found.bytes), found.bytes);
    if (found.kind === 'directory') directories.add(path.slice(path.lastIndexOf('/') + 1));
  }
  return { names: new Set([...bytes.keys(), ...[...directories].map((name) => `/${name}`)]), bytes, directories };
}
