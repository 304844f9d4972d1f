import { CodedError } from '../../protocol/errors.ts';
import type { HeldBatch, PendingBatch, ScanRequest, ScanResult } from '../../protocol/local-api.ts';
import type { Folder } from './folder.ts';
import { pendingBatches } from './held.ts';
import { findFolder } from './selecting.ts';

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

  async decide(id: string, verdict: 'go' | 'undo'): Promise<HeldBatch> {
    for (const { guard } of this.#all()) {
      const held = await guard.decide(id, verdict);
      if (held !== undefined) return held;
    }
    throw new CodedError('unknown-batch', `nothing is held under ${id}; it may have changed: see "sheaf pending"`);
  }
}
