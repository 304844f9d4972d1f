import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergeDevice, type ShardChange, sampleFeed, sampleKey } from '../support/merge-device.ts';

const DEVICES = 4;
const SHARDS = 2;
const KEYS = [1, 2, 3, 4, 5].map(sampleKey);

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      device: fc.nat(DEVICES - 1),
      shard: fc.nat(SHARDS - 1),
      // Few values, so that equal bytes are put concurrently too.
      puts: fc.dictionary(fc.constantFrom(...KEYS), fc.nat(5), { minKeys: 1 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      device: fc.nat(DEVICES - 1),
      from: fc.nat(DEVICES - 1),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), device: fc.nat(DEVICES - 1) }),
  },
);

/** Long ones among them, so that shards get snapshots. */
function sampleValue(number: number): Uint8Array {
  return new Uint8Array(number < 3 ? 1 : 3000).fill(number);
}

interface Entry {
  readonly changes: readonly ShardChange[];
  /** How many entries of each device its author had when it wrote. */
  readonly seen: readonly number[];
}

/** A multi-value register as plain sets, to compare with: what a write saw is gone, the rest stays. */
type Model = Map<string, Map<string, number>>;

interface Replica {
  readonly device: MergeDevice;
  readonly have: number[];
  readonly model: Model;
}

interface World {
  readonly replicas: readonly Replica[];
  readonly logs: Entry[][];
  /** What each write did to the model, by its id. */
  readonly effects: Map<
    string,
    { readonly register: string; readonly value: number; readonly gone: readonly string[] }[]
  >;
}

function createReplica(index: number): Replica {
  return {
    // A small cache here and there, so that shards are loaded and dropped in the middle of everything.
    device: new MergeDevice(sampleFeed(index + 1), index % 2 === 0 ? 1 : 1024),
    have: Array<number>(DEVICES).fill(0),
    model: new Map<string, Map<string, number>>(),
  };
}

function createWorld(): World {
  const replicas = Array.from({ length: DEVICES }, (_, index) => createReplica(index));
  return { replicas, logs: replicas.map(() => []), effects: new Map() };
}

function write(world: World, index: number, shard: number, puts: Readonly<Record<string, number>>): void {
  const replica = world.replicas[index] as Replica;
  const log = world.logs[index] as Entry[];
  const seen = [...replica.have];
  const bytes = Object.fromEntries(Object.entries(puts).map(([key, value]) => [key, sampleValue(value)]));
  const changes = replica.device.write(shard, bytes);
  const id = `${index}/${log.length}`;
  const effects = Object.entries(puts).flatMap(([key, value]) => {
    const register = `${shard}/${key}`;
    const old = replica.model.get(register) ?? new Map<string, number>();
    const unchanged = old.size > 0 && [...old.values()].every((shown) => shown === value);
    return unchanged ? [] : [{ register, value, gone: [...old.keys()] }];
  });
  expect(changes.length).toBe(effects.length > 0 ? 1 : 0);
  if (changes.length === 0) return;
  log.push({ changes, seen });
  world.effects.set(id, effects);
  replica.have[index] = log.length;
  applyEffects(replica.model, world, id);
}

function applyEffects(model: Model, world: World, id: string): void {
  for (const { register, value, gone } of world.effects.get(id) ?? []) {
    const values = model.get(register) ?? new Map<string, number>();
    for (const old of gone) values.delete(old);
    values.set(id, value);
    model.set(register, values);
  }
}

/** Up to `count` entries of one device's log, as far as what they build on is there, in one job. */
function deliver(world: World, replica: Replica, from: number, count: number): number {
  const log = world.logs[from] as Entry[];
  const changes: ShardChange[] = [];
  const before = replica.have[from] as number;
  for (const [index, entry] of log.entries()) {
    if (index < before) continue;
    const ready = entry.seen.every((sequence, author) => sequence <= (replica.have[author] as number));
    if (!ready || index === before + count) break;
    changes.push(...entry.changes);
    applyEffects(replica.model, world, `${from}/${index}`);
    replica.have[from] = index + 1;
  }
  if (changes.length > 0) expect(replica.device.apply(changes).refused).toEqual([]);
  return (replica.have[from] as number) - before;
}

function deliverAll(world: World, replicas: readonly Replica[], count: number): void {
  let progress = 1;
  while (progress > 0) {
    progress = 0;
    for (const replica of replicas) {
      for (let from = 0; from < DEVICES; from++) progress += deliver(world, replica, from, count);
    }
  }
}

function registersOf({ device }: Replica): unknown {
  return Array.from({ length: SHARDS }, (_, shard) => device.read(shard, KEYS));
}

function checkAgainstModel(replica: Replica): void {
  for (let shard = 0; shard < SHARDS; shard++) {
    for (const key of KEYS) {
      const shown = replica.device.values(shard, key).map((value) => value[0]);
      const expected = new Set(replica.model.get(`${shard}/${key}`)?.values() ?? []);
      expect([...shown].sort()).toEqual([...expected].sort());
    }
  }
}

describe('merge', () => {
  it('comes to the same registers on every device, whatever the order of delivery', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 5, maxLength: 60 }), (operations) => {
        const world = createWorld();
        for (const step of operations) {
          if (step.kind === 'write') write(world, step.device, step.shard, step.puts);
          else if (step.kind === 'deliver')
            deliver(world, world.replicas[step.device] as Replica, step.from, step.count);
          else world.replicas[step.device]?.device.restart();
        }
        for (const replica of world.replicas) checkAgainstModel(replica);
        deliverAll(world, world.replicas, 3);
        const [first, ...others] = world.replicas as [Replica, ...Replica[]];
        checkAgainstModel(first);
        const registers = registersOf(first);
        for (const other of others) expect(registersOf(other)).toEqual(registers);
        // From what was stored, and from the logs alone.
        first.device.restart();
        expect(registersOf(first)).toEqual(registers);
        const late = createReplica(DEVICES);
        deliverAll(world, [late], 100);
        expect(registersOf(late)).toEqual(registers);
      }),
      { numRuns: 40 },
    );
  });
});
