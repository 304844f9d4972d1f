import type { FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, SyncJob } from './jobs.ts';
import { isGone, OpenedRoot, problemOf } from './opened-root.ts';

/** From here on one sync of the whole file system is cheaper than one for each file and directory. */
export const SYNC_ALL_FROM = 8;

/** Waits until the disk holds what was done so far, by whomever: the names in some directories, or everything. */
export function sync(fileSystem: FileSystem, job: SyncJob): DiskResults['sync'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const { directories } = job;
    if (directories === 'all' || directories.length >= SYNC_ALL_FROM) root.directory('').syncFileSystem();
    else for (const path of directories) syncNames(root, path);
    return { kind: 'sync' };
  } finally {
    root.close();
  }
}

/** A directory that is gone meanwhile has no names to keep: its own name is another directory's. */
export function syncNames(root: OpenedRoot, path: string): void {
  try {
    root.directory(path).sync();
  } catch (error) {
    if (!isGone(problemOf(error).code)) throw error;
  }
}
