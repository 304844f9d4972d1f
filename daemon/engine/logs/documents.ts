import { shardOf } from '../../../protocol/entry-id.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { FeedId, FolderId } from '../../../protocol/ids.ts';
import type { ShardChange } from '../../../protocol/log-body.ts';
import { parseRegisterKey } from '../../../protocol/register-codec.ts';
import type { MergeJob, MergeResult, RegisterState, ShardUpdate, StoredShard } from '../../core/merge/merge-jobs.ts';
import { damagedShard, shardDamaged } from '../../core/merge/shard-damaged.ts';
import type { RegisterChange } from '../../core/settle.ts';
import type { KeyValueStore, Operation } from '../../effects/key-value-store.ts';
import type { WorkerPool } from '../../effects/worker-pool.ts';
import { type KeptShard, KeptShards } from '../../store/kept-shards.ts';
import { folderKey, unsigned32 } from '../../store/keys.ts';
import { eraseUnder, rowsUnder } from '../../store/pages.ts';
import { groupByShard } from './register-writes.ts';
import type { LoggedChange, LoggedHistory } from './replay.ts';

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
  readonly #history: LoggedHistory | undefined;
  /** Shards the worker holds, by epoch, as far as we know. */
  readonly #resident = new Map<number, ReadonlySet<number>>();
  readonly #kept: KeptShards;
  /** What merges of this turn added and no commit has stored yet: the worker may drop a shard between two of them. */
  readonly #uncommitted = new Map<string, { snapshot: Uint8Array | undefined; appended: readonly Uint8Array[] }>();

  /** @param history without it what is damaged stays so */
  constructor(
    store: KeyValueStore,
    folder: { readonly number: number; readonly id: FolderId },
    shardBits: number,
    worker: WorkerPool<MergeJob, MergeResult>,
    history?: LoggedHistory,
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#shardBits = shardBits;
    this.#worker = worker;
    this.#history = history;
    this.#kept = new KeptShards(store, folder.number);
  }

  /** Writes registers as one actor; returns the changes for the log, at most one a shard, in shard order. */
  async write(
    actor: FeedId,
    epoch: number,
    changes: readonly RegisterChange[],
  ): Promise<Merged & { readonly changes: readonly ShardChange[] }> {
    const writes = groupByShard(changes, this.#shardBits);
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

  /** What registers hold, all values of each; nothing is changed. */
  async read(epoch: number, keys: readonly string[]): Promise<readonly RegisterState[]> {
    const wanted = keys.flatMap((key) => {
      const entry = parseRegisterKey(key)?.entry;
      return entry === undefined ? [] : [{ key, shard: shardOf(entry, this.#shardBits) }];
    });
    const shards = [...new Set(wanted.map(({ shard }) => shard))];
    const result = await this.#run(epoch, shards, (load) => ({
      kind: 'read',
      folder: this.#folder.id,
      epoch,
      load,
      evict: [],
      keys: wanted,
    }));
    if (result.kind !== 'registers') throw new Error(`the merge worker answered ${result.kind} to a question`);
    return result.registers;
  }

  /** After the commit of everything that the merges since the last commit returned. */
  committed(): void {
    this.#uncommitted.clear();
  }

  /** After a turn that did not commit: what the worker holds is ahead of the store and must be forgotten. */
  async forget(): Promise<void> {
    this.#kept.forget();
    this.#uncommitted.clear();
    await this.#dropResident();
  }

  #dropResident(): Promise<unknown> {
    this.#resident.clear();
    return this.#worker.run({ kind: 'drop', folder: this.#folder.id });
  }

  async #run(
    epoch: number,
    shards: readonly number[],
    job: (load: readonly StoredShard[]) => MergeJob,
  ): Promise<Exclude<MergeResult, { kind: 'dropped' }>> {
    if (!this.#kept.loaded) await this.#take();
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
    const added = this.#uncommitted.get(`${epoch}/${shard}`);
    const tail = rows.map(([, value]) => value);
    if (added === undefined) {
      const { first, next, snapshotBytes } = this.#kept.get(epoch, shard);
      const contiguous = counters.every((counter, index) => counter === first + index);
      if (!contiguous || rows.length !== next - first || (snapshot?.length ?? 0) !== snapshotBytes) {
        throw shardDamaged(shard, new Error('what is stored is not all that was'));
      }
      return { shard, snapshot, tail };
    }
    if (added.snapshot !== undefined) return { shard, snapshot: added.snapshot, tail: added.appended };
    return { shard, snapshot, tail: [...tail, ...added.appended] };
  }

  /** Stores a shard anew from the logs, which are what counts: nothing is lost with a document. */
  async #rebuild(epoch: number, shard: number, damage: unknown): Promise<void> {
    // What this turn added is in no log yet: the turn fails, and the next one meets the damage first.
    if (this.#history === undefined || this.#uncommitted.has(`${epoch}/${shard}`)) throw damage;
    const changes: LoggedChange[] = [];
    for await (const some of this.#history.changes('one document')) {
      for (const change of some) if (change.epoch === epoch && change.shard === shard) changes.push(change);
    }
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
    batch.push(...this.#kept.put(epoch, shard, { first: 0, next: 0, snapshotBytes: 0 }));
    batch.push(...this.#operations(epoch, result.updates));
    this.#uncommitted.delete(`${epoch}/${shard}`);
    await this.#store.write(batch, { durable: true });
  }

  /** Once a run: everything is built anew when documents are missing of which nothing tells which they are. */
  async #take(): Promise<void> {
    const whole = await this.#kept.load();
    const history = this.#history;
    if (history === undefined || (whole && (history.empty || this.#kept.count > 0))) return;
    try {
      await this.#buildAnew(history);
    } catch (error) {
      this.#kept.forget();
      throw error;
    }
  }

  async #buildAnew(history: LoggedHistory): Promise<void> {
    await this.#dropResident();
    await this.#store.write([this.#kept.begin()], { durable: true });
    for (const kind of ['x', 't', 'o'] as const) await eraseUnder(this.#store, folderKey(kind, this.#folder.number));
    for await (const changes of history.changes('all documents')) {
      for (const epoch of new Set(changes.map((change) => change.epoch))) {
        const { refused, operations } = await this.apply(
          epoch,
          changes.filter((change) => change.epoch === epoch),
        );
        if (refused[0] !== undefined)
          throw new CodedError('state-damaged', `a log does not merge: ${refused[0].reason}`);
        await this.#store.write(operations, { durable: false });
        this.committed();
      }
    }
    await this.#store.write([this.#kept.finish()], { durable: true });
  }

  #operations(epoch: number, updates: readonly ShardUpdate[]): readonly Operation[] {
    const batch: Operation[] = [];
    for (const { shard, appended, snapshot } of updates) {
      const name = `${epoch}/${shard}`;
      let kept: KeptShard = this.#kept.get(epoch, shard);
      this.#remember(name, snapshot, appended);
      if (snapshot !== undefined) {
        batch.push({ kind: 'put', key: this.#snapshotKey(epoch, shard), value: snapshot });
        for (let counter = kept.first; counter < kept.next; counter++) {
          batch.push({ kind: 'delete', key: this.#tailKey(epoch, shard, counter) });
        }
        kept = { first: kept.next, next: kept.next, snapshotBytes: snapshot.length };
      } else {
        for (const change of appended) {
          batch.push({ kind: 'put', key: this.#tailKey(epoch, shard, kept.next), value: change });
          kept = { ...kept, next: kept.next + 1 };
        }
      }
      batch.push(...this.#kept.put(epoch, shard, kept));
    }
    return batch;
  }

  #remember(name: string, snapshot: Uint8Array | undefined, appended: readonly Uint8Array[]): void {
    const before = this.#uncommitted.get(name);
    if (snapshot !== undefined) this.#uncommitted.set(name, { snapshot, appended: [] });
    else
      this.#uncommitted.set(name, { snapshot: before?.snapshot, appended: [...(before?.appended ?? []), ...appended] });
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
