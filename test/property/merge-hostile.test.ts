import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeChange } from '../../daemon/core/merge/change-encoder.ts';
import type { Change, HashedChange, OpId } from '../../daemon/core/merge/change-format.ts';
import { parseChange } from '../../daemon/core/merge/change-parser.ts';
import { MergeDevice, type ShardChange, sampleFeed, sampleKey } from '../support/merge-device.ts';

const SHARD = 0;
const KEYS = [1, 2, 3].map(sampleKey).sort();
const HONEST = [1, 2].map(sampleFeed);
const HOSTILE = sampleFeed(9);

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** What a hostile author does to the change that it would honestly make next; numbers choose from what there is. */
const trick = fc.record({
  /** Writes as if it knew no more than one change, its own last one, and what they build on; which is allowed. */
  behind: fc.option(fc.nat(20), { nil: undefined }),
  deps: sometimes(fc.array(fc.nat(20), { maxLength: 3 })),
  seq: sometimes(fc.constantFrom(-1, 1)),
  startOp: sometimes(fc.constantFrom(-1, 1, 2 ** 31 - 60)),
  preds: sometimes(fc.array(fc.nat(40), { maxLength: 2 })),
  key: fc.nat(KEYS.length - 1),
  value: fc.nat(255),
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant('honest' as const),
    author: fc.nat(1),
    key: fc.nat(KEYS.length - 1),
    value: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('meet' as const), author: fc.nat(1) }),
  fc.record({ kind: fc.constant('hostile' as const), trick }),
);

type Trick = typeof trick extends fc.Arbitrary<infer T> ? T : never;

/** What anybody can know of the history: the hostile author knows it best. */
class History {
  readonly changes: HashedChange[] = [];
  #own: HashedChange | undefined;

  add(bytes: Uint8Array): void {
    const change = parseChange(bytes);
    this.changes.push(change);
    if (change.actor === HOSTILE) this.#own = change;
  }

  /** A change as an honest author would make it, and then what the tricks make of it. */
  forge(tricks: Trick): Uint8Array {
    const key = KEYS[tricks.key] as string;
    const behind = tricks.behind === undefined ? this.changes : this.changes.slice(tricks.behind).slice(0, 1);
    const past = this.#pastOf([...behind, ...(this.#own ? [this.#own] : [])]);
    const heads = past.filter(({ hash }) => !past.some(({ deps }) => deps.includes(hash)));
    const honest = [...heads, ...(this.#own ? [this.#own] : [])].map(({ hash }) => hash);
    const chosen = tricks.deps?.flatMap((index) => this.changes[index % this.changes.length]?.hash ?? []);
    const maxOp = Math.max(0, ...past.map(({ startOp, ops }) => startOp + ops.length - 1));
    const change: Change = {
      deps: [...new Set(chosen ?? honest)].sort(),
      actor: HOSTILE,
      seq: (this.#own?.seq ?? 0) + 1 + (tricks.seq ?? 0),
      startOp: Math.max(1, maxOp + 1 + (tricks.startOp ?? 0)),
      ops: [{ key, value: Uint8Array.of(tricks.value), preds: this.#preds(past, key, tricks.preds) }],
    };
    return encodeChange(change).bytes;
  }

  #pastOf(changes: readonly HashedChange[]): readonly HashedChange[] {
    const past = new Set<string>();
    const waiting = changes.map(({ hash }) => hash);
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      if (past.has(hash)) continue;
      past.add(hash);
      waiting.push(...(this.changes.find((change) => change.hash === hash)?.deps ?? []));
    }
    return this.changes.filter(({ hash }) => past.has(hash));
  }

  #preds(past: readonly HashedChange[], key: string, chosen: readonly number[] | undefined): readonly OpId[] {
    const ops = past.flatMap(({ ops: list, startOp, actor }) =>
      list.map((op, index) => ({ ...op, id: { counter: startOp + index, actor } })),
    );
    const gone = new Set(ops.flatMap(({ preds }) => preds.map(({ counter, actor }) => `${counter}@${actor}`)));
    const visible = ops.filter((op) => op.key === key && !gone.has(`${op.id.counter}@${op.id.actor}`));
    const picked = chosen?.flatMap((index) => ops[index % ops.length] ?? []) ?? visible;
    const unique = new Map(picked.map(({ id }) => [`${id.counter}@${id.actor}`, id]));
    return [...unique.values()].sort((a, b) => a.counter - b.counter || (a.actor < b.actor ? -1 : 1));
  }
}

describe('a hostile author', () => {
  it('gets nothing past the validator that Automerge cannot apply, save and load again', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25 }), (steps) => {
        const authors = HONEST.map((feed) => new MergeDevice(feed));
        const victim = new MergeDevice(sampleFeed(5));
        const history = new History();
        const log: ShardChange[] = [];
        const publish = (change: ShardChange): void => {
          history.add(change.change);
          log.push(change);
        };
        for (const item of steps) {
          const author = authors[item.kind === 'hostile' ? 0 : item.author] as MergeDevice;
          if (item.kind === 'meet') author.apply(log);
          if (item.kind === 'honest') {
            const changes = author.write(SHARD, { [KEYS[item.key] as string]: Uint8Array.of(item.value) });
            expect(victim.apply(changes).refused).toEqual([]);
            changes.forEach(publish);
          }
          if (item.kind !== 'hostile') continue;
          const change = { shard: SHARD, actor: HOSTILE, change: history.forge(item.trick) };
          const known = history.changes.some(({ hash }) => hash === parseOrNothing(change.change)?.hash);
          const reason = victim.apply([change]).refused[0]?.reason;
          expect(reason).not.toBe('refused-by-automerge');
          if (reason === undefined && !known) publish(change);
          if (reason === undefined) accepted++;
          else refused++;
        }
        // Loading goes through Automerge and compares heads; the snapshot is proven by loading it.
        victim.restart();
        const shown = victim.read(SHARD, KEYS);
        const large = [11, 13].map((number) => [sampleKey(number), new Uint8Array(8192)] as const);
        victim.write(SHARD, Object.fromEntries(large));
        expect(victim.storedShard(SHARD).snapshot).toBeDefined();
        victim.restart();
        expect(victim.read(SHARD, KEYS)).toEqual(shown);
        // All devices take the same changes, whatever they knew when each came.
        for (const author of authors) {
          expect(author.apply(log).refused).toEqual([]);
          expect(author.read(SHARD, KEYS)).toEqual(shown);
        }
      }),
      { numRuns: 120 },
    );
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});

function parseOrNothing(bytes: Uint8Array): HashedChange | undefined {
  try {
    return parseChange(bytes);
  } catch {
    return undefined;
  }
}
