import { type FolderContext, onDisk } from '../context.ts';
import { splitPath } from '../disk/places.ts';
import { WRITTEN_BACK_NS } from '../disk/read.ts';
import type { Ready } from './ready.ts';
import type { GoneEntry } from './spotted.ts';

/**
 * Before a scan's findings are recorded and announced: a power cut that takes back a name which others have heard of
 * would pass for somebody's deed, and be carried out everywhere. Files are made durable as they are read.
 */
export async function keepNames(
  { clock, disk, root }: FolderContext,
  batch: readonly Ready[],
  absent: readonly GoneEntry[],
): Promise<void> {
  const nowNs = BigInt(clock.now()) * 1_000_000n;
  const changed = batch.flatMap(({ spotted: { path, from }, stamp }) => {
    if (from !== undefined) return [path, from.path];
    const young = stamp.kind !== 'file' && nowNs - stamp.ctimeNs < WRITTEN_BACK_NS;
    return young ? [path] : [];
  });
  const paths = [...changed, ...absent.map(({ path }) => path)];
  const directories = [...new Set(paths.map((path) => splitPath(path).directory))];
  if (directories.length > 0) await onDisk(disk, { kind: 'sync', root, directories });
}
