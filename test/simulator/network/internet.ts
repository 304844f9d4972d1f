import type { DeviceId } from '../../../protocol/ids.ts';
import type { Life } from '../life.ts';
import type { Schedule } from '../schedule.ts';
import type { Wire, WireConditions } from './wire.ts';

/** A wire in a home: a millisecond or two, and as much as a gigabit. */
const HOME: WireConditions = { latencyMs: [0.2, 3], bytesPerMs: 100_000 };

/** One run of a device's network, as others find it. */
interface Listener {
  readonly life: Life;
  readonly device: DeviceId;
}

/** Everything between the devices of a world: who listens where, which ways are cut, and how fast they are. */
export class Internet<Host extends Listener> {
  readonly schedule: Schedule;
  conditions: WireConditions = HOME;
  readonly #listening = new Map<string, Host>();
  readonly #wires = new Set<Wire>();
  readonly #cuts = new Set<string>();
  #ports = 4000;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
  }

  freshAddress(): string {
    this.#ports += 1;
    return `/ip4/127.0.0.1/tcp/${this.#ports}`;
  }

  /** False when the address is taken. */
  listen(address: string, network: Host): boolean {
    const standing = this.#listening.get(address);
    if (standing !== undefined && !standing.life.ended) return false;
    this.#listening.set(address, network);
    return true;
  }

  unlisten(address: string, network: Host): void {
    if (this.#listening.get(address) === network) this.#listening.delete(address);
  }

  at(address: string): Host | undefined {
    const found = this.#listening.get(address);
    return found?.life.ended === true ? undefined : found;
  }

  listening(): readonly Host[] {
    return [...this.#listening.values()].filter(({ life }) => !life.ended);
  }

  /** Nothing gets from one to the other any more. Links notice after a while. */
  cut(a: DeviceId, b: DeviceId): void {
    if (this.isCut(a, b)) return;
    this.#cuts.add(pairOf(a, b));
    for (const wire of this.#wiresBetween(a, b)) for (const end of wire.ends) wire.fallSilent(end);
  }

  heal(a: DeviceId, b: DeviceId): void {
    if (!this.#cuts.delete(pairOf(a, b))) return;
    for (const wire of this.#wiresBetween(a, b)) wire.resume();
  }

  isCut(a: DeviceId, b: DeviceId): boolean {
    return this.#cuts.has(pairOf(a, b));
  }

  /** Every connection between two devices breaks, with whatever is under way. */
  drop(a: DeviceId, b: DeviceId): void {
    for (const wire of this.#wiresBetween(a, b)) {
      for (const end of wire.ends) {
        end.life.after(this.schedule.dice.delay(0, 50), 'link drops', () =>
          end.vanish('the connection was lost: reset'),
        );
      }
    }
  }

  /** A process ends. Its system resets the connections, unless it went down with it. */
  gone(life: Life, withReset: boolean): void {
    for (const wire of this.#wires) {
      for (const end of wire.ends) {
        if (end.life !== life) continue;
        const other = wire.other(end);
        if (withReset && !wire.cut) {
          this.schedule.after(
            wire.latencyMs(),
            'reset',
            () => other.life.ended || other.lose('the connection was lost'),
          );
        } else wire.fallSilent(other);
      }
    }
  }

  #wiresBetween(a: DeviceId, b: DeviceId): readonly Wire[] {
    return [...this.#wires].filter(({ ends: [one, two] }) => pairOf(one.device, two.device) === pairOf(a, b));
  }

  laid(wire: Wire): void {
    this.#wires.add(wire);
  }

  removed(wire: Wire): void {
    this.#wires.delete(wire);
  }
}

function pairOf(a: DeviceId, b: DeviceId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
