import type { FolderStatus } from '../../protocol/local-api.ts';
import { heldBatches } from './care/held.ts';
import type { FolderContext } from './context.ts';

/** What only the stages at work know. */
type AtWork = Pick<FolderStatus, 'state' | 'halt' | 'pendingDirectories' | 'download' | 'upload' | 'members'>;

export function folderStatus(context: FolderContext, atWork: AtWork): FolderStatus {
  const { config, index, problems } = context;
  const counters = index.counters();
  return {
    id: config.folder,
    name: config.name,
    path: config.path,
    files: counters.files,
    directories: counters.directories,
    symlinks: counters.symlinks,
    bytes: counters.bytes,
    pendingEntries: counters.dirty,
    conflicts: counters.conflicts,
    aliases: counters.aliases,
    held: heldBatches(context),
    problems: problems.list(),
    ...atWork,
  };
}
