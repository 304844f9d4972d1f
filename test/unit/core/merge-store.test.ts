import { afterEach, describe, expect, it, vi } from 'vitest';
import { ShardDocument } from '../../../daemon/core/merge/shard.ts';
import { MergeDevice, sampleFeed, sampleKey } from '../../support/merge-device.ts';

const SHARD = 7;
const [k1, k2] = [sampleKey(1), sampleKey(2)] as [string, string];
const bytes = (...numbers: number[]): Uint8Array => Uint8Array.from(numbers);
const device = (number: number): MergeDevice => new MergeDevice(sampleFeed(number));
/** Enough for a snapshot. */
const large = { [k1]: new Uint8Array(8192).fill(1), [k2]: new Uint8Array(8192).fill(2) };
const writesOf = (values: Readonly<Record<string, Uint8Array>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what is stored', () => {
  it('is folded into a snapshot by bytes or by number, and loads again', () => {
    const a = device(1);
    const snapshots: number[] = [];
    for (let number = 0; number < 200; number++) {
      const result = a.runWrite(SHARD, [{ key: sampleKey(number % 50), value: bytes(number) }]);
      if (result.updates[0]?.snapshot) snapshots.push(number);
      if (number % 40 === 0) a.restart();
    }
    expect(snapshots.length).toBeGreaterThanOrEqual(3);
    expect(snapshots.length).toBeLessThan(10);
    expect(a.runWrite(SHARD, writesOf(large)).updates).toMatchObject([
      { appended: [], snapshot: expect.any(Uint8Array) },
    ]);
    a.restart();
    expect(a.values(SHARD, sampleKey(49))).toEqual([bytes(199)]);
    expect(a.values(SHARD, k1)).toEqual([large[k1]]);
  });

  it('goes on from a snapshot with the right sequence and counters', () => {
    const [a, b] = [device(1), device(2)];
    const log = a.write(SHARD, large);
    expect(a.storedShard(SHARD).snapshot).toBeDefined();
    a.restart();
    const more = [...log, ...a.write(SHARD, { [k1]: bytes(1) })];
    expect(b.apply(more).refused).toEqual([]);
    expect(b.values(SHARD, k1)).toEqual([bytes(1)]);
  });

  it('keeps its tail when a snapshot would not load again', () => {
    const [a, b] = [device(1), device(2)];
    vi.spyOn(ShardDocument.prototype, 'save').mockImplementationOnce(() => bytes(1, 2, 3));
    const result = a.runWrite(SHARD, writesOf(large));
    expect(result.updates[0]).toMatchObject({ snapshot: undefined });
    expect(result.updates[0]?.appended.length).toBe(1);
    expect(result.resident).toEqual([]);
    const log = [...result.changes, ...a.write(SHARD, { [k1]: bytes(1) })];
    expect(a.storedShard(SHARD).snapshot).toBeDefined();
    expect(b.apply(log.map((change) => ({ ...change, actor: a.actor }))).refused).toEqual([]);
  });

  it('is refused when it is not what was stored', () => {
    const a = device(1);
    a.write(SHARD, large);
    a.write(SHARD, { [k1]: bytes(1) });
    const { snapshot, tail } = a.storedShard(SHARD);
    const damaged = (snapshot as Uint8Array).slice();
    damaged[damaged.length - 9] = (damaged[damaged.length - 9] as number) ^ 1;
    for (const stored of [
      { shard: SHARD, snapshot: damaged, tail },
      { shard: SHARD, snapshot: snapshot?.subarray(0, 40), tail },
      { shard: SHARD, snapshot: undefined, tail },
      { shard: SHARD, snapshot, tail: [bytes(1)] },
    ]) {
      a.restart();
      a.stored.set(SHARD, stored);
      expect(() => a.read(SHARD, [k1])).toThrow(expect.objectContaining({ code: 'shard-damaged' }));
    }
  });
});
