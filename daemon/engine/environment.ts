import type { MergeJob, MergeResult } from '../core/merge/merge-jobs.ts';
import type { Clock } from '../effects/clock.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import type { Logger } from '../effects/logger.ts';
import type { Network } from '../effects/network.ts';
import type { Random } from '../effects/random.ts';
import type { Watcher } from '../effects/watcher.ts';
import type { WorkerPool } from '../effects/worker-pool.ts';
import type { DiskJob, DiskResult } from './disk/jobs.ts';

/** The world a daemon lives in: real, or the simulator's. */
export interface Environment {
  readonly store: KeyValueStore;
  readonly network: Network;
  readonly disk: WorkerPool<DiskJob, DiskResult>;
  readonly merge: WorkerPool<MergeJob, MergeResult>;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** An absolute path without symlinks; undefined when it does not exist. */
  readonly realPath: (path: string) => string | undefined;
  readonly pathKind: (path: string) => 'file' | 'directory' | 'other' | undefined;
  /** Makes a directory whose parent exists. Throws an errno error. */
  readonly makeDirectory: (path: string) => void;
  /** About how many files and directories are below a path; stops counting at `limit`. */
  readonly countEntries: (path: string, limit: number) => number;
  /** Large files are read in parts of so many bytes, a multiple of the largest chunk. */
  readonly segmentBytes: number;
  readonly version: { readonly version: string; readonly node: string };
}
