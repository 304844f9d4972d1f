import { shardOf } from '../../../protocol/entry-id.ts';
import type { FeedId, FolderId } from '../../../protocol/ids.ts';
import type { ShardChange } from '../../../protocol/log-body.ts';
import { encodeContent, encodeLocation, registerKey } from '../../../protocol/register-codec.ts';
import type {
  MergeJob,
  MergeResult,
  RegisterState,
  RegisterWrite,
  ShardUpdate,
  StoredShard,
} from '../../core/merge/merge-jobs.ts';
import { damagedShard, shardDamaged } from '../../core/merge/shard-damaged.ts';
import type { RegisterChange } from '../../core/settle.ts';
import type { KeyValueStore, Operation } from '../../effects/key-value-store.ts';
import type { WorkerPool } from '../../effects/worker-pool.ts';
import { folderKey, unsigned32 } from '../../store/keys.ts';
import { rowsUnder } from '../../store/pages.ts';
import type { LoggedChange } from './replay.ts';

/** What a merge came to: rows to commit with everything else of the turn. */
export interface Merged {
  readonly registers: readonly RegisterState[];
  readonly operations: readonly Operation[];
}

/** A worker that was restarted in between has lost its shards twice in a row: that is a fault, not bad luck. */
const ATTEMPTS = 3;

/**
 * The register documents of one folder. The merge itself runs in a worker, which keeps shards it used lately; this side
 * knows which, hands over the others, and turns what comes back into rows.
 */
export class Documents {
  readonly #store: KeyValueStore;
  readonly #folder: { readonly number: number; readonly id: FolderId };
  readonly #shardBits: number;
  readonly #worker: WorkerPool<MergeJob, MergeResult>;
  readonly #history: ((epoch: number, shard: number) => Promise<readonly LoggedChange[]>) | undefined;
  /** Shards the worker holds, by epoch, as far as we know. */
  readonly #resident = new Map<number, ReadonlySet<number>>();
  /** Counters of the next and the first change kept behind a shard's snapshot. */
  readonly #tails = new Map<string, { first: number; next: number }>();
  /** What merges of this turn added and no commit has stored yet: the worker may drop a shard between two of them. */
  readonly #uncommitted = new Map<string, { snapshot: Uint8Array | undefined; appended: readonly Uint8Array[] }>();

  /** @param history the changes of a shard, from the logs; without it a damaged shard stays so */
  constructor(
    store: KeyValueStore,
    folder: { readonly number: number; readonly id: FolderId },
    shardBits: number,
    worker: WorkerPool<MergeJob, MergeResult>,
    history?: (epoch: number, shard: number) => Promise<readonly LoggedChange[]>,
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#shardBits = shardBits;
    this.#worker = worker;
    this.#history = history;
  }

  /** Writes registers as one actor; returns the changes for the log, at most one a shard, in shard order. */
  async write(
    actor: FeedId,
    epoch: number,
    changes: readonly RegisterChange[],
  ): Promise<Merged & { readonly changes: readonly ShardChange[] }> {
    const writes = this.#groupByShard(changes);
    const shards = writes.map(({ shard }) => shard);
    const result = await this.#run(epoch, shards, (load) => ({
      kind: 'write',
      folder: this.#folder.id,
      epoch,
      actor,
      load,
      evict: [],
      writes,
    }));
    if (result.kind !== 'written') throw new Error(`the merge worker answered ${result.kind} to a write`);
    return {
      changes: result.changes.toSorted((a, b) => a.shard - b.shard),
      registers: result.registers,
      operations: this.#operations(epoch, result.updates),
    };
  }

  /** Applies changes of others, in causal order. `refused` names those that no honest device would have made. */
  async apply(
    epoch: number,
    changes: readonly { readonly shard: number; readonly actor: FeedId; readonly change: Uint8Array }[],
  ): Promise<Merged & { readonly refused: readonly { readonly index: number; readonly reason: string }[] }> {
    const shards = [...new Set(changes.map(({ shard }) => shard))];
    const result = await this.#run(epoch, shards, (load) => ({
      kind: 'apply',
      folder: this.#folder.id,
      epoch,
      load,
      evict: [],
      shardBits: this.#shardBits,
      changes,
    }));
    if (result.kind !== 'applied') throw new Error(`the merge worker answered ${result.kind} to changes`);
    return {
      registers: result.registers,
      refused: result.refused,
      operations: this.#operations(epoch, result.updates),
    };
  }

  /** After the commit of everything that the merges since the last commit returned. */
  committed(): void {
    this.#uncommitted.clear();
  }

  /** After a turn that did not commit: what the worker holds is ahead of the store and must be forgotten. */
  async forget(): Promise<void> {
    this.#resident.clear();
    this.#tails.clear();
    this.#uncommitted.clear();
    await this.#worker.run({ kind: 'drop', folder: this.#folder.id });
  }

  async #run(
    epoch: number,
    shards: readonly number[],
    job: (load: readonly StoredShard[]) => MergeJob,
  ): Promise<Exclude<MergeResult, { kind: 'dropped' }>> {
    const rebuilt = new Set<number>();
    for (let attempt = 1; ; attempt++) {
      const resident = this.#resident.get(epoch);
      const missing = shards.filter((shard) => resident?.has(shard) !== true);
      try {
        const load = await Promise.all(missing.map((shard) => this.#load(epoch, shard)));
        const result = await this.#worker.run(job(load));
        if (result.kind === 'dropped') throw new Error('the merge worker dropped a folder unasked');
        this.#resident.set(epoch, new Set(result.resident));
        return result;
      } catch (error) {
        const damaged = error instanceof Error ? damagedShard(error) : undefined;
        if (damaged !== undefined && !rebuilt.has(damaged)) {
          rebuilt.add(damaged);
          await this.#rebuild(epoch, damaged, error);
          continue;
        }
        const lost = error instanceof Error && 'code' in error && LOST.has(String(error.code));
        if (!lost || attempt >= ATTEMPTS) throw error;
        this.#resident.clear();
      }
    }
  }

  async #load(epoch: number, shard: number): Promise<StoredShard> {
    const snapshot = this.#store.get(this.#snapshotKey(epoch, shard));
    const rows = await rowsUnder(this.#store, this.#tailKey(epoch, shard));
    const counters = rows.map(([key]) => new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(13));
    const first = counters[0] ?? 0;
    const next = (counters.at(-1) ?? -1) + 1;
    if (next - first !== rows.length) {
      throw shardDamaged(shard, new Error('changes are missing'));
    }
    const name = `${epoch}/${shard}`;
    const added = this.#uncommitted.get(name);
    const tail = rows.map(([, value]) => value);
    if (added === undefined) {
      this.#tails.set(name, { first, next });
      return { shard, snapshot, tail };
    }
    if (added.snapshot !== undefined) return { shard, snapshot: added.snapshot, tail: added.appended };
    return { shard, snapshot, tail: [...tail, ...added.appended] };
  }

  /** Stores a shard anew from the logs, which are what counts: nothing is lost with a document. */
  async #rebuild(epoch: number, shard: number, damage: unknown): Promise<void> {
    // What this turn added is in no log yet: the turn fails, and the next one meets the damage first.
    if (this.#history === undefined || this.#uncommitted.has(`${epoch}/${shard}`)) throw damage;
    const changes = await this.#history(epoch, shard);
    this.#resident.clear();
    const result = await this.#worker.run({
      kind: 'apply',
      folder: this.#folder.id,
      epoch,
      load: [{ shard, snapshot: undefined, tail: [] }],
      evict: [shard],
      shardBits: this.#shardBits,
      changes,
    });
    if (result.kind !== 'applied' || result.refused.length > 0) throw damage;
    const rows = await rowsUnder(this.#store, this.#tailKey(epoch, shard));
    const batch: Operation[] = [this.#snapshotKey(epoch, shard), ...rows.map(([key]) => key)].map((key) => ({
      kind: 'delete',
      key,
    }));
    this.#tails.delete(`${epoch}/${shard}`);
    batch.push(...this.#operations(epoch, result.updates));
    this.#uncommitted.delete(`${epoch}/${shard}`);
    await this.#store.write(batch, { durable: true });
  }

  #operations(epoch: number, updates: readonly ShardUpdate[]): readonly Operation[] {
    const batch: Operation[] = [];
    for (const { shard, appended, snapshot } of updates) {
      const name = `${epoch}/${shard}`;
      const tail = this.#tails.get(name) ?? { first: 0, next: 0 };
      this.#remember(name, snapshot, appended);
      if (snapshot !== undefined) {
        batch.push({ kind: 'put', key: this.#snapshotKey(epoch, shard), value: snapshot });
        for (let counter = tail.first; counter < tail.next; counter++) {
          batch.push({ kind: 'delete', key: this.#tailKey(epoch, shard, counter) });
        }
        tail.first = tail.next;
      } else {
        for (const change of appended) {
          batch.push({ kind: 'put', key: this.#tailKey(epoch, shard, tail.next), value: change });
          tail.next += 1;
        }
      }
      this.#tails.set(name, tail);
    }
    return batch;
  }

  #remember(name: string, snapshot: Uint8Array | undefined, appended: readonly Uint8Array[]): void {
    const before = this.#uncommitted.get(name);
    if (snapshot !== undefined) this.#uncommitted.set(name, { snapshot, appended: [] });
    else
      this.#uncommitted.set(name, { snapshot: before?.snapshot, appended: [...(before?.appended ?? []), ...appended] });
  }

  #groupByShard(
    changes: readonly RegisterChange[],
  ): readonly { readonly shard: number; readonly writes: readonly RegisterWrite[] }[] {
    const groups = new Map<number, Map<string, Uint8Array>>();
    for (const change of changes) {
      const shard = shardOf(change.entry, this.#shardBits);
      const group = groups.get(shard) ?? new Map<string, Uint8Array>();
      groups.set(shard, group);
      // A later write of the same turn replaces an earlier one.
      for (const [key, value] of registerWrites(change)) group.set(key, value);
    }
    return [...groups]
      .toSorted(([a], [b]) => a - b)
      .map(([shard, group]) => ({ shard, writes: [...group].map(([key, value]) => ({ key, value })) }));
  }

  #snapshotKey(epoch: number, shard: number): Uint8Array {
    return folderKey('x', this.#folder.number, unsigned32(epoch), unsigned32(shard));
  }

  #tailKey(epoch: number, shard: number, counter?: number): Uint8Array {
    const parts = [unsigned32(epoch), unsigned32(shard)];
    if (counter !== undefined) parts.push(unsigned32(counter));
    return folderKey('t', this.#folder.number, ...parts);
  }
}

const LOST: ReadonlySet<string> = new Set(['shard-missing', 'worker-lost']);

function registerWrites(change: RegisterChange): readonly (readonly [string, Uint8Array])[] {
  const writes: (readonly [string, Uint8Array])[] = [];
  if (change.location !== undefined) {
    writes.push([registerKey('location', change.entry), encodeLocation(change.location)]);
  }
  if (change.content !== undefined) writes.push([registerKey('content', change.entry), encodeContent(change.content)]);
  return writes;
}
