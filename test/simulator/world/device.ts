import { createMergeHost, type MergeJob, type MergeResult } from '../../../daemon/core/merge/merge-jobs.ts';
import type { KeyValueStore } from '../../../daemon/effects/key-value-store.ts';
import { Daemon } from '../../../daemon/engine/daemon.ts';
import { deviceFrom } from '../../../daemon/engine/device.ts';
import { createDiskHost } from '../../../daemon/engine/disk/disk-host.ts';
import { makeWindow } from '../../../daemon/engine/disk/hash.ts';
import type { DiskJob, DiskResult } from '../../../daemon/engine/disk/jobs.ts';
import { HIDDEN } from '../../../daemon/engine/disk/places.ts';
import type { Environment } from '../../../daemon/engine/environment.ts';
import { ensureContinuity, rememberStop } from '../../../daemon/store/continuity.ts';
import { type DeviceState, loadDevice, saveDevice } from '../../../daemon/store/device-state.ts';
import { toHex } from '../../../protocol/bytes.ts';
import type { DeviceId, InstanceId } from '../../../protocol/ids.ts';
import type { LocalApi } from '../../../protocol/local-api.ts';
import { createSimulatedClock, EPOCH_MS, type WallClock } from '../clock.ts';
import type { Choose } from '../disk/choices.ts';
import { Operations } from '../disk/operations.ts';
import type { DiskOptions } from '../disk/options.ts';
import { randomCut } from '../disk/power-cut.ts';
import { VirtualDisk } from '../disk/virtual-disk.ts';
import { Life } from '../life.ts';
import type { Internet } from '../network/internet.ts';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import type { Schedule } from '../schedule.ts';
import { createSlowStore } from '../slow-store.ts';
import { type StoreImage, VirtualStore } from '../store.ts';
import { createTraceLogger } from '../trace.ts';
import { HONEST, SimulatedWatcher, type WatcherLies } from '../watcher.ts';
import { createSimulatedPool } from '../worker-pool.ts';

/** Where every device keeps its folder, and what it may find unmounted. */
export const ROOT = '/sync/folder';

/** Where what is in the folder stands while the root is away. */
export const AWAY = '/sync/away';

/** One for all devices that ever start: a new one each would be most of what there is to collect. */
const WINDOW = makeWindow();

/** Two disk workers, as the daemon has. */
const DISK_WORKERS = 2;

/** What is there of a device only while its daemon runs. */
interface Run {
  readonly life: Life;
  readonly daemon: Daemon;
  readonly store: KeyValueStore;
}

/** One machine: a disk, a database, a wall clock, and now and then a daemon that runs on them. */
export class SimulatedDevice {
  readonly name: string;
  readonly disk: VirtualDisk;
  readonly store: VirtualStore;
  readonly operations = new Operations();
  readonly wall: WallClock = { skewMs: 0 };
  lies: WatcherLies = HONEST;
  /** How often the power went. */
  powerCuts = 0;
  /** Errors and warnings of the daemon, for people. */
  onLog: ((line: string) => void) | undefined;
  readonly #schedule: Schedule;
  readonly #internet: Internet<SimulatedNetwork>;
  readonly #address: string;
  #id: DeviceId | undefined;
  /** From the start of the process on, before there is a run. */
  #life: Life | undefined;
  #run: Run | undefined;
  #watcher: SimulatedWatcher | undefined;
  /** What a daemon that stopped in good order leaves beside its database. */
  #stopMark: string | undefined;

  constructor(
    schedule: Schedule,
    internet: Internet<SimulatedNetwork>,
    name: string,
    options: Partial<DiskOptions> = {},
  ) {
    this.name = name;
    this.#schedule = schedule;
    this.#internet = internet;
    this.#address = internet.freshAddress();
    const nowNs = (): bigint => BigInt(Math.floor((EPOCH_MS + schedule.nowMs + this.wall.skewMs) * 1000)) * 1000n;
    this.disk = new VirtualDisk({ options, nowNs, operations: this.operations });
    this.disk.onChange = (directory, changed) => this.#watcher?.changed(directory, changed);
    this.store = new VirtualStore({ operations: this.operations });
    this.disk.user.makeDirectories(ROOT);
  }

  /** True from the start of its process to the end. */
  get up(): boolean {
    return this.#life !== undefined;
  }

  /** Known once the device was up. */
  get id(): DeviceId {
    if (this.#id === undefined) throw new Error(`${this.name} was never started`);
    return this.#id;
  }

  /** The daemon's local API; the device must be up. */
  get api(): LocalApi {
    return this.running.daemon;
  }

  /** True once the daemon answers. */
  get ready(): boolean {
    return this.#run !== undefined;
  }

  get running(): Run {
    if (this.#run === undefined) throw new Error(`${this.name} is down`);
    return this.#run;
  }

  /** Starts the daemon, as its `main` does. Rejects as that would, and then the process has ended. */
  async start(): Promise<void> {
    const life = new Life(this.#schedule, this.name);
    this.#life = life;
    try {
      await this.#start(life);
    } catch (error) {
      if (!life.ended) this.kill();
      throw error;
    }
  }

  async #start(life: Life): Promise<void> {
    const random = { bytes: (count: number) => this.#schedule.dice.bytes(count) };
    const store = await this.store.open();
    const mark = this.#stopMark;
    this.#stopMark = undefined;
    await ensureContinuity(store, mark, random);
    const state = await this.#ensureState(store);
    const device = deviceFrom(state);
    this.#id = device.id;
    const watcher = new SimulatedWatcher(life, this.disk);
    watcher.lies = this.lies;
    this.#watcher = watcher;
    const environment = this.#environment(life, store, watcher, device.id);
    const daemon = new Daemon(environment, device);
    await daemon.start();
    if (!life.ended) this.#run = { life, daemon, store };
  }

  async #ensureState(store: KeyValueStore): Promise<DeviceState> {
    const known = loadDevice(store);
    if (known !== undefined) return known;
    const { dice } = this.#schedule;
    const state: DeviceState = {
      identitySeed: dice.bytes(32),
      boxSeed: dice.bytes(32),
      instance: toHex(dice.bytes(16)) as InstanceId,
      name: this.name,
    };
    await saveDevice(store, state);
    return state;
  }

  #environment(life: Life, store: KeyValueStore, watcher: SimulatedWatcher, id: DeviceId): Environment {
    const { user } = this.disk;
    const { dice } = this.#schedule;
    const merge = createMergeHost();
    return {
      store: createSlowStore(life, store),
      network: new SimulatedNetwork(this.#internet, life, id, this.#address),
      disk: createSimulatedPool<DiskJob, DiskResult>(
        life,
        'disk',
        DISK_WORKERS,
        createDiskHost(this.disk.openFileSystem(), () => WINDOW),
      ),
      merge: createSimulatedPool<MergeJob, MergeResult>(life, 'merge', 1, merge),
      watcher,
      clock: createSimulatedClock(life, this.wall),
      random: { bytes: (count) => dice.bytes(count) },
      logger: createTraceLogger(life, (line) => this.onLog?.(line)),
      realPath: (path) => user.realPath(path),
      pathKind: (path) => kindFor(user.kindOf(path)),
      makeDirectory: (path) => user.makeDirectories(path),
      // So that files of this world are large too.
      segmentBytes: 64 * 1024,
      countEntries: (path, limit) => Math.min(limit, user.tree(path, [HIDDEN]).size),
      version: { version: '0.0.0', node: 'simulated' },
    };
  }

  setLies(lies: WatcherLies): void {
    this.lies = lies;
    if (this.#watcher !== undefined) this.#watcher.lies = lies;
  }

  /** Ends the daemon in good order. */
  async stop(): Promise<void> {
    const { life, daemon, store } = this.running;
    this.#run = undefined;
    await daemon.stop();
    if (life.ended) return;
    this.#end(life);
    // The mark is the last write of a run; here the database is opened once more for it.
    await store.close();
    const again = await this.store.open();
    this.#stopMark = toHex(this.#schedule.dice.bytes(16));
    await rememberStop(again, this.#stopMark);
    await again.close();
    this.disk.kill();
  }

  /** kill -9: what was written stays, and nothing else happens any more. */
  kill(): void {
    const life = this.#life;
    if (life !== undefined) this.#end(life);
    if (life !== undefined) this.#internet.gone(life, true);
    this.disk.kill();
    this.store.kill();
  }

  /** Nothing reaches the process any more; `kill` or `powerCut` has to follow. */
  lastBreath(): void {
    this.#life?.end();
    this.#run = undefined;
  }

  /** The power goes, and comes back. */
  powerCut(choose: Choose): void {
    this.powerCuts += 1;
    const life = this.#life;
    if (life !== undefined) this.#end(life);
    if (life !== undefined) this.#internet.gone(life, false);
    this.disk.powerCut(randomCut(choose));
    this.store.powerCut(choose);
  }

  /** Puts an old state database in place of this one; the daemon must be down. */
  restore(image: StoreImage): void {
    this.store.restore(image);
  }

  #end(life: Life): void {
    life.end();
    this.#life = undefined;
    this.#run = undefined;
    this.#watcher = undefined;
  }
}

function kindFor(kind: string | undefined): 'file' | 'directory' | 'other' | undefined {
  if (kind === undefined || kind === 'file' || kind === 'directory') return kind;
  return 'other';
}
