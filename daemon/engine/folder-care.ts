import { CodedError } from '../../protocol/errors.ts';
import type { ScanRequest, ScanResult } from '../../protocol/local-api.ts';
import type {
  ConflictInfo,
  ConflictsRequest,
  HeldBatch,
  PendingBatch,
  ResolveRequest,
  ResolveResult,
  VerifyRequest,
  VerifyResult,
  WhyResult,
} from '../../protocol/local-api-decisions.ts';
import type { LogItem, LogRequest } from '../../protocol/local-api-log.ts';
import { ALIAS } from './care/alias-note.ts';
import { listConflicts } from './care/conflicts.ts';
import { pendingBatches } from './care/held.ts';
import type { Folder } from './folder.ts';
import { listLog } from './history/log.ts';
import { findDevice, findFolder } from './selecting.ts';

/** What people ask of the folders of this device, beside adding and removing them. */
export class FolderCare {
  readonly #all: () => readonly Folder[];

  constructor(all: () => readonly Folder[]) {
    this.#all = all;
  }

  /** One folder by name, id or path, or all. Throws 'unknown-folder' or 'ambiguous-folder'. */
  select(folder: string | undefined): readonly Folder[] {
    return folder === undefined ? this.#all() : [findFolder(this.#all(), folder)];
  }

  async scan(request: ScanRequest): Promise<ScanResult> {
    const folders = this.select(request.folder);
    let directories = 0;
    let entries = 0;
    let changed = 0;
    for (const folder of folders) {
      const summary = await folder.scan(request.path ?? '');
      directories += summary.directories;
      entries += summary.entries;
      changed += summary.changed;
    }
    return { directories, entries, changed, problems: folders.flatMap(({ context }) => context.problems.list()) };
  }

  async pending(folder?: string): Promise<readonly PendingBatch[]> {
    return (await Promise.all(this.select(folder).map(({ context }) => pendingBatches(context)))).flat();
  }

  async conflicts({ folder, pattern }: ConflictsRequest): Promise<readonly ConflictInfo[]> {
    return (await Promise.all(this.select(folder).map(({ context }) => listConflicts(context, pattern)))).flat();
  }

  async resolve(request: ResolveRequest): Promise<ResolveResult> {
    const results: ResolveResult[] = [];
    for (const folder of this.select(request.folder)) results.push(await runs(folder).guard.resolve(request));
    return {
      resolved: results.flatMap(({ resolved }) => resolved),
      problems: results.flatMap(({ problems }) => problems),
    };
  }

  async verify(request: VerifyRequest): Promise<VerifyResult> {
    const sum = { files: 0, bytes: 0, skipped: 0 };
    const damaged: VerifyResult['damaged'][number][] = [];
    for (const folder of this.select(request.folder)) {
      const result = await runs(folder).guard.verify(request.heal);
      sum.files += result.files;
      sum.bytes += result.bytes;
      sum.skipped += result.skipped;
      damaged.push(...result.damaged);
    }
    return { ...sum, damaged };
  }

  /** @param path absolute, without links on the way */
  async why(path: string): Promise<WhyResult> {
    const folder = this.#all().find(({ context: { config } }) => within(config.path, path) !== undefined);
    if (folder === undefined) {
      throw new CodedError('not-shared', `${path} is in no folder of this device: "sheaf folders" lists them`);
    }
    const { config } = folder.context;
    const inside = within(config.path, path) ?? '';
    const reasons =
      folder.halted === undefined ? await folder.guard.why(inside, folder.status().members) : [folder.halted];
    return {
      folder: config.name,
      path: inside,
      inSync: reasons.every(({ code }) => code === 'conflict-copy' || code === ALIAS),
      reasons,
    };
  }

  async log(request: LogRequest): Promise<readonly LogItem[]> {
    const folders = this.select(request.folder);
    const by = request.by === undefined ? undefined : findDevice(folders, request.by);
    const items = await Promise.all(folders.map(({ context }) => listLog(context, request, by)));
    const [only, ...others] = items;
    if (only !== undefined && others.length === 0) return only;
    const newest = items.flat().toSorted((a, b) => Number(a.time < b.time) - Number(a.time > b.time));
    return newest.slice(0, request.limit);
  }

  async decide(id: string, verdict: 'go' | 'undo'): Promise<HeldBatch> {
    for (const { guard } of this.#all()) {
      const held = await guard.decide(id, verdict);
      if (held !== undefined) return held;
    }
    throw new CodedError('unknown-batch', `nothing is held under ${id}; it may have changed: see "sheaf pending"`);
  }
}

/** The same folder. Throws why it is halted when it is. */
function runs(folder: Folder): Folder {
  if (folder.halted !== undefined) throw new CodedError(folder.halted.code, folder.halted.message);
  return folder;
}

/** A path from a directory, with '/' between names; undefined when it is not in it. */
function within(directory: string, path: string): string | undefined {
  if (path === directory) return '';
  const next = path[directory.length];
  const below = path.startsWith(directory) && (next === '/' || next === '\\');
  return below
    ? path
        .slice(directory.length + 1)
        .replaceAll('\\', '/')
        .replace(/\/+$/, '')
    : undefined;
}
