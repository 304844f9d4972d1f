import {
  type Applied,
  createMergeHost,
  type MergeHost,
  type RegisterState,
  type RegisterWrite,
  type ShardUpdate,
  type StoredShard,
  type Written,
} from '../../daemon/core/merge/merge-jobs.ts';
import type { FeedId } from '../../protocol/ids.ts';

const SPACE = { folder: 'f', epoch: 1 };

export interface ShardChange {
  readonly shard: number;
  readonly actor: FeedId;
  readonly change: Uint8Array;
}

/** A merge host with the store that its caller keeps, as an engine would use them. */
export class MergeDevice {
  readonly actor: FeedId;
  readonly stored = new Map<number, StoredShard>();
  #host: MergeHost;
  readonly #maxResidentShards: number;
  #resident = new Set<number>();

  constructor(actor: FeedId, maxResidentShards = 1024) {
    this.actor = actor;
    this.#maxResidentShards = maxResidentShards;
    this.#host = createMergeHost({ maxResidentShards });
  }

  /** As after a restart of the worker: nothing is in memory. */
  restart(): void {
    this.#host = createMergeHost({ maxResidentShards: this.#maxResidentShards });
    this.#resident = new Set();
  }

  /** The result as the host gave it. */
  runWrite(shard: number, writes: readonly RegisterWrite[]): Written {
    const job = { kind: 'write', ...SPACE, load: this.#load([shard]), evict: [] } as const;
    const result = this.#host({ ...job, actor: this.actor, writes: [{ shard, writes }] });
    if (result.kind !== 'written') throw new Error(result.kind);
    this.#keep(result);
    return result;
  }

  /** Returns what goes into the log. */
  write(shard: number, writes: Readonly<Record<string, Uint8Array>>): readonly ShardChange[] {
    const list = Object.entries(writes).map(([key, value]) => ({ key, value }));
    return this.runWrite(shard, list).changes.map((change) => ({ ...change, actor: this.actor }));
  }

  apply(changes: readonly ShardChange[]): Applied {
    const load = this.#load(changes.map(({ shard }) => shard));
    const result = this.#host({ kind: 'apply', ...SPACE, load, evict: [], changes });
    if (result.kind !== 'applied') throw new Error(result.kind);
    this.#keep(result);
    return result;
  }

  read(shard: number, keys: readonly string[]): readonly RegisterState[] {
    const load = this.#load([shard]);
    const result = this.#host({ kind: 'read', ...SPACE, load, evict: [], keys: keys.map((key) => ({ shard, key })) });
    if (result.kind !== 'registers') throw new Error(result.kind);
    this.#resident = new Set(result.resident);
    return result.registers;
  }

  /** The values of one register, the winner first. */
  values(shard: number, key: string): readonly Uint8Array[] {
    return this.read(shard, [key]).flatMap(({ values }) => values.map(({ value }) => value));
  }

  storedShard(shard: number): StoredShard {
    return this.stored.get(shard) ?? { shard, snapshot: undefined, tail: [] };
  }

  #load(shards: readonly number[]): readonly StoredShard[] {
    const absent = new Set(shards.filter((shard) => !this.#resident.has(shard)));
    return [...absent].map((shard) => this.storedShard(shard));
  }

  #keep({
    updates,
    resident,
  }: {
    readonly updates: readonly ShardUpdate[];
    readonly resident: readonly number[];
  }): void {
    for (const { shard, appended, snapshot } of updates) {
      const { tail, snapshot: old } = this.storedShard(shard);
      this.stored.set(
        shard,
        snapshot ? { shard, snapshot, tail: [] } : { shard, snapshot: old, tail: [...tail, ...appended] },
      );
    }
    this.#resident = new Set(resident);
  }
}

/** A register's key from a number 0 … 255. */
export function sampleKey(number: number): string {
  const letter = number % 2 === 0 ? 'l' : 'c';
  return letter + Buffer.alloc(16, number).toString('base64url');
}

/** A feed id from a number 0 … 255. */
export function sampleFeed(number: number): FeedId {
  return Buffer.alloc(16, number).toString('hex') as FeedId;
}
