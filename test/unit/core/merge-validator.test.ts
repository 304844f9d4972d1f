import { describe, expect, it } from 'vitest';
import { encodeChange } from '../../../daemon/core/merge/change-encoder.ts';
import type { Change, OpId } from '../../../daemon/core/merge/change-format.ts';
import { parseChange } from '../../../daemon/core/merge/change-parser.ts';
import { createMergeHost } from '../../../daemon/core/merge/merge-jobs.ts';
import { MergeDevice, type ShardChange, sampleFeed, sampleKey } from '../../support/merge-device.ts';

const SHARD = 0;
const [k1, k2] = [sampleKey(1), sampleKey(2)].sort() as [string, string];
const mallory = sampleFeed(9);
const value = Uint8Array.of(1);

/** What an honest writer `mallory` would write next on top of one change of device 1, with some parts altered. */
function scene(): {
  readonly victim: MergeDevice;
  readonly first: string;
  readonly second: string;
  readonly attempt: (parts: Partial<Change>, preds?: readonly OpId[]) => string | undefined;
} {
  const author = new MergeDevice(sampleFeed(1));
  const victim = new MergeDevice(sampleFeed(2));
  const log = [...author.write(SHARD, { [k1]: Uint8Array.of(7) }), ...author.write(SHARD, { [k1]: Uint8Array.of(8) })];
  victim.apply(log);
  const [first, second] = log.map(({ change }) => parseChange(change).hash) as [string, string];
  const attempt = (parts: Partial<Change>, preds: readonly OpId[] = [{ counter: 2, actor: sampleFeed(1) }]) => {
    const ops = [{ key: k1, value, preds }];
    const change = { deps: [second], actor: mallory, seq: 1, startOp: 3, ops, ...parts };
    return apply(victim, encodeChange(change).bytes);
  };
  return { victim, first, second, attempt };
}

/** Why one change of mallory's is refused; undefined when it is applied. */
function apply(victim: MergeDevice, change: Uint8Array, actor = mallory): string | undefined {
  return victim.apply([{ shard: SHARD, actor, change }]).refused[0]?.reason;
}

describe('judgeChange', () => {
  it('takes an honest change, on top of all there is or of less', () => {
    expect(scene().attempt({})).toBeUndefined();
    const { victim, first, attempt } = scene();
    expect(attempt({ deps: [first], startOp: 2 }, [{ counter: 1, actor: sampleFeed(1) }])).toBeUndefined();
    expect(victim.values(SHARD, k1).length).toBe(2);
    expect(scene().attempt({ deps: [], startOp: 1 }, [])).toBeUndefined();
  });

  it('refuses what is not as an honest writer would write it', () => {
    const other = { counter: 1, actor: sampleFeed(1) };
    expect(scene().attempt({ actor: sampleFeed(1), seq: 3 })).toBe('wrong-actor');
    expect(scene().attempt({ deps: ['ab'.repeat(32)] })).toBe('unknown-deps');
    expect(scene().attempt({ seq: 2 })).toBe('sequence-gap');
    expect(scene().attempt({ startOp: 2 })).toBe('wrong-first-operation');
    expect(scene().attempt({ startOp: 4 })).toBe('wrong-first-operation');
    expect(scene().attempt({ deps: [], startOp: 3 }, [])).toBe('wrong-first-operation');
    expect(scene().attempt({}, [])).toBe('wrong-predecessors');
    expect(scene().attempt({}, [other])).toBe('wrong-predecessors');
    expect(scene().attempt({}, [other, { counter: 2, actor: sampleFeed(1) }])).toBe('wrong-predecessors');
    expect(scene().attempt({ ops: [{ key: k2, value, preds: [other] }] })).toBe('wrong-predecessors');
    const { first, attempt } = scene();
    expect(attempt({ deps: [first], startOp: 2 })).toBe('wrong-predecessors');
  });

  it('refuses a second change of one sequence, and one that does not know its author’s last', () => {
    const { victim, second, attempt } = scene();
    expect(attempt({})).toBeUndefined();
    expect(attempt({ ops: [{ key: k2, value, preds: [] }] })).toBe('sequence-reused');
    expect(attempt({ seq: 2, deps: [second] })).toBe('own-past-missing');
    expect(victim.values(SHARD, k1)).toEqual([value]);
    expect(victim.values(SHARD, k2)).toEqual([]);
  });

  it('refuses registers that belong to another shard', () => {
    const author = new MergeDevice(mallory);
    const changes = author.write(0, { [sampleKey(0)]: value, [sampleKey(0x40)]: value });
    const job = { kind: 'apply', folder: 'f', epoch: 1, evict: [], changes } as const;
    const load = [{ shard: 0, snapshot: undefined, tail: [] }];
    const refusedWith = (shardBits: number) => createMergeHost()({ ...job, load, shardBits });
    expect(refusedWith(2)).toMatchObject({ refused: [{ index: 0, reason: 'wrong-shard' }] });
    expect(refusedWith(1)).toMatchObject({ refused: [] });
  });

  it('says what is wrong with bytes that are no change', () => {
    expect(apply(scene().victim, Uint8Array.of(1, 2, 3))).toMatch(/^malformed: /);
  });

  it('refuses a change and what builds on it, and takes the rest of the job', () => {
    const [author, victim] = [new MergeDevice(mallory), new MergeDevice(sampleFeed(2))];
    const log = [1, 2, 3].flatMap((number) => author.write(SHARD, { [k1]: Uint8Array.of(number) }));
    const [one, two, three] = log as [ShardChange, ShardChange, ShardChange];
    const damaged = { ...two, change: two.change.map((byte, index) => (index === 4 ? byte ^ 1 : byte)) };
    const other = new MergeDevice(sampleFeed(3)).write(SHARD, { [k2]: value });
    const result = victim.apply([one, damaged, three, ...other]);
    expect(result.refused).toEqual([
      { index: 1, reason: 'malformed: the checksum is wrong' },
      { index: 2, reason: 'unknown-deps' },
    ]);
    expect(victim.values(SHARD, k1)).toEqual([Uint8Array.of(1)]);
    expect(victim.values(SHARD, k2)).toEqual([value]);
    expect(victim.apply([two, three]).refused).toEqual([]);
    expect(victim.values(SHARD, k1)).toEqual([Uint8Array.of(3)]);
  });
});
