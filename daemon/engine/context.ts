import type { EpochKeys } from '../../protocol/epoch.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { FeedId } from '../../protocol/ids.ts';
import type { ApiEvent, Problem } from '../../protocol/local-api.ts';
import type { Clock } from '../effects/clock.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import type { Logger } from '../effects/logger.ts';
import type { Random } from '../effects/random.ts';
import type { WorkerPool } from '../effects/worker-pool.ts';
import { type FolderConfig, saveFolder } from '../store/device-state.ts';
import type { Feeds } from '../store/feeds.ts';
import type { FolderIndex } from '../store/folder-index.ts';
import type { Brakes } from './care/brake.ts';
import type { Device } from './device.ts';
import type { DiskJob, DiskResult, DiskResults } from './disk/jobs.ts';
import type { RootReference } from './disk/root-reference.ts';
import type { Documents } from './logs/documents.ts';
import type { FolderMembership } from './members/membership.ts';
import type { Turn } from './turn.ts';

/** What the stages of one folder share. Each stage is a file; none knows another but through what it is handed. */
export interface FolderContext {
  readonly config: FolderConfig;
  readonly device: Device;
  /** This device's own log in the folder, and its Automerge actor. */
  readonly feed: FeedId;
  readonly store: KeyValueStore;
  readonly index: FolderIndex;
  readonly feeds: Feeds;
  readonly documents: Documents;
  readonly membership: FolderMembership;
  readonly turn: Turn;
  readonly disk: WorkerPool<DiskJob, DiskResult>;
  /** Large files are read in parts of so many bytes. */
  readonly segmentBytes: number;
  readonly root: RootReference;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly problems: Problems;
  readonly brakes: Brakes;
  emit(kind: ApiEvent['kind'], fields?: Partial<Pick<ApiEvent, 'path' | 'device' | 'detail'>>): void;
}

/** The keys new content is sealed under. */
export function currentKeys(context: FolderContext): EpochKeys {
  const { epoch } = context.membership.current;
  const keys = context.membership.keys(epoch);
  if (keys !== undefined) return keys;
  throw new CodedError(
    'no-keys',
    `${context.config.name} is sealed under keys that this device was not given yet: connect to a member that has them.`,
  );
}

/** Runs one job and narrows what comes back to what that kind of job answers. */
export async function onDisk<Kind extends DiskJob['kind']>(
  disk: WorkerPool<DiskJob, DiskResult>,
  job: Extract<DiskJob, { kind: Kind }>,
  priority: 'urgent' | 'normal' = 'normal',
  handOver: readonly ArrayBuffer[] = [],
): Promise<DiskResults[Kind]> {
  const result = await disk.run(job, priority, handOver);
  if (result.kind !== job.kind) throw new Error(`a disk worker answered ${result.kind} to ${job.kind}`);
  return result as DiskResults[Kind];
}

/** From now on a restart need not wait for a scan before it fetches. */
export async function markScanned({ config, store }: FolderContext): Promise<void> {
  if (!config.scanned) await store.write([saveFolder({ ...config, scanned: true })], { durable: true });
}

/** Problems to show: the newest one at each path, gone when the path is well again. */
export class Problems {
  readonly #limit: number;
  readonly #byPath = new Map<string, Problem>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns true when this is news. */
  report(path: string, code: string, message: string): boolean {
    const known = this.#byPath.get(path);
    if (known?.code === code) return false;
    if (known === undefined && this.#byPath.size >= this.#limit) return false;
    this.#byPath.set(path, { path, code, message });
    return true;
  }

  clear(path: string): void {
    this.#byPath.delete(path);
  }

  /** Problems found while listing a directory, before it is listed again. */
  clearDirectly(directory: string, codes: ReadonlySet<string>): void {
    const prefix = directory === '' ? '' : `${directory}/`;
    for (const [path, problem] of this.#byPath) {
      const below = path.startsWith(prefix) && !path.slice(prefix.length).includes('/');
      if ((below || path === directory) && codes.has(problem.code)) this.#byPath.delete(path);
    }
  }

  codeAt(path: string): string | undefined {
    return this.#byPath.get(path)?.code;
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  list(): readonly Problem[] {
    return [...this.#byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}
