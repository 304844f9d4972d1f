import type { DeviceId } from '../../../protocol/ids.ts';
import type { DeviceOperation, Fault as DiskFault } from '../disk/operations.ts';
import { Internet } from '../network/internet.ts';
import type { SimulatedNetwork } from '../network/simulated-network.ts';
import { Schedule } from '../schedule.ts';
import { ROOT, SimulatedDevice } from './device.ts';
import { optionsOf } from './disks.ts';
import { Ledger, OnlookerLedger } from './ledger.ts';
import { Person } from './person.ts';
import type { Script } from './script.ts';

const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve'];
const START_MS = 10_000;
const JOIN_MS = 60_000;

/** A wire over a phone: a tenth of a second, and two megabytes a second. */
const SLOW = { latencyMs: [20, 200], bytesPerMs: 2000 } as const;

/** Asked before every operation of a device's disk and database; says what goes wrong with it. */
export type Trigger = (operation: DeviceOperation) => DiskFault | undefined;

/** One machine of a world with whoever works at it. */
export interface Place {
  readonly device: SimulatedDevice;
  readonly person: Person;
  readonly triggers: Set<Trigger>;
  /** May only read what the others share. */
  readonly reader: boolean;
}

/** Devices that share one folder, their people, and all that is between them. */
export class World {
  readonly schedule: Schedule;
  readonly internet: Internet<SimulatedNetwork>;
  readonly ledger = new Ledger();
  readonly places: readonly Place[];
  /** What is wrong so far. */
  readonly violations: string[] = [];
  /** Changes that people and faults made to disks: whoever compares two moments wants none between them. */
  disturbances = 0;
  /** What happened how often, for the tests that ask whether rare things happen at all. */
  readonly counts = new Map<string, number>();

  readonly #skewsMs: readonly number[];

  constructor(script: Omit<Script, 'steps'>) {
    this.schedule = new Schedule(script.seed);
    this.internet = new Internet(this.schedule);
    if (script.slowNetwork) this.internet.conditions = SLOW;
    const { reuseInodes, hardLinks, exchanges = true } = script;
    this.#skewsMs = script.skewsMs;
    this.places = Array.from({ length: script.devices }, (_, number) => {
      const device = new SimulatedDevice(this.schedule, this.internet, NAMES[number] ?? `device ${number}`, {
        reuseInodes,
        hardLinks,
        exchanges,
        ...optionsOf(script.disks?.[number]),
        stampNs: BigInt(script.stampsMs?.[number] ?? 0) * 1_000_000n || 1n,
      });
      const reader = script.readers?.includes(number) === true;
      const place: Place = {
        device,
        person: new Person(device, reader ? new OnlookerLedger(this.ledger) : this.ledger, this.schedule, script.names),
        triggers: new Set(),
        reader,
      };
      device.operations.before = (operation) => pull(place.triggers, operation);
      return place;
    });
  }

  place(number: number): Place {
    const place = this.places[number % this.places.length];
    if (place === undefined) throw new Error('a world without devices');
    return place;
  }

  /** Starts all, shares a folder on the first and joins the others into it, by tickets. */
  async begin(): Promise<void> {
    for (const { device } of this.places) await this.schedule.during(device.start(), START_MS);
    const first = this.place(0).device;
    await this.schedule.during(first.api.add({ path: ROOT, name: 'shared' }), START_MS);
    for (const { device, reader } of this.places.slice(1)) {
      const role = reader ? 'reader' : 'writer';
      const { ticket } = await this.schedule.during(first.api.invite({ folder: 'shared', role }), START_MS);
      await this.schedule.during(device.api.join({ ticket, path: ROOT }), JOIN_MS);
    }
    // Only now: a ticket does not live as long as a clock may be off.
    for (const [number, { device }] of this.places.entries()) device.wall.skewMs = this.#skewsMs[number] ?? 0;
  }

  /** Those whose folders must all show the same: not readers at which somebody changed something for himself. */
  get alike(): readonly Place[] {
    return this.places.filter(({ reader, person }) => !reader || !person.acted);
  }

  idOf(number: number): DeviceId {
    return this.place(number).device.id;
  }

  blame(what: string): void {
    this.schedule.note(`VIOLATION ${what.split('\n')[0] ?? ''}`);
    this.violations.push(what);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

function pull(triggers: ReadonlySet<Trigger>, operation: DeviceOperation): DiskFault | undefined {
  for (const trigger of [...triggers]) {
    const fault = trigger(operation);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
