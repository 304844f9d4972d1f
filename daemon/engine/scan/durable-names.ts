import { type FolderContext, onDisk } from '../context.ts';
import { splitPath } from '../disk/places.ts';
import { WRITTEN_BACK_NS } from '../disk/read.ts';
import type { Ready } from './ready.ts';
import type { GoneEntry } from './spotted.ts';

/**
 * Before a scan's findings are recorded and announced: a power cut that takes back a name which others have heard of
 * would pass for somebody's deed, and be carried out everywhere. Files are made durable as they are read.
 */
export async function keepArrivals(context: FolderContext, batch: readonly Ready[]): Promise<void> {
  const nowNs = BigInt(context.clock.now()) * 1_000_000n;
  const directories = batch.flatMap(({ spotted: { path, from }, stamp }) => {
    if (from !== undefined) return [splitPath(path).directory, splitPath(from.path).directory];
    const young = stamp.kind !== 'file' && nowNs - stamp.ctimeNs < WRITTEN_BACK_NS;
    return young ? [splitPath(path).directory] : [];
  });
  await keepNames(context, directories);
}

/** The same for what is gone. */
export async function keepDepartures(context: FolderContext, absent: readonly GoneEntry[]): Promise<void> {
  await keepNames(
    context,
    absent.map(({ path }) => splitPath(path).directory),
  );
}

async function keepNames({ disk, root }: FolderContext, paths: readonly string[]): Promise<void> {
  const directories = [...new Set(paths)];
  if (directories.length > 0) await onDisk(disk, { kind: 'sync', root, directories });
}
