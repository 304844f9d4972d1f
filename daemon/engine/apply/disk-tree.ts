import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { type Entry, standingPlace, wantedStandingPlace } from '../../core/entry.ts';
import type { Change, DiskTree } from '../../core/plan/step.ts';
import type { FolderIndex } from '../../store/folder-index.ts';

/** What has to happen to a dirty entry: from where it is on this disk to where the registers want it. */
export function toChange(entry: Entry): Change {
  const wanted = wantedStandingPlace(entry);
  const content = entry.remote?.content;
  const { synced } = entry;
  return {
    entry: entry.id,
    before: synced === undefined ? undefined : { placement: standingPlace(synced), content: synced.content },
    after: wanted === undefined || content === undefined ? undefined : { placement: wanted, content },
  };
}

/** This disk as the plan sees it. What is in the directories that are to go is read ahead; the rest is looked up. */
export async function diskTreeFor(index: FolderIndex, changes: readonly Change[]): Promise<DiskTree> {
  const children = new Map<EntryId, readonly EntryId[]>();
  for (const { entry, before, after } of changes) {
    if (before?.content.kind !== 'directory' || after?.content.kind === 'directory') continue;
    const below = await index.children(entry);
    children.set(
      entry,
      below.map(({ id }) => id),
    );
  }
  return {
    placementOf: (id) => {
      const synced = index.entry(id)?.synced;
      return synced === undefined ? undefined : standingPlace(synced);
    },
    isDirectory: (id) => index.entry(id)?.synced?.content.kind === 'directory',
    childNamed: (parent, name) => index.child(parent, name)?.id,
    children: (id) => children.get(id) ?? [],
  };
}

/** No disk has deeper paths; a longer way up has met a cycle that is not settled yet. */
const DEPTH_LIMIT = 256;

/** Where an entry is to stand on this disk, as a path from the root; as far as its parents are known. */
export function wantedPath(index: FolderIndex, entry: Entry): string {
  const names: string[] = [];
  let at = wantedStandingPlace(entry);
  while (at !== undefined && names.length < DEPTH_LIMIT) {
    names.push(at.name);
    const parent = at.parent === ROOT_ENTRY ? undefined : index.entry(at.parent);
    at = parent === undefined ? undefined : wantedStandingPlace(parent);
  }
  return names.toReversed().join('/');
}
