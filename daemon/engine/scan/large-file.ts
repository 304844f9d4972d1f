import type { EpochKeys } from '../../../protocol/epoch.ts';
import type { Stamp } from '../../core/entry.ts';
import { joinSegments, type Segment } from '../../core/join-segments.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { contentOf } from '../disk/hash.ts';
import type { HashOutcome, ReadOutcome } from '../disk/jobs.ts';

/** A segment for each worker, and one that waits. */
const SEGMENTS_AT_ONCE = 3;

/** From this size on a file is read in parts: two of them. */
export function largeFrom({ segmentBytes }: FolderContext): number {
  return 2 * segmentBytes;
}

/**
 * Reads a file in parts, by all workers side by side: one of 100 GB would else keep a worker for a minute, and use one
 * processor of many. The outcome is the same as if it had been read in one go.
 * @param stamp what it was when its stability was looked at
 */
export async function readLarge(
  context: FolderContext,
  keys: EpochKeys,
  path: string,
  stamp: Stamp,
): Promise<ReadOutcome> {
  const segments: Segment[] = [];
  const failed = await hashAll(context, keys, path, stamp, segments);
  if (failed !== undefined) return failed;
  for (;;) {
    const joined = joinSegments(segments);
    if (joined.kind === 'joined') {
      const { disk, root, clock } = context;
      const nowNs = BigInt(clock.now()) * 1_000_000n;
      const { same } = await onDisk(disk, { kind: 'confirm', root, path, stamp, nowNs });
      return same ? { kind: 'file', stamp, ...contentOf(keys, joined.ids, joined.lengths) } : { kind: 'unstable' };
    }
    const again = segments[joined.index];
    if (again === undefined) throw new Error('a segment to cut again that is not there');
    const outcome = await hashOne(context, keys, path, stamp, { from: joined.from, to: again.to });
    if (outcome.kind !== 'hashed') return outcome;
    segments[joined.index] = outcome.segment;
  }
}

/** Fills `segments`; returns why not, when one could not be had. */
async function hashAll(
  context: FolderContext,
  keys: EpochKeys,
  path: string,
  stamp: Stamp,
  segments: Segment[],
): Promise<Exclude<HashOutcome, { kind: 'hashed' }> | undefined> {
  const { segmentBytes } = context;
  let next = 0;
  let failed: Exclude<HashOutcome, { kind: 'hashed' }> | undefined;
  const lane = async (): Promise<void> => {
    while (failed === undefined && next * segmentBytes < stamp.size) {
      const index = next;
      next += 1;
      const range = { from: index * segmentBytes, to: Math.min(stamp.size, (index + 1) * segmentBytes) };
      const outcome = await hashOne(context, keys, path, stamp, range);
      if (outcome.kind === 'hashed') segments[index] = outcome.segment;
      else failed = outcome;
    }
  };
  await Promise.all(Array.from({ length: SEGMENTS_AT_ONCE }, lane));
  return failed;
}

async function hashOne(
  { disk, root }: FolderContext,
  keys: EpochKeys,
  path: string,
  stamp: Stamp,
  range: { readonly from: number; readonly to: number },
): Promise<HashOutcome> {
  return (await onDisk(disk, { kind: 'hash', root, keys, path, stamp, ...range })).outcome;
}
