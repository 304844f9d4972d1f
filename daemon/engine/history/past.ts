import type { FeedId } from '../../../protocol/ids.ts';
import type { Content, Location } from '../../../protocol/registers.ts';
import { type Past, readPuts } from '../../core/logged-writes.ts';
import type { OpId } from '../../core/merge/change-format.ts';
import type { FolderContext } from '../context.ts';
import { backwards } from './walk.ts';

/** A put that is looked for: operations are counted by shard and epoch. */
export interface WantedPut {
  readonly epoch: number;
  readonly shard: number;
  readonly put: OpId;
}

/** Finds the values of puts in the logs of those who made them. */
export async function findPast(
  context: FolderContext,
  wanted: readonly WantedPut[],
): Promise<(epoch: number, shard: number) => Past> {
  const missing = new Map<FeedId, Set<string>>();
  const shards = new Set<string>();
  for (const { epoch, shard, put } of wanted) {
    missing.set(put.actor, (missing.get(put.actor) ?? new Set()).add(nameOf(epoch, shard, put)));
    shards.add(`${epoch} ${shard}`);
  }
  const found = new Map<string, Location | Content>();
  for (const [feed, names] of missing) {
    for await (const { epoch, body } of backwards(context, feed)) {
      for (const { shard, change } of body.changes) {
        if (!shards.has(`${epoch} ${shard}`)) continue;
        for (const { counter, value } of readPuts(change)) {
          const name = nameOf(epoch, shard, { counter, actor: feed });
          if (names.delete(name) && value !== undefined) found.set(name, value);
        }
      }
      if (names.size === 0) break;
    }
  }
  return (epoch, shard) => (put) => found.get(nameOf(epoch, shard, put));
}

function nameOf(epoch: number, shard: number, { counter, actor }: OpId): string {
  return `${epoch} ${shard} ${counter} ${actor}`;
}
