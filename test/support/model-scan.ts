import { allocateEntry } from '../../daemon/core/allocate.ts';
import { type Placement, samePlacement } from '../../daemon/core/entry.ts';
import { observe } from '../../daemon/core/local-changes.ts';
import { diffDirectory, isSameFile, type KnownChild } from '../../daemon/core/scan-diff.ts';
import { type RegisterChange, settleTree } from '../../daemon/core/settle.ts';
import type { FolderIndex } from '../../daemon/store/folder-index.ts';
import { IndexDraft } from '../../daemon/store/index-draft.ts';
import { type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';
import type { Content } from '../../protocol/registers.ts';
import { type ModelDisk, type ModelNode, stampOf } from './model-disk.ts';

export interface ScanContext {
  readonly disk: ModelDisk;
  readonly index: FolderIndex;
  /** What a file or directory holds, as its reader would sign it. */
  readonly contentOf: (node: ModelNode) => Content;
  readonly nameOf: (author: string) => string;
  /** Told what had to be settled among what the scan found. */
  readonly onSettled: (changes: readonly RegisterChange[]) => void;
  readonly commit: (draft: IndexDraft, changes: readonly RegisterChange[]) => Promise<void>;
}

interface Gone extends KnownChild {
  readonly parent: EntryId;
}

interface Found {
  readonly placement: Placement;
  readonly node: ModelNode;
}

interface Start {
  readonly id: EntryId;
  readonly node: ModelNode;
}

/** What one pass over the disk saw, known directories only. */
interface Differences {
  readonly gone: Map<EntryId, Gone>;
  readonly changed: (Found & { readonly id: EntryId })[];
  readonly appeared: Found[];
}

/**
 * One scan as the engine does it, in the same order and the same two commits: moves, what was replaced by another
 * kind, changes, what is new; then what is gone. What is inside a moved directory takes another scan afterwards.
 * @returns the directories that moved
 */
export async function scanOnce(context: ScanContext, start: readonly Start[]): Promise<readonly Start[]> {
  const { gone, changed, appeared } = await compareKnown(context, start);
  const draft = new IndexDraft(context.index);
  const changes: RegisterChange[] = [];
  const moved: Start[] = [];
  const fresh: Found[] = [];
  const present = (entry: EntryId, { placement, node }: Found, content = context.contentOf(node)): void => {
    const observation = { kind: 'present', entry, placement, content, stamp: stampOf(node) } as const;
    changes.push(...observe(draft, observation, context.nameOf).changes);
  };
  const byInode = new Map([...gone.values()].map((child) => [child.stamp.inode, child]));
  for (const found of appeared) {
    const from = byInode.get(found.node.inode);
    if (from === undefined || !isSameFile(from.stamp, stampOf(found.node))) fresh.push(found);
    else {
      gone.delete(from.id);
      present(from.id, found, context.index.entry(from.id)?.synced?.content);
      if (found.node.children !== undefined) moved.push({ id: from.id, node: found.node });
    }
  }
  const taken = new Set(appeared.map(({ placement }) => `${placement.parent}/${placement.name}`));
  const replaced = [...gone.values()].filter(({ parent, name }) => taken.has(`${parent}/${name}`));
  changes.push(...(await takeGone(context, draft, replaced)));
  for (const found of changed) present(found.id, found);
  takeFresh(draft, context, fresh, present);
  const placed = changes.flatMap(({ entry, location }) => (location === undefined ? [] : [entry]));
  const settled = settleTree(draft, placed, [], context.nameOf);
  context.onSettled(settled);
  changes.push(...settled);
  await context.commit(draft, changes);
  const after = new IndexDraft(context.index);
  await context.commit(after, await takeGone(context, after, [...gone.values()]));
  return moved;
}

async function compareKnown(context: ScanContext, start: readonly Start[]): Promise<Differences> {
  const differences: Differences = { gone: new Map(), changed: [], appeared: [] };
  const queue = [...start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const { id: parent, node } = at;
    const children = node.children ?? new Map<string, ModelNode>();
    const listed = [...children].map(([name, child]) => ({ name, stamp: stampOf(child) }));
    const diff = diffDirectory(await context.index.children(parent), listed, new Set());
    for (const known of diff.gone) differences.gone.set(known.id, { ...known, parent });
    for (const { known } of diff.changed) {
      const child = children.get(known.name);
      if (child !== undefined)
        differences.changed.push({ id: known.id, placement: { parent, name: known.name }, node: child });
    }
    for (const { name } of diff.appeared) {
      const child = children.get(name);
      if (child !== undefined) differences.appeared.push({ placement: { parent, name }, node: child });
    }
    for (const { id, name } of diff.directories) {
      const child = children.get(name);
      if (child !== undefined) queue.push({ id, node: child });
    }
  }
  return differences;
}

function takeFresh(
  draft: IndexDraft,
  context: ScanContext,
  fresh: readonly Found[],
  present: (entry: EntryId, found: Found) => void,
): void {
  const stack = fresh.toReversed();
  for (let found = stack.pop(); found !== undefined; found = stack.pop()) {
    const entry = allocateEntry(draft, found.placement, context.contentOf(found.node).kind);
    present(entry, found);
    for (const [name, node] of found.node.children ?? []) stack.push({ placement: { parent: entry, name }, node });
  }
}

async function takeGone(
  context: ScanContext,
  draft: IndexDraft,
  gone: readonly Gone[],
): Promise<readonly RegisterChange[]> {
  const changes: RegisterChange[] = [];
  const queue = [...gone];
  for (let child = queue.pop(); child !== undefined; child = queue.pop()) {
    // It may have moved by now; its name may be another's.
    if (!samePlacement(draft.entry(child.id)?.synced?.placement, child)) continue;
    for (const below of await context.index.children(child.id)) queue.push({ ...below, parent: child.id });
    changes.push(...observe(draft, { kind: 'absent', entry: child.id }, context.nameOf).changes);
  }
  return changes;
}

export function wholeDisk(disk: ModelDisk): readonly Start[] {
  return [{ id: ROOT_ENTRY, node: disk.root }];
}
