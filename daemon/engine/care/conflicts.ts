import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { ConflictInfo, ConflictVersion } from '../../../protocol/local-api-decisions.ts';
import { splitConflictName } from '../../../protocol/names.ts';
import type { Content } from '../../../protocol/registers.ts';
import { type Synced, standingPlace } from '../../core/entry.ts';
import { matchesGlob } from '../../core/glob.ts';
import type { FolderContext } from '../context.ts';
import { authorOf } from '../device.ts';
import { isoTime } from '../iso-time.ts';

/** A conflict copy on this disk, and what stands at the path it is a copy of. */
export interface ConflictPair {
  readonly copy: EntryId;
  readonly copied: Synced;
  /** Root-relative path of the copy, and the one it is a copy of. */
  readonly copyPath: string;
  readonly path: string;
  readonly name: string;
  readonly standing: { readonly id: EntryId; readonly content: Content } | undefined;
}

/** Sorted by path. @param pattern of the path or of the copy's own path */
export async function conflictPairs({ index }: FolderContext, pattern?: string): Promise<readonly ConflictPair[]> {
  const pairs: ConflictPair[] = [];
  for (const copy of await index.conflicts()) {
    const copied = index.entry(copy)?.synced;
    const parent = copied === undefined ? undefined : index.pathOf(copied.placement.parent);
    const name = copied === undefined ? undefined : splitConflictName(copied.placement.name)?.original;
    if (copied === undefined || parent === undefined || name === undefined) continue;
    const id = index.child(copied.placement.parent, name)?.id ?? index.wantedAt(copied.placement.parent, name)[0];
    const original = id === undefined ? undefined : index.entry(id)?.synced;
    const content = original?.content;
    const path = [...parent, original === undefined ? name : standingPlace(original).name].join('/');
    const copyPath = [...parent, standingPlace(copied).name].join('/');
    if (pattern !== undefined && !matchesGlob(pattern, path) && !matchesGlob(pattern, copyPath)) continue;
    const standing = id === undefined || content === undefined ? undefined : { id, content };
    pairs.push({ copy, copied, copyPath, path, name, standing });
  }
  return pairs.toSorted((a, b) => (a.copyPath < b.copyPath ? -1 : 1));
}

export async function listConflicts(context: FolderContext, pattern?: string): Promise<readonly ConflictInfo[]> {
  const pairs = await conflictPairs(context, pattern);
  return pairs.map(({ path, copyPath, standing, copied }) => ({
    folder: context.config.name,
    path,
    copy: copyPath,
    atPath: standing === undefined ? null : versionOf(context, standing.content),
    inCopy: versionOf(context, copied.content),
  }));
}

function versionOf({ membership, device }: FolderContext, content: Content): ConflictVersion {
  return {
    kind: content.kind,
    bytes: content.kind === 'file' ? content.size : 0,
    modified: isoTime(Number(content.mtimeNs / 1_000_000n)),
    device: membership.nameOf(content.author),
    ours: content.author === authorOf(device.id),
    published: isoTime(content.time),
  };
}

/** A name for a copy that is kept as a file of its own: `name 2.txt`, or the first free number after. */
export function* ownNames(name: string): Generator<string> {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 2; number < OWN_NAMES_TRIED; number++) yield `${stem} ${number}${extension}`;
}

const OWN_NAMES_TRIED = 1000;

/** True when nothing stands at a name, and nothing is on its way there. */
export function isFreeName({ index }: FolderContext, parent: EntryId, name: string): boolean {
  return index.child(parent, name) === undefined && index.wantedAt(parent, name).length === 0;
}

export function directoryPath({ index }: FolderContext, parent: EntryId): string {
  return parent === ROOT_ENTRY ? '' : (index.pathOf(parent) ?? []).join('/');
}
