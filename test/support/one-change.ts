import { HIDDEN } from '../../daemon/engine/disk/places.ts';
import { HONEST } from '../simulator/watcher.ts';
import { ROOT, type SimulatedDevice } from '../simulator/world/device.ts';
import { World } from '../simulator/world/world.ts';

/** Files and directories in one directory: the cost of one change may depend on these, and on how deep the tree is. */
const FILES_EACH = 20;
const DIRECTORIES_EACH = 10;
const SYNC_MS = 30 * 60_000;
/** Starting is over, and its housekeeping too. */
const REST_MS = 70_000;
/** A change has come to all disks well before this. */
const CHANGE_MS = 5000;
/** Holds the same few files however many there are elsewhere. */
const SMALL_ONE = `${ROOT}/small`;
/** Below the pause in which a scanner gathers hints. */
const PUNCTUAL_MS = 5;
const MTIME_NS = 1_600_000_000_000_000_000n;
const peaceful = { seed: 51, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };

/** What one change costs: calls to both disks and databases, rows read and written, and jobs of the merge workers. */
export type Cost = number;

/** The cost of some changes, each by itself, in a folder of so many files that two devices share. */
export async function costOfChanges(files: number): Promise<Readonly<Record<string, Cost>>> {
  const world = new World(peaceful);
  const devices = world.places.map(({ device }) => device);
  for (const device of devices) {
    fill(device, files);
    // What is hinted at in two scans costs two: only what one change costs is asked here.
    device.setLies({ ...HONEST, lateMs: PUNCTUAL_MS });
  }
  await world.begin();
  const [ada] = devices;
  if (ada === undefined) throw new Error('a world without devices');
  const waiting = ada.api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal);
  const { inSync, missing } = await world.schedule.during(waiting, 2 * SYNC_MS);
  if (!inSync) throw new Error(missing.join('; '));
  await world.schedule.pass(REST_MS);

  let jobs = 0;
  world.schedule.onNote = (line) => {
    if (/ merge \w+$/.test(line)) jobs += 1;
  };
  const spent = (): number =>
    jobs + devices.reduce((sum, { store, operations }) => sum + operations.count + store.rows, 0);
  const costs: Record<string, Cost> = {};
  const { user } = ada.disk;
  const at = directoryOf(3);
  const changes: Readonly<Record<string, () => void>> = {
    create: () => user.write(`${at}/new`, Buffer.from('new')),
    edit: () => user.write(`${at}/new`, Buffer.from('edited')),
    rename: () => user.rename(`${at}/new`, `${directoryOf(4)}/renamed`),
    'rename of a directory': () => user.rename(SMALL_ONE, `${directoryOf(6)}/moved`),
    delete: () => user.remove(`${directoryOf(4)}/renamed`),
  };
  for (const [name, change] of Object.entries(changes)) {
    const before = spent();
    change();
    await world.schedule.pass(CHANGE_MS);
    costs[name] = spent() - before;
    requireEqual(devices, name);
  }
  for (const device of devices) device.lastBreath();
  return costs;
}

function requireEqual(devices: readonly SimulatedDevice[], after: string): void {
  const [first, ...others] = devices.map(({ disk }) => [...disk.user.tree(ROOT, [HIDDEN]).keys()].join('\n'));
  if (others.some((other) => other !== first)) throw new Error(`the disks differ after: ${after}`);
}

/** The same path in a folder of any size. */
function directoryOf(leaf: number): string {
  let path = '';
  for (let rest = leaf + 1; rest > 0; rest = Math.floor((rest - 1) / DIRECTORIES_EACH))
    path = `/d${(rest - 1) % DIRECTORIES_EACH}${path}`;
  return `${ROOT}${path}`;
}

function fill({ disk }: SimulatedDevice, files: number): void {
  for (let file = 0; file < files; file += 1) {
    const directory = directoryOf(Math.floor(file / FILES_EACH));
    if (file % FILES_EACH === 0) disk.user.makeDirectories(directory);
    disk.user.write(`${directory}/f${file}`, Buffer.from(`file ${file}`));
    disk.user.setMtime(`${directory}/f${file}`, MTIME_NS);
  }
  disk.user.makeDirectories(SMALL_ONE);
  for (const name of ['a', 'b', 'c']) {
    disk.user.write(`${SMALL_ONE}/${name}`, Buffer.from(name));
    disk.user.setMtime(`${SMALL_ONE}/${name}`, MTIME_NS);
  }
  disk.writeBack();
}
