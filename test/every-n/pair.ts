import type { FolderState } from '../../protocol/local-api.ts';
import type { DiskOptions } from '../simulator/disk/options.ts';
import type { DiskImage } from '../simulator/disk/virtual-disk.ts';
import { Internet } from '../simulator/network/internet.ts';
import type { SimulatedNetwork } from '../simulator/network/simulated-network.ts';
import { Schedule } from '../simulator/schedule.ts';
import type { StoreImage } from '../simulator/store.ts';
import { ROOT, SimulatedDevice } from '../simulator/world/device.ts';

/** Everything is the same for every case of a scenario, so that the n-th operation is always the same one. */
const SEED = 1;
const START_MS = 30_000;
/** How often the states are looked at while something is waited for. */
const LOOK_MS = 200;
/** Tries to join again after one that failed, before something must be wrong. */
const JOIN_TRIES = 5;
/** Looks that have to find both in sync, one after another. */
const QUIET_LOOKS = 3;

/** What disks the two have; the second that of the first when nothing is said. */
interface Disks {
  readonly options?: Partial<DiskOptions>;
  readonly benOptions?: Partial<DiskOptions>;
}

/** Two devices, stopped in good order. */
export interface PairImage {
  readonly nowMs: number;
  readonly devices: readonly { readonly disk: DiskImage; readonly store: StoreImage }[];
}

/** Two devices with real daemons on simulated effects. The first shares a folder, the second joins it when told to. */
export class Pair {
  readonly schedule = new Schedule(SEED);
  readonly internet = new Internet<SimulatedNetwork>(this.schedule);
  readonly devices: readonly [SimulatedDevice, SimulatedDevice];
  /** An attempt to join, until it has failed. */
  #joining: Promise<void> | undefined;
  #joinsLeft = JOIN_TRIES;

  constructor({ options = {}, benOptions = options }: Disks, image?: PairImage) {
    if (image !== undefined) this.schedule.nowMs = image.nowMs;
    const { schedule, internet } = this;
    this.devices = [
      new SimulatedDevice(schedule, internet, 'ada', options),
      new SimulatedDevice(schedule, internet, 'ben', benOptions),
    ];
    for (const [index, each] of this.devices.entries()) {
      const from = image?.devices[index];
      if (from === undefined) continue;
      each.disk.restore(from.disk);
      each.store.restore(from.store);
    }
  }

  async start(device: SimulatedDevice): Promise<void> {
    await this.schedule.during(device.start(), START_MS);
    this.#joining = undefined;
    this.#joinsLeft = JOIN_TRIES;
  }

  async add(): Promise<void> {
    await this.schedule.during(this.devices[0].api.add({ path: ROOT, name: 'shared' }), START_MS);
  }

  /** Tries to join, if that is not done or under way. What fails is tried again with the next call. */
  async join(): Promise<void> {
    const [ada, ben] = this.devices;
    if (this.#joining !== undefined || this.#joinsLeft === 0 || !ben.ready || (await ben.api.folders()).length > 0)
      return;
    this.#joinsLeft -= 1;
    const attempt = async (): Promise<void> => {
      const { ticket } = await ada.api.invite({ folder: 'shared' });
      await ben.api.join({ ticket, path: ROOT });
    };
    this.#joining = attempt().catch(() => {
      this.#joining = undefined;
    });
  }

  async states(): Promise<readonly FolderState[]> {
    const all = await Promise.all(this.devices.map((device) => device.api.status()));
    return all.map(({ folders }) => folders[0]?.state ?? 'starting');
  }

  /**
   * Lets time pass until both have said for a while that they are in sync. False when they never do, or when one dies.
   * @param joins whether the second device has to be joined
   */
  async settle(withinMs: number, joins = false): Promise<boolean> {
    let quiet = 0;
    for (let passed = 0; passed < withinMs; passed += LOOK_MS) {
      if (this.devices.some((device) => !device.ready)) return false;
      if (joins) await this.join();
      const states = await this.states();
      quiet = states.every((state) => state === 'in-sync') ? quiet + 1 : 0;
      if (quiet === QUIET_LOOKS) return true;
      await this.schedule.pass(LOOK_MS);
    }
    return false;
  }

  /** Stops both and takes them apart from this world. */
  async freeze(): Promise<PairImage> {
    for (const device of this.devices) await this.schedule.during(device.stop(), START_MS);
    return {
      nowMs: this.schedule.nowMs,
      devices: this.devices.map(({ disk, store }) => ({ disk: disk.image(), store: store.image() })),
    };
  }
}
