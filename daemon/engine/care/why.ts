import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { WhyReason } from '../../../protocol/local-api-decisions.ts';
import { splitConflictName } from '../../../protocol/names.ts';
import {
  type Entry,
  isDirty,
  isRewritten,
  sameBytes,
  samePlacement,
  sameStamp,
  wantedPlacement,
} from '../../core/entry.ts';
import { wantedPath } from '../apply/disk-tree.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { HIDDEN, joinPath, splitPath } from '../disk/places.ts';
import { isoTime } from '../iso-time.ts';
import { NOT_SENT } from '../scan/reader-changes.ts';
import { aliasNotes } from './alias-note.ts';

/** What keeps a path of a folder from being in sync, as far as this disk goes; nothing when nothing does. */
export async function whyHere(context: FolderContext, path: string): Promise<readonly WhyReason[]> {
  if (path === HIDDEN || path.startsWith(`${HIDDEN}/`)) {
    return [{ code: 'own-directory', message: `${HIDDEN} is sheaf's own directory and is not synced` }];
  }
  const problems = problemsOn(context, path);
  const unsent = problems.some(({ code }) => code === NOT_SENT);
  const disk = unsent ? [] : await onThisDisk(context, path);
  const entry = entryAt(context, path);
  const registers = entry === undefined ? [] : inRegisters(context, entry, path);
  const reasons = [...problems, ...disk, ...registers];
  if (reasons.length > 0 || entry !== undefined || path === '') return reasons;
  return [{ code: 'unknown-path', message: 'there is nothing here, and no device has said that there should be' }];
}

/** The problems at the path and at the directories it is in. */
function problemsOn({ problems }: FolderContext, path: string): readonly WhyReason[] {
  return problems
    .list()
    .filter((problem) => problem.path === '' || problem.path === path || path.startsWith(`${problem.path}/`))
    .map(({ code, message, path: at }) => ({
      code,
      message: at === path ? message : `${at || 'the folder'}: ${message}`,
    }));
}

/** What stands at the path against what was last agreed to stand there. */
async function onThisDisk(context: FolderContext, path: string): Promise<readonly WhyReason[]> {
  if (path === '') return [];
  const { index, disk, root, brakes } = context;
  const { directory, name } = splitPath(path);
  const { directories } = await onDisk(disk, { kind: 'list', root, directories: [directory] });
  const listed = directories[0];
  if (listed?.kind === 'problem') return [{ code: listed.problem.code, message: listed.problem.message }];
  const found = listed?.kind === 'listed' ? listed.children.find((child) => child.name === name)?.stamp : undefined;
  const parent = index.atPath(directory === '' ? [] : directory.split('/'));
  const known = parent === undefined ? undefined : index.child(parent, name)?.stamp;
  if (found === undefined && known === undefined) return [];
  if (found === undefined) {
    const { held } = brakes.sending;
    if (held === undefined)
      return [{ code: 'not-scanned', message: 'it was deleted here; the others are not told yet' }];
    return [{ code: 'held', message: `it was deleted here, and ${held.message}: decide about ${held.id}` }];
  }
  if (known === undefined) return [{ code: 'not-scanned', message: 'it is new here; the others are not told yet' }];
  if (sameStamp(found, known)) return [];
  return [{ code: 'not-scanned', message: 'it was changed here; the others are not told yet' }];
}

/** The entry that stands at a path, or else the one that should. */
function entryAt({ index }: FolderContext, path: string): Entry | undefined {
  const names = path === '' ? [] : path.split('/');
  const here = index.atPath(names);
  if (here === ROOT_ENTRY) return undefined;
  if (here !== undefined) return index.entry(here);
  let at: EntryId = ROOT_ENTRY;
  for (const name of names) {
    const wanted = index.wantedAt(at, name)[0] ?? index.aliased(at, name);
    if (wanted === undefined) return undefined;
    at = wanted;
  }
  return index.entry(at);
}

/** What the other devices have made of the entry that this disk has not followed yet. */
function inRegisters(context: FolderContext, entry: Entry, path: string): readonly WhyReason[] {
  const { brakes, index, membership } = context;
  const { remote, synced } = entry;
  if (remote === undefined || !isDirty(entry)) return [...copyNote(path), ...aliasNotes(index, entry)];
  const wanted = wantedPlacement(entry);
  if (wanted === undefined) {
    const { held } = brakes.receiving;
    if (held === undefined) return [{ code: 'deleted-elsewhere', message: 'it was deleted elsewhere and goes soon' }];
    return [{ code: 'held', message: `it was deleted elsewhere, and ${held.message}: decide about ${held.id}` }];
  }
  if (synced !== undefined && !samePlacement(wanted, synced.placement)) {
    return [{ code: 'moved-elsewhere', message: `it was moved to ${wantedPath(index, entry)} and goes there soon` }];
  }
  const { held } = brakes.overwriting;
  if (held !== undefined && isRewritten(entry))
    return [
      {
        code: 'held',
        message: `it is one of those that were changed elsewhere: ${held.message}: decide about ${held.id}`,
      },
    ];
  if (synced !== undefined && synced.alias !== entry.alias) {
    return [{ code: 'other-name', message: `it will be called ${wantedPath(index, entry)} on this disk soon` }];
  }
  const { author, time } = remote.content;
  const by = `${membership.nameOf(author)} wrote it at ${isoTime(time)}`;
  if (synced !== undefined && sameBytes(synced.content, remote.content)) {
    return [{ code: 'newer-metadata', message: `another time or mode is on its way here: ${by}` }];
  }
  return [{ code: 'not-here-yet', message: `this version is not here yet: ${by}; it comes from a device that has it` }];
}

function copyNote(path: string): readonly WhyReason[] {
  const { directory, name } = splitPath(path);
  const copy = splitConflictName(name);
  if (copy === undefined) return [];
  const of = joinPath(directory, copy.original);
  const message = `it is in sync; it keeps what ${copy.device} wrote while ${of} was changed elsewhere: "sheaf conflicts"`;
  return [{ code: 'conflict-copy', message }];
}
