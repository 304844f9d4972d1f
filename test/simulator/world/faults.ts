import { HIDDEN } from '../../../daemon/engine/disk/places.ts';
import { announcedEarly } from '../checks/logs.ts';
import { describeTree } from '../checks/trees.ts';
import type { DiskImage } from '../disk/virtual-disk.ts';
import type { StoreImage } from '../store.ts';
import { HONEST } from '../watcher.ts';
import { forget, loseRows, trouble } from './database-faults.ts';
import { AWAY, ROOT } from './device.ts';
import { losingDisk, powerCut } from './power.ts';
import { ERRORS, type Fault } from './script.ts';
import type { Place, Trigger, World } from './world.ts';

const START_AGAIN_MS = 1000;
const PLENTY_BYTES = 2 ** 40;

interface Backup {
  readonly store: StoreImage;
  readonly disk: DiskImage;
}

/** Makes faults happen to a world, and ends them. */
export class Faults {
  readonly #world: World;
  /** What ends the faults that last, by what they are. */
  readonly #lasting = new Map<string, () => void>();
  readonly #backups = new Map<Place, Backup>();
  /** Those that lost what was durable, and got it from the others again. */
  readonly #restored = new Set<Place>();
  /** True once nothing may go wrong any more. */
  #over = false;

  constructor(world: World) {
    this.#world = world;
  }

  happen(fault: Fault): void {
    const { internet, schedule } = this.#world;
    const place = this.#world.place(fault.device);
    const { device } = place;
    this.#world.disturbances += 1;
    schedule.note(`${device.name} FAULT ${JSON.stringify(fault)}`);
    this.#world.count(`fault: ${fault.kind}`);
    switch (fault.kind) {
      case 'kill':
        device.kill();
        return this.#startLater(place, fault.downMs);
      case 'power-cut':
        powerCut(this.#world, place);
        return this.#startLater(place, fault.downMs);
      case 'stop':
        return this.#stop(place, fault.downMs);
      case 'die':
        return this.#dieAt(place, fault);
      case 'cut': {
        const [a, b] = [device.id, this.#world.idOf(fault.other)];
        internet.cut(a, b);
        return this.#until(fault.forMs, `cut ${[a, b].sort().join(' ')}`, () => internet.heal(a, b));
      }
      case 'drop':
        return internet.drop(device.id, this.#world.idOf(fault.other));
      case 'lies':
        device.setLies({ drops: fault.drops, invents: 0.2, overflows: 0.1, lateMs: fault.lateMs });
        return this.#until(fault.forMs, `lies ${device.name}`, () => device.setLies(HONEST));
      case 'errors':
        return this.#errors(place, fault);
      case 'full':
        device.disk.change({ capacityBytes: 0 });
        return this.#until(fault.forMs, `full ${device.name}`, () =>
          device.disk.change({ capacityBytes: PLENTY_BYTES }),
        );
      case 'unmount':
        return this.#unmount(place, fault.forMs);
      case 'unmark':
        return this.#unmark(place, fault.forMs);
      case 'clock':
        device.wall.skewMs += fault.byMs;
        return;
      case 'backup':
        return this.#stop(place, START_AGAIN_MS, () =>
          this.#backups.set(place, { store: device.store.image(), disk: device.disk.image() }),
        );
      case 'restore':
        return this.#restore(place);
      case 'rollback':
        return this.#rollBack(place);
      case 'lose':
        return this.#stop(place, START_AGAIN_MS, () => loseRows(this.#world, place, fault));
      case 'forget':
        return forget(this.#world, place);
      case 'trouble':
        return trouble(this.#world, place, fault);
    }
  }

  /** Ends all faults and starts all devices. */
  end(): void {
    this.#over = true;
    for (const finish of [...this.#lasting.values()]) finish();
    this.#lasting.clear();
    for (const place of this.#world.places) {
      place.triggers.clear();
      if (!place.device.up) this.#start(place);
    }
  }

  #until(forMs: number, what: string, finish: () => void): void {
    this.#lasting.set(what, finish);
    this.#world.schedule.after(forMs, `end of ${what}`, () => {
      if (this.#lasting.get(what) !== finish) return;
      this.#lasting.delete(what);
      finish();
    });
  }

  #startLater(place: Place, downMs: number): void {
    const { schedule } = this.#world;
    schedule.after(this.#over ? 0 : downMs, `${place.device.name} comes up`, () => {
      if (!place.device.up) this.#start(place);
    });
  }

  #start(place: Place): void {
    const { device } = place;
    if (!this.#restored.has(place)) {
      void announcedEarly(this.#world, place).then((early) => {
        for (const what of early) this.#world.blame(what);
      });
    }
    device.start().catch((error: unknown) => {
      this.#world.schedule.note(`${device.name} does not start: ${String(error)}`);
      this.#world.count('daemon did not start');
      this.#startLater(place, START_AGAIN_MS);
    });
  }

  #stop(place: Place, downMs: number, whileDown: () => void = () => undefined): void {
    const { device } = place;
    if (!device.ready) return;
    void device
      .stop()
      // It could not write its last row: then it ends as if it was killed.
      .catch(() => device.kill())
      .then(() => {
        // Something worse may have happened to it meanwhile.
        if (device.up) return;
        whileDown();
        this.#startLater(place, downMs);
      });
  }

  #restore(place: Place): void {
    const image = this.#backups.get(place);
    if (image === undefined) return;
    place.device.kill();
    place.device.restore(image.store);
    this.#restored.add(place);
    this.#startLater(place, START_AGAIN_MS);
  }

  /** The whole machine, as from a snapshot of it; not while something is wrong with where its root is. */
  #rollBack(place: Place): void {
    const backup = this.#backups.get(place);
    const { device } = place;
    const { user } = device.disk;
    if (backup === undefined || user.kindOf(`${ROOT}/${HIDDEN}/folder`) !== 'file') return;
    this.#world.count('a machine was rolled back');
    losingDisk(this.#world, place, () => {
      device.kill();
      device.restore(backup.store);
      device.disk.restore(backup.disk);
    });
    this.#restored.add(place);
    this.#startLater(place, START_AGAIN_MS);
  }

  #dieAt(place: Place, fault: Extract<Fault, { kind: 'die' }>): void {
    const { device, triggers } = place;
    let left = fault.operations;
    const trigger: Trigger = (operation) => {
      left -= 1;
      if (left >= 0 || !device.up) return undefined;
      triggers.delete(trigger);
      this.#world.disturbances += 1;
      this.#world.count(`died in ${operation.room}`);
      device.lastBreath();
      this.#world.schedule.after(0, `${device.name} is dead`, () => {
        if (fault.power) powerCut(this.#world, place);
        else device.kill();
        this.#startLater(place, fault.downMs);
      });
      return { kind: 'kill' };
    };
    triggers.add(trigger);
  }

  #errors(place: Place, fault: Extract<Fault, { kind: 'errors' }>): void {
    const code = ERRORS[fault.code] ?? 'EIO';
    let count = 0;
    const trigger: Trigger = ({ room }) => {
      count += 1;
      if (room !== 'disk' || count % fault.every !== 0) return undefined;
      this.#world.count(`${code} of a disk`);
      return { kind: 'error', code };
    };
    place.triggers.add(trigger);
    this.#until(fault.forMs, `errors ${place.device.name}`, () => place.triggers.delete(trigger));
  }

  /** The root is away, as when its disk is unplugged: the mount point is there and empty, or not there at all. */
  #unmount(place: Place, forMs: number): void {
    const { user } = place.device.disk;
    if (user.kindOf(ROOT) !== 'directory' || user.kindOf(AWAY) !== undefined) return;
    user.rename(ROOT, AWAY);
    const leavesPoint = this.#world.schedule.dice.chance(0.7);
    // On a full disk there is no room for a mount point.
    if (leavesPoint && !this.#lasting.has(`full ${place.device.name}`)) user.makeDirectories(ROOT);
    // What stands for a mount is no change that a power cut could undo.
    place.device.disk.writeBack();
    this.#lookAfter(place, forMs / 2);
    this.#until(forMs, `unmounted ${place.device.name}`, () => {
      this.#world.disturbances += 1;
      if (user.kindOf(ROOT) !== undefined) {
        const found = [...user.tree(ROOT).keys()];
        if (found.length > 0) {
          this.#world.blame(`${place.device.name} wrote below an absent root: ${found.join(' ')}`);
        }
        user.remove(ROOT);
      }
      user.rename(AWAY, ROOT);
      place.device.disk.writeBack();
    });
  }

  /** Somebody asks for a scan: nothing hints at a root that is away. */
  #lookAfter({ device }: Place, delayMs: number): void {
    this.#world.schedule.after(delayMs, `${device.name} is to look`, () => {
      if (device.ready) device.api.scan({}).catch(() => undefined);
    });
  }

  #unmark(place: Place, forMs: number): void {
    const { user } = place.device.disk;
    const marker = `${ROOT}/${HIDDEN}/folder`;
    const aside = '/sync/marker';
    if (user.kindOf(marker) !== 'file' || user.kindOf(aside) !== undefined) return;
    user.rename(marker, aside);
    place.device.disk.writeBack();
    const before = describeTree(place).join('\n');
    const others = changesByOthers(place);
    this.#lookAfter(place, forMs / 2);
    this.#until(forMs, `unmarked ${place.device.name}`, () => {
      this.#world.disturbances += 1;
      const seen = user.kindOf(`${ROOT}/${HIDDEN}`) === 'directory' && changesByOthers(place) === others;
      if (seen && describeTree(place).join('\n') !== before)
        this.#world.blame(`${place.device.name} wrote where its marker was not`);
      const home = [AWAY, ROOT].find((path) => user.kindOf(`${path}/${HIDDEN}`) === 'directory');
      if (home !== undefined) user.rename(aside, `${home}/${HIDDEN}/folder`);
      place.device.disk.writeBack();
    });
  }
}

/** How often a disk was changed by other than its daemon while the folder has no marker: programs go on, power fails. */
function changesByOthers({ device, person }: Place): number {
  return device.powerCuts + person.writes;
}
