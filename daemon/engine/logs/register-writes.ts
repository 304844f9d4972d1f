import { shardOf } from '../../../protocol/entry-id.ts';
import { encodeContent, encodeLocation, registerKey } from '../../../protocol/register-codec.ts';
import type { RegisterWrite } from '../../core/merge/merge-jobs.ts';
import type { RegisterChange } from '../../core/settle.ts';

/** What a merge job writes, by shard, ascending. */
export function groupByShard(
  changes: readonly RegisterChange[],
  shardBits: number,
): readonly { readonly shard: number; readonly writes: readonly RegisterWrite[] }[] {
  const groups = new Map<number, Map<string, Uint8Array>>();
  for (const change of changes) {
    const shard = shardOf(change.entry, shardBits);
    const group = groups.get(shard) ?? new Map<string, Uint8Array>();
    groups.set(shard, group);
    // A later write of the same turn replaces an earlier one.
    for (const [key, value] of registerWrites(change)) group.set(key, value);
  }
  return [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([shard, group]) => ({ shard, writes: [...group].map(([key, value]) => ({ key, value })) }));
}

function registerWrites(change: RegisterChange): readonly (readonly [string, Uint8Array])[] {
  const writes: (readonly [string, Uint8Array])[] = [];
  if (change.location !== undefined) {
    writes.push([registerKey('location', change.entry), encodeLocation(change.location)]);
  }
  if (change.content !== undefined) writes.push([registerKey('content', change.entry), encodeContent(change.content)]);
  return writes;
}
