import type { FeedId } from '../../../protocol/ids.ts';
import {
  type ApplyOutcome,
  applyCarefully,
  applyChanges,
  type ForeignChange,
  type RefusedChange,
} from './apply-changes.ts';
import { type RegisterState, registerState } from './register-state.ts';
import type { ResidentShard, ShardUpdate, StoredShard } from './resident-shard.ts';
import { ShardCache } from './shard-cache.ts';
import { runOverShards } from './shard-run.ts';
import { checkWrites, type RegisterWrite, writeRegisters } from './write-registers.ts';

export type { RegisterState } from './register-state.ts';
export type { ShardUpdate, StoredShard } from './resident-shard.ts';
export type { RegisterWrite } from './write-registers.ts';

interface ShardJob {
  /** FolderId; any text without a '/' does. */
  readonly folder: string;
  readonly epoch: number;
  /** The stored shards that the job needs and the host does not have; more does no harm. Never stored: both empty. */
  readonly load: readonly StoredShard[];
  /** To be dropped from memory first: shards of which an update could not be stored. */
  readonly evict: readonly number[];
}

export interface WriteJob extends ShardJob {
  readonly kind: 'write';
  readonly actor: FeedId;
  /** Each shard once. */
  readonly writes: readonly { readonly shard: number; readonly writes: readonly RegisterWrite[] }[];
}

export interface ApplyJob extends ShardJob {
  readonly kind: 'apply';
  /**
   * The folder's. To be given wherever changes of other devices come in: it has registers refused that are not in
   * their own shard, where nobody would look for them.
   */
  readonly shardBits?: number;
  /** In log order. Many at once are cheaper by the piece. */
  readonly changes: readonly { readonly shard: number; readonly actor: FeedId; readonly change: Uint8Array }[];
}

export interface ReadJob extends ShardJob {
  readonly kind: 'read';
  readonly keys: readonly { readonly shard: number; readonly key: string }[];
}

export interface DropJob {
  readonly kind: 'drop';
  readonly folder: string;
}

/** Everything in a job and its result can be cloned between threads. */
export type MergeJob = WriteJob | ApplyJob | ReadJob | DropJob;

export interface Written {
  readonly kind: 'written';
  /** For the log: one change for each shard in which something had to be written, ascending. */
  readonly changes: readonly { readonly shard: number; readonly change: Uint8Array }[];
  readonly updates: readonly ShardUpdate[];
  /** All registers of the job, changed or not, by shard and key. */
  readonly registers: readonly RegisterState[];
  readonly resident: readonly number[];
}

export interface Applied {
  readonly kind: 'applied';
  readonly updates: readonly ShardUpdate[];
  /** All registers that an applied change put, by shard and key. */
  readonly registers: readonly RegisterState[];
  /** By place in the job's changes, ascending. */
  readonly refused: readonly RefusedChange[];
  readonly resident: readonly number[];
}

export interface Registers {
  readonly kind: 'registers';
  /** In the order of the job's keys. */
  readonly registers: readonly RegisterState[];
  readonly resident: readonly number[];
}

export interface Dropped {
  readonly kind: 'dropped';
}

/** `resident` are the shards of this folder and epoch in memory afterwards, ascending. */
export type MergeResult = Written | Applied | Registers | Dropped;

/** Runs one job. Throws as `runOverShards` does, or CodedError 'change-too-large'. */
export type MergeHost = (job: MergeJob) => MergeResult;

const MAX_RESIDENT_SHARDS = 1024;
/**
 * Keeps the memory of the wasm instance, which all hosts of a thread share, well below 64 MiB. Beyond that V8 takes every
 * growth by one page for so much new external memory that it collects all garbage, and a job takes a hundred times as
 * long.
 */
const MAX_RESIDENT_BYTES = 40 * 1024 * 1024;

/**
 * Keeps shards in memory between jobs, and nothing else: what a job changed is in its result, and is as good as lost until
 * the caller stored that. A caller that could not store an update evicts the shard with its next job.
 */
export function createMergeHost(options: { readonly maxResidentShards?: number } = {}): MergeHost {
  const cache = new ShardCache(options.maxResidentShards ?? MAX_RESIDENT_SHARDS, MAX_RESIDENT_BYTES);
  return (job) => {
    if (job.kind === 'drop') {
      cache.dropFolder(job.folder);
      return { kind: 'dropped' };
    }
    for (const shard of job.evict) cache.drop(job, shard);
    switch (job.kind) {
      case 'write':
        return write(cache, job);
      case 'apply':
        return apply(cache, job);
      case 'read':
        return read(cache, job);
    }
  };
}

function write(cache: ShardCache, job: WriteJob): Written {
  const writesOf = new Map(job.writes.map(({ shard, writes }) => [shard, writes]));
  for (const { writes } of job.writes) checkWrites(writes);
  const changes: { readonly shard: number; readonly change: Uint8Array }[] = [];
  const registers: RegisterState[] = [];
  const visit = (resident: ResidentShard, shard: number): void => {
    const writes = writesOf.get(shard) ?? [];
    const change = writeRegisters(resident, job.actor, writes);
    if (change) changes.push({ shard, change });
    for (const key of [...new Set(writes.map((write) => write.key))].sort())
      registers.push(registerState(resident, shard, key));
  };
  const updates = runOverShards(cache, { space: job, load: job.load, shards: ascending(writesOf.keys()), visit });
  return { kind: 'written', changes, updates, registers, resident: cache.residentOf(job) };
}

function apply(cache: ShardCache, job: ApplyJob): Applied {
  const changesOf = new Map<number, ForeignChange[]>();
  for (const [index, { shard, actor, change }] of job.changes.entries()) {
    const changes = changesOf.get(shard);
    const foreign: ForeignChange = { index, actor, shard, shardBits: job.shardBits, change };
    if (changes) changes.push(foreign);
    else changesOf.set(shard, [foreign]);
  }
  const outcomes = new Map<
    number,
    { readonly registers: RegisterState[]; readonly refused: readonly RefusedChange[] }
  >();
  const note = (resident: ResidentShard, shard: number, { touched, refused }: ApplyOutcome): void => {
    const registers = [...touched].sort().map((key) => registerState(resident, shard, key));
    outcomes.set(shard, { registers, refused });
  };
  const visit = (resident: ResidentShard, shard: number, opened: boolean): void => {
    const outcome = applyChanges(resident, changesOf.get(shard) ?? []);
    // Automerge sees what is new at once where that can be undone. If it throws at a change that it got later, the shard
    // does not load any more; it is rebuilt from the logs, which opens it, and then the change is found and refused.
    if (opened) resident.flush();
    note(resident, shard, outcome);
  };
  const revisit = (stored: StoredShard): ResidentShard => {
    const { resident, outcome } = applyCarefully(stored, changesOf.get(stored.shard) ?? []);
    note(resident, stored.shard, outcome);
    return resident;
  };
  const shards = ascending(changesOf.keys());
  const updates = runOverShards(cache, { space: job, load: job.load, shards, visit, revisit });
  const inOrder = shards.flatMap((shard) => outcomes.get(shard) ?? []);
  return {
    kind: 'applied',
    updates,
    registers: inOrder.flatMap(({ registers }) => registers),
    refused: inOrder.flatMap(({ refused }) => refused).sort((left, right) => left.index - right.index),
    resident: cache.residentOf(job),
  };
}

function read(cache: ShardCache, job: ReadJob): Registers {
  const keysOf = new Map<number, { readonly key: string; readonly index: number }[]>();
  for (const [index, { shard, key }] of job.keys.entries()) {
    const keys = keysOf.get(shard);
    if (keys) keys.push({ key, index });
    else keysOf.set(shard, [{ key, index }]);
  }
  const found = new Map<number, RegisterState>();
  const visit = (resident: ResidentShard, shard: number): void => {
    for (const { key, index } of keysOf.get(shard) ?? []) found.set(index, registerState(resident, shard, key));
  };
  runOverShards(cache, { space: job, load: job.load, shards: ascending(keysOf.keys()), visit });
  const registers = ascending(found.keys()).flatMap((index) => found.get(index) ?? []);
  return { kind: 'registers', registers, resident: cache.residentOf(job) };
}

function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].sort((left, right) => left - right);
}
