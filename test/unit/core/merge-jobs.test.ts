import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMergeHost, type MergeJob } from '../../../daemon/core/merge/merge-jobs.ts';
import { ShardDocument } from '../../../daemon/core/merge/shard.ts';
import { missingShards } from '../../../daemon/core/merge/shard-missing.ts';
import { CodedError } from '../../../protocol/errors.ts';
import { MergeDevice, sampleFeed, sampleKey } from '../../support/merge-device.ts';

const SHARD = 7;
const [k1, k2] = [sampleKey(1), sampleKey(2)] as [string, string];
const bytes = (...numbers: number[]): Uint8Array => Uint8Array.from(numbers);
const device = (number: number, maxResidentShards?: number): MergeDevice =>
  new MergeDevice(sampleFeed(number), maxResidentShards);

/** Enough for a snapshot. */
const large = { [k1]: new Uint8Array(8192).fill(1), [k2]: new Uint8Array(8192).fill(2) };

function errorOf(run: () => unknown): CodedError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a write', () => {
  it('makes one change a shard, tells what to store, and what the registers show', () => {
    const a = device(1);
    const result = a.runWrite(SHARD, [
      { key: k2, value: bytes(2) },
      { key: k1, value: bytes(1) },
    ]);
    expect(result.changes.length).toBe(1);
    expect(result.updates).toEqual([{ shard: SHARD, appended: [result.changes[0]?.change], snapshot: undefined }]);
    const shown = [
      { shard: SHARD, key: k1, value: bytes(1) },
      { shard: SHARD, key: k2, value: bytes(2) },
    ].sort((left, right) => (left.key < right.key ? -1 : 1));
    expect(result.registers).toEqual(
      shown.map(({ shard, key, value }, index) => ({
        shard,
        key,
        values: [{ value, actor: a.actor, counter: index + 1 }],
      })),
    );
    expect(result.resident).toEqual([SHARD]);
  });

  it('makes no change for bytes that are there already, and says what the register shows', () => {
    const a = device(1);
    a.write(SHARD, { [k1]: bytes(1) });
    const again = a.runWrite(SHARD, [{ key: k1, value: bytes(1) }]);
    expect(again.changes).toEqual([]);
    expect(again.updates).toEqual([]);
    expect(again.registers[0]?.values.map(({ value }) => value)).toEqual([bytes(1)]);
    a.restart();
    expect(a.runWrite(SHARD, [{ key: k1, value: bytes(1) }]).changes).toEqual([]);
  });

  it('takes the last of two values for one key', () => {
    const a = device(1);
    const result = a.runWrite(SHARD, [
      { key: k1, value: bytes(1) },
      { key: k1, value: bytes(2) },
    ]);
    expect(result.registers.length).toBe(1);
    expect(a.values(SHARD, k1)).toEqual([bytes(2)]);
  });

  it('leaves one value where there were several, even when it is one of them', () => {
    const [a, b] = [device(1), device(2)];
    const fromB = b.write(SHARD, { [k1]: bytes(2) });
    a.write(SHARD, { [k1]: bytes(1) });
    a.apply(fromB);
    expect(a.values(SHARD, k1)).toEqual([bytes(2), bytes(1)]);
    const settled = a.write(SHARD, { [k1]: bytes(2) });
    expect(a.values(SHARD, k1)).toEqual([bytes(2)]);
    expect(settled.length).toBe(1);
  });

  it('has nothing to settle when the concurrent values are equal', () => {
    const [a, b] = [device(1), device(2)];
    const fromB = b.write(SHARD, { [k1]: bytes(1) });
    a.write(SHARD, { [k1]: bytes(1) });
    const [state] = a.apply(fromB).registers;
    expect(state?.values).toEqual([{ value: bytes(1), actor: b.actor, counter: 1 }]);
    expect(a.write(SHARD, { [k1]: bytes(1) })).toEqual([]);
  });

  it('refuses keys and values that no other device would take', () => {
    const a = device(1);
    expect(() => a.write(SHARD, { __key: bytes(1) })).toThrow(RangeError);
    expect(() => a.write(SHARD, { [k1]: bytes() })).toThrow(RangeError);
    expect(() => a.write(SHARD, { [k1]: new Uint8Array(8193) })).toThrow(RangeError);
  });
});

describe('an apply', () => {
  it('reports every register that was put, also one whose third value no patch would show', () => {
    const [a, b, c, d] = [device(4), device(3), device(2), device(1)];
    a.write(SHARD, { [k1]: bytes(1) });
    for (const [index, other] of [b, c, d].entries()) {
      const result = a.apply(other.write(SHARD, { [k1]: bytes(10 + index) }));
      expect(result.registers.map(({ key }) => key)).toEqual([k1]);
    }
    expect(a.values(SHARD, k1)).toEqual([bytes(1), bytes(10), bytes(11), bytes(12)]);
  });

  it('passes over what it knows', () => {
    const [a, b] = [device(1), device(2)];
    const log = [...a.write(SHARD, { [k1]: bytes(1) }), ...a.write(SHARD, { [k1]: bytes(2) })];
    b.apply(log);
    const again = b.apply([...log, ...log.slice(0, 1)]);
    expect(again).toMatchObject({ updates: [], registers: [], refused: [] });
    expect(a.apply(log)).toMatchObject({ updates: [], registers: [], refused: [] });
  });

  it('takes several shards and authors in one job', () => {
    const [a, b, c] = [device(1), device(2), device(3)];
    const first = [...a.write(1, { [k1]: bytes(1) }), ...a.write(2, { [k1]: bytes(2) })];
    b.apply(first);
    const second = [...b.write(2, { [k1]: bytes(3) }), ...a.write(1, { [k2]: bytes(4) })];
    const result = c.apply([...first, ...second]);
    expect(result.refused).toEqual([]);
    expect(result.registers.map(({ shard, key }) => `${shard}/${key}`).sort()).toEqual(
      [`1/${k1}`, `1/${k2}`, `2/${k1}`].sort(),
    );
    expect(c.values(2, k1)).toEqual([bytes(3)]);
    expect(result.resident).toEqual([1, 2]);
  });

  it('drops just the change that Automerge throws at, and is sound after it', () => {
    const [a, b] = [device(1), device(2)];
    const log = [1, 2, 3].flatMap((number) => a.write(number, { [k1]: bytes(number) }));
    const bad = log[1]?.change;
    const apply = ShardDocument.prototype.apply;
    vi.spyOn(ShardDocument.prototype, 'apply').mockImplementation(function (this: ShardDocument, changes) {
      if (changes.some((change) => change === bad)) throw new RangeError('imagined');
      return apply.call(this, changes);
    });
    const moved = log.map((change) => ({ ...change, shard: SHARD, actor: change.actor }));
    const others = [device(5), device(6)].flatMap((other, index) => other.write(SHARD, { [k2]: bytes(index) }));
    const result = b.apply([...(moved[1] ? [moved[1]] : []), ...others]);
    expect(result.refused).toEqual([{ index: 0, reason: 'refused-by-automerge' }]);
    expect(b.values(SHARD, k2).length).toBe(2);
    expect(b.values(SHARD, k1)).toEqual([]);
    b.restart();
    expect(b.values(SHARD, k2).length).toBe(2);
  });

  it('asks for the stored shard when Automerge throws and the shard was only in memory', () => {
    const [a, b] = [device(1), device(2)];
    b.apply(a.write(SHARD, { [k1]: bytes(1) }));
    const change = a.write(SHARD, large);
    vi.spyOn(ShardDocument.prototype, 'apply').mockImplementationOnce(() => {
      throw new Error('imagined');
    });
    const error = errorOf(() => b.apply(change));
    expect(error.code).toBe('shard-missing');
    expect(missingShards(error)).toEqual([SHARD]);
    b.restart();
    expect(b.apply(change).refused).toEqual([]);
    expect(b.values(SHARD, k1)).toEqual([large[k1]]);
  });

  it('finds the change at which Automerge throws later when the shard is rebuilt from the logs', () => {
    const [a, b, other] = [device(1), device(2), device(3)];
    const good = other.write(SHARD, { [k2]: bytes(1) });
    b.apply(good);
    const bad = a.write(SHARD, { [k1]: bytes(1) });
    const apply = ShardDocument.prototype.apply;
    vi.spyOn(ShardDocument.prototype, 'apply').mockImplementation(function (this: ShardDocument, changes) {
      if (changes.some((change) => change === bad[0]?.change)) throw new Error('imagined');
      return apply.call(this, changes);
    });
    expect(b.apply(bad).refused).toEqual([]);
    b.restart();
    expect(errorOf(() => b.values(SHARD, k2)).code).toBe('shard-damaged');
    b.stored.delete(SHARD);
    expect(b.apply([...good, ...bad]).refused).toEqual([{ index: 1, reason: 'refused-by-automerge' }]);
    expect(b.values(SHARD, k2)).toEqual([bytes(1)]);
  });

  it('says when only a new worker can help', () => {
    const [a, b] = [device(1), device(2)];
    const change = a.write(SHARD, { [k1]: bytes(1) });
    vi.spyOn(ShardDocument.prototype, 'apply').mockImplementationOnce(() => {
      throw Object.assign(new Error('unreachable'), { name: 'RuntimeError' });
    });
    expect(errorOf(() => b.apply(change)).code).toBe('merge-crashed');
  });
});

describe('the host', () => {
  const read = (load: readonly number[], evict: readonly number[], shards: readonly number[]): MergeJob => ({
    kind: 'read',
    folder: 'f',
    epoch: 1,
    load: load.map((shard) => ({ shard, snapshot: undefined, tail: [] })),
    evict,
    keys: shards.map((shard) => ({ shard, key: k1 })),
  });

  it('names the shards that it needs loaded', () => {
    const run = createMergeHost();
    run(read([2], [], [2]));
    const error = errorOf(() => run(read([], [], [3, 2, 1])));
    expect(error.code).toBe('shard-missing');
    expect(missingShards(error)).toEqual([1, 3]);
    expect(missingShards(new CodedError(error.code, error.message))).toEqual([1, 3]);
    expect(run(read([1, 3], [], [3, 2, 1]))).toMatchObject({ resident: [1, 2, 3] });
  });

  it('forgets what it is told to, and what does not fit', () => {
    const run = createMergeHost({ maxResidentShards: 2 });
    expect(run(read([1, 2, 3, 4], [], [1, 2, 3, 4]))).toMatchObject({ resident: [3, 4] });
    expect(run(read([], [], [3]))).toMatchObject({ resident: [3, 4] });
    expect(run(read([5], [], [5]))).toMatchObject({ resident: [3, 5] });
    expect(run(read([], [3], [5]))).toMatchObject({ resident: [5] });
    expect(run({ kind: 'drop', folder: 'f' })).toEqual({ kind: 'dropped' });
    expect(errorOf(() => run(read([], [], [5]))).code).toBe('shard-missing');
  });

  it('keeps epochs and folders apart', () => {
    const run = createMergeHost();
    const job = {
      kind: 'write',
      load: [{ shard: 1, snapshot: undefined, tail: [] }],
      evict: [],
      actor: sampleFeed(1),
    } as const;
    const writes = (value: number) => [{ shard: 1, writes: [{ key: k1, value: bytes(value) }] }];
    run({ ...job, folder: 'f', epoch: 1, writes: writes(1) });
    run({ ...job, folder: 'f', epoch: 2, writes: writes(2) });
    run({ ...job, folder: 'g', epoch: 1, writes: writes(3) });
    run({ kind: 'drop', folder: 'g' });
    const values = [1, 2].map((epoch) => run({ ...read([], [], [1]), epoch } as MergeJob));
    expect(values).toMatchObject([1, 2].map((number) => ({ registers: [{ values: [{ value: bytes(number) }] }] })));
  });

  it('keeps the shard in memory when an older one is loaded beside it', () => {
    const run = createMergeHost();
    const load = [{ shard: 1, snapshot: undefined, tail: [] }];
    const job = { kind: 'write', folder: 'f', epoch: 1, load, evict: [], actor: sampleFeed(1) } as const;
    run({ ...job, writes: [{ shard: 1, writes: [{ key: k1, value: bytes(1) }] }] });
    expect(run(read([1], [], [1]))).toMatchObject({ registers: [{ values: [{ value: bytes(1) }] }] });
  });
});
