import { CodedError } from '../../../protocol/errors.ts';
import { ResidentShard, type ShardUpdate, type StoredShard } from './resident-shard.ts';
import { isWasmTrap } from './shard.ts';
import type { ShardCache, ShardSpace } from './shard-cache.ts';
import { shardDamaged } from './shard-damaged.ts';
import { shardMissing } from './shard-missing.ts';

export interface ShardRun {
  readonly space: ShardSpace;
  /** Stored shards for those that are not in memory; the copy in memory is newer, and is the one used. */
  readonly load: readonly StoredShard[];
  /** The shards to visit, ascending. */
  readonly shards: readonly number[];
  /** Works on one shard, `opened` just now or from memory; may throw what Automerge throws. */
  readonly visit: (resident: ResidentShard, shard: number, opened: boolean) => void;
  /** Does the same from what is stored, after `visit` threw; returns the shard to go on with. */
  readonly revisit?: (stored: StoredShard) => ResidentShard;
}

/**
 * Visits shards one by one, in memory within the cache's bounds however many there are, and returns what to store.
 *
 * It is all or nothing for the caller: after a throw none of the shards is in memory, so none is ahead of its store.
 * Throws CodedError 'shard-missing' (run again with these shards loaded), 'shard-damaged' (rebuild from the log) or
 * 'merge-crashed' (wasm is gone: only a new worker helps).
 */
export function runOverShards(cache: ShardCache, run: ShardRun): readonly ShardUpdate[] {
  const { space, shards } = run;
  const stored = new Map(run.load.map((item) => [item.shard, item]));
  const missing = shards.filter((shard) => !cache.has(space, shard) && !stored.has(shard));
  if (missing.length > 0) throw shardMissing(missing);

  // Taken out of the cache, so that putting one shard back does not push out another that is still to come.
  const held = new Map<number, ResidentShard>();
  for (const shard of shards) {
    const resident = cache.take(space, shard);
    if (resident) held.set(shard, resident);
  }
  try {
    const updates: ShardUpdate[] = [];
    for (const shard of shards) {
      const update = visitOne(held, run, shard, held.has(shard) ? undefined : stored.get(shard));
      if (update) updates.push(update);
      release(cache, space, shard, held);
    }
    return updates;
  } catch (error) {
    if (isWasmTrap(error)) {
      throw new CodedError('merge-crashed', 'Automerge crashed; its worker has to be restarted', { cause: error });
    }
    for (const resident of held.values()) resident.free();
    for (const shard of shards) cache.drop(space, shard);
    throw error instanceof CodedError ? error : shardMissing(shards, error);
  }
}

/** `stored` is what the shard is opened from; undefined when it is in memory already. */
function visitOne(
  held: Map<number, ResidentShard>,
  { visit, revisit }: ShardRun,
  shard: number,
  stored: StoredShard | undefined,
): ShardUpdate | undefined {
  const resident = held.get(shard) ?? ResidentShard.open(stored ?? nothingStored(shard));
  held.set(shard, resident);
  try {
    visit(resident, shard, stored !== undefined);
    return resident.takeUpdate(shard);
  } catch (error) {
    // Without the stored bytes there is nothing to start again from: the caller has to send them.
    if (isWasmTrap(error) || error instanceof CodedError || stored === undefined) throw error;
    if (revisit === undefined) throw shardDamaged(shard, error);
    resident.free();
    held.delete(shard);
    const mended = revisit(stored);
    held.set(shard, mended);
    return mended.takeUpdate(shard);
  }
}

function release(cache: ShardCache, space: ShardSpace, shard: number, held: Map<number, ResidentShard>): void {
  const resident = held.get(shard);
  held.delete(shard);
  if (resident === undefined) return;
  resident.settle();
  if (resident.doubtful) resident.free();
  else cache.put(space, shard, resident);
}

function nothingStored(shard: number): StoredShard {
  return { shard, snapshot: undefined, tail: [] };
}
