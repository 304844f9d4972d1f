import { CodedError } from '../../../protocol/errors.ts';
import type { EntryId } from '../../../protocol/ids.ts';
import type { HeldBatch, PendingBatch } from '../../../protocol/local-api-decisions.ts';
import type { Content, Location } from '../../../protocol/registers.ts';
import { baseOf, type Entry, isRewritten, wantedPlacement } from '../../core/entry.ts';
import { setRemote } from '../../core/remote-tree.ts';
import { type RegisterChange, settleTree } from '../../core/settle.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { joinPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import type { Brake } from './brake.ts';

/** Paths shown of a batch. */
const PATHS_SHOWN = 20;
/** Entries brought back by one commit, and directories compared by one job. */
const PAGE = 4096;
const LIST_BATCH = 64;

const all = ({ brakes }: FolderContext): readonly Brake[] => [
  brakes.sending,
  brakes.rewriting,
  brakes.receiving,
  brakes.overwriting,
];

export function heldBatches(context: FolderContext): readonly HeldBatch[] {
  return all(context).flatMap(({ held }) => (held === undefined ? [] : [held]));
}

/** Changes of this disk that the others are not told, because they are held. */
export function heldHere({ brakes }: FolderContext): number {
  return (brakes.sending.held?.changes ?? 0) + (brakes.rewriting.held?.changes ?? 0);
}

/** The brake that holds the batch of this id, if any. */
export function brakeOf(context: FolderContext, id: string): Brake | undefined {
  return all(context).find(({ held }) => held?.id === id);
}

export async function pendingBatches(context: FolderContext): Promise<readonly PendingBatch[]> {
  const held = heldBatches(context);
  return Promise.all(
    held.map(async (batch) => {
      const paths = await pathsOf(context, batch);
      return { ...batch, paths: paths.toSorted(byDepth).slice(0, PATHS_SHOWN) };
    }),
  );
}

function pathsOf(context: FolderContext, { direction, code }: HeldBatch): Promise<readonly string[]> {
  const { brakes } = context;
  if (code === 'mass-rewrite')
    return Promise.resolve(direction === 'sending' ? brakes.rewriting.paths : brakes.overwriting.paths);
  return direction === 'receiving' ? leavingPaths(context) : missingPaths(context);
}

function byDepth(a: string, b: string): number {
  const depth = (path: string): number => path.split('/').length;
  return depth(a) - depth(b) || (a < b ? -1 : 1);
}

/** What the others deleted and this disk still has, some of it. */
async function leavingPaths({ index }: FolderContext): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const ids of due(index, isLeaving)) {
    for (const id of ids) {
      const path = index.pathOf(id);
      if (path !== undefined) paths.push(path.join('/'));
    }
  }
  return paths;
}

const isLeaving = (entry: Entry): boolean => entry.synced !== undefined && wantedPlacement(entry) === undefined;

/** Of the dirty entries those that are meant, some at a time. */
async function* due(
  index: FolderContext['index'],
  isMeant: (entry: Entry) => boolean,
): AsyncGenerator<readonly EntryId[]> {
  let after: Uint8Array | undefined;
  for (;;) {
    const page = await index.dirty(PAGE, after);
    yield page
      .map(({ id }) => id)
      .filter((id) => {
        const entry = index.entry(id);
        return entry !== undefined && isMeant(entry);
      });
    after = page.at(-1)?.key;
    if (page.length < PAGE) return;
  }
}

/** What the index has and the disk has not, topmost directories first, until there is enough to show. */
async function missingPaths({ index, disk, root }: FolderContext): Promise<readonly string[]> {
  const missing: string[] = [];
  let level: readonly string[] = [''];
  while (level.length > 0 && missing.length < PATHS_SHOWN) {
    const next: string[] = [];
    for (let from = 0; from < level.length && missing.length < PATHS_SHOWN; from += LIST_BATCH) {
      const paths = level.slice(from, from + LIST_BATCH);
      const { directories } = await onDisk(disk, { kind: 'list', root, directories: paths });
      for (const [at, path] of paths.entries()) {
        const listed = directories[at];
        const id = index.atPath(path === '' ? [] : path.split('/'));
        if (listed?.kind !== 'listed' || id === undefined) continue;
        const here = new Set(listed.children.map(({ name }) => name));
        for (const { name, stamp } of await index.children(id)) {
          if (!here.has(name)) missing.push(joinPath(path, name));
          else if (stamp.kind === 'directory') next.push(joinPath(path, name));
        }
      }
    }
    level = next;
  }
  return missing;
}

/**
 * Tells the others that what they deleted, or what it was before they rewrote it, is what counts, as this disk has it.
 * Runs inside turns of the folder.
 * @throws CodedError 'not-allowed' on a device that may not write
 */
export async function bringBack(context: FolderContext, publisher: Publisher, what: HeldBatch['code']): Promise<void> {
  const { index, membership, device, turn, config } = context;
  if (!membership.mayWrite(device.id)) {
    throw new CodedError(
      'not-allowed',
      `as a reader of ${config.name} this device can not bring back for others what they changed: approve the batch, or ` +
        'keep your files by leaving with "sheaf remove"',
    );
  }
  const [isMeant, change] = what === 'mass-deletion' ? [isLeaving, reviveEntry] : [isRewritten, restoreVersion];
  await turn.take(async () => {
    for await (const ids of due(index, isMeant)) {
      const draft = new IndexDraft(index);
      const changes = ids.flatMap((id) => change(draft, id));
      changes.push(...settleTree(draft, ids, [], (author) => membership.nameOf(author)));
      await publisher.commit(draft, changes);
    }
  });
}

function restoreVersion(draft: IndexDraft, id: EntryId): readonly RegisterChange[] {
  const { remote, synced } = draft.entry(id) ?? {};
  if (remote === undefined || synced === undefined) return [];
  const content: Content = { ...synced.content, base: baseOf(remote.content) };
  setRemote(draft, id, { location: remote.location, content });
  return [{ entry: id, content }];
}

function reviveEntry(draft: IndexDraft, id: EntryId): readonly RegisterChange[] {
  const entry = draft.entry(id);
  const { remote, synced } = entry ?? {};
  if (entry === undefined || remote === undefined || synced === undefined) return [];
  // Alive again already, by what came back into it: but as a place of its own it should last.
  const location: Location = { kind: 'live', ...synced.placement };
  // A version that was deleted before it came here may be nowhere any more: this disk's is.
  const content: Content =
    synced.content.digest === remote.content.digest
      ? remote.content
      : { ...synced.content, base: baseOf(remote.content) };
  setRemote(draft, id, { location, content });
  return [{ entry: id, location, ...(content === remote.content ? {} : { content }) }];
}
