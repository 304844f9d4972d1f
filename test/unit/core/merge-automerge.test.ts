import * as Automerge from '@automerge/automerge';
import { describe, expect, it } from 'vitest';
import { encodeChange } from '../../../daemon/core/merge/change-encoder.ts';
import { parseChange } from '../../../daemon/core/merge/change-parser.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { sampleFeed, sampleKey } from '../../support/merge-device.ts';

/**
 * What daemon/core/merge relies on in Automerge, and the traps that it walks around. When a new version fails one of
 * these, read the file that the case names before changing the case.
 */

type Handle = ReturnType<typeof Automerge.getBackend>;

function createHandle(actor: FeedId): Handle {
  return Automerge.getBackend(Automerge.init({ actor }));
}

function put(handle: Handle, values: Readonly<Record<string, number>>): Uint8Array {
  for (const [key, value] of Object.entries(values)) handle.put('_root', key, Uint8Array.of(value), 'bytes');
  handle.commit(undefined, 0);
  return handle.getLastLocalChange() as Uint8Array;
}

const [a, b, c, d] = [1, 2, 3, 4].map(sampleFeed) as [FeedId, FeedId, FeedId, FeedId];
const key = sampleKey(1);

describe('the encoding of changes', () => {
  /** Small numbers that look random and are the same in every run. */
  function createDice(): (sides: number) => number {
    let state = 12_345;
    return (sides) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * sides);
    };
  }

  it('is byte for byte that of Automerge, in histories with forks, conflicts and equal lengths (change-encoder.ts)', () => {
    const roll = createDice();
    const keys = Array.from({ length: 12 }, (_, index) => sampleKey(index)).sort();
    let compared = 0;
    for (let round = 0; round < 12; round++) {
      const handles = [a, b, c, d].map(createHandle);
      const last = new Map<Handle, string>();
      for (let step = 0; step < 40; step++) {
        const handle = handles[roll(4)] as Handle;
        const other = handles[roll(4)] as Handle;
        if (roll(3) === 0) {
          if (other !== handle) handle.merge(other);
          continue;
        }
        const chosen = keys.filter(() => roll(3) === 0);
        if (chosen.length === 0) continue;
        const deps = [...new Set([...handle.getHeads(), ...(last.has(handle) ? [last.get(handle) as string] : [])])];
        const ops = chosen.map((name) => ({
          key: name,
          value: new Uint8Array(1 + roll(roll(200) + 1)).fill(roll(256)),
          preds: handle
            .getAll('_root', name)
            .map((item) => String(item[2]).split('@'))
            .map(([counter, actor]) => ({ counter: Number(counter), actor: actor as FeedId }))
            .sort((left, right) => left.counter - right.counter || (left.actor < right.actor ? -1 : 1)),
        }));
        for (const op of ops) handle.put('_root', op.key, op.value, 'bytes');
        const hash = handle.commit(undefined, 0) as string;
        const theirs = handle.getLastLocalChange() as Uint8Array;
        const { actor, seq, startOp } = Automerge.decodeChange(theirs);
        const ours = encodeChange({ deps: deps.sort(), actor: actor as FeedId, seq, startOp, ops });
        expect(Buffer.from(ours.bytes).equals(theirs)).toBe(true);
        expect(ours.hash).toBe(hash);
        expect(parseChange(theirs)).toMatchObject({ deps, seq, startOp, hash });
        last.set(handle, hash);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('names the actor’s previous change as a dependency even when others have built on it (ledger.ts)', () => {
    const [mine, yours] = [createHandle(a), createHandle(b)];
    put(mine, { [sampleKey(1)]: 1 });
    const previous = mine.getHeads()[0];
    yours.merge(mine);
    put(yours, { [sampleKey(2)]: 2 });
    mine.merge(yours);
    expect(mine.getHeads()).not.toContain(previous);
    expect(Automerge.decodeChange(put(mine, { [sampleKey(3)]: 3 })).deps).toContain(previous);
  });
});

describe('the handle', () => {
  it('drops a put of the same bytes, and then gives the previous change as the last one (write-registers.ts)', () => {
    const handle = createHandle(a);
    const first = put(handle, { [key]: 1 });
    handle.put('_root', key, Uint8Array.of(1), 'bytes');
    expect(handle.commit(undefined, 0)).toBeNull();
    expect(handle.getLastLocalChange()).toEqual(first);
  });

  it('lists all concurrent values with their operations, at any heads (shard.ts)', () => {
    const base = createHandle(a);
    put(base, { [key]: 1 });
    const saved = base.saveNoCompress();
    const heads: string[] = [];
    for (const actor of [b, c, d]) {
      const fork = createHandle(actor);
      fork.loadIncremental(saved);
      put(fork, { [key]: 2 });
      if (actor === b) heads.push(...fork.getHeads());
      if (actor === d) put(fork, { [sampleKey(2)]: 1 });
      base.merge(fork);
    }
    expect(base.getAll('_root', key).map((item) => item[2])).toEqual([`2@${b}`, `2@${c}`, `2@${d}`]);
    expect(base.getAll('_root', key, heads)).toEqual([['bytes', Uint8Array.of(2), `2@${b}`]]);
    // The winner is the highest operation id.
    expect(base.getWithType('_root', key)).toEqual(['bytes', Uint8Array.of(2)]);
    expect(base.getChangeMetaByHash('00'.repeat(32))).toBeNull();
  });

  it('does not report the third concurrent value of a key in its patches (apply-changes.ts)', () => {
    const changes = [a, b, c, d].map((actor) => put(createHandle(actor), { [key]: 1 })).reverse();
    const handle = createHandle(sampleFeed(9));
    const reported = changes.map((change) => {
      handle.applyChanges([change]);
      return handle.diffIncremental().length;
    });
    expect(reported).toEqual([1, 1, 0, 0]);
    expect(handle.getAll('_root', key).length).toBe(4);
  });

  it('accepts a change with a wrong checksum; so the parser must not (change-parser.ts)', () => {
    const change = put(createHandle(a), { [key]: 1 }).slice();
    change[4] = (change[4] as number) ^ 1;
    const handle = createHandle(b);
    handle.applyChanges([change]);
    expect(handle.getAll('_root', key).length).toBe(1);
    expect(() => parseChange(change)).toThrow('checksum');
  });

  it('accepts the replacement of another key’s value, and then saves what it cannot load (change-validator.ts)', () => {
    const handle = createHandle(a);
    const change = put(handle, { [key]: 1 });
    const ops = [{ key: sampleKey(2), value: Uint8Array.of(1), preds: [{ counter: 1, actor: a }] }];
    const { hash } = parseChange(change);
    handle.applyChanges([encodeChange({ deps: [hash], actor: b, seq: 1, startOp: 2, ops }).bytes]);
    expect(() => Automerge.load(handle.save())).toThrow();
  });

  it('refuses a second change with one sequence, and keeps whichever came first (change-validator.ts)', () => {
    const [one, other] = [createHandle(a), createHandle(a)];
    const [first, second] = [put(one, { [key]: 1 }), put(other, { [key]: 2 })];
    const handle = createHandle(b);
    handle.applyChanges([first]);
    expect(() => handle.applyChanges([second])).toThrow(/duplicate seq/);
    expect(handle.getAll('_root', key)[0]?.[1]).toEqual(Uint8Array.of(1));
  });

  it('puts a key that JavaScript objects hide; so keys begin with a letter of ours (change-format.ts)', () => {
    const handle = createHandle(a);
    handle.put('_root', '__proto__', Uint8Array.of(1), 'bytes');
    handle.commit(undefined, 0);
    expect(handle.keys('_root')).toEqual(['__proto__']);
    expect(Object.keys(handle.materialize('/') as object)).toEqual([]);
  });

  it('loads an uncompressed save into a copy of an empty document, and says so when it is damaged (shard.ts)', () => {
    const handle = createHandle(a);
    put(handle, { [key]: 1 });
    const saved = handle.saveNoCompress();
    const copy = createHandle(b).clone('00');
    copy.loadIncremental(saved);
    expect(copy.getHeads()).toEqual(handle.getHeads());
    const damaged = saved.slice();
    damaged[saved.length - 5] = (damaged[saved.length - 5] as number) ^ 1;
    expect(() => createHandle(b).loadIncremental(damaged)).toThrow(/checksum/i);
    // But not when it is a change that is damaged, hence the comparison of heads.
    expect(createHandle(b).loadIncremental(saved.subarray(0, 0))).toBe(0);
  });
});
