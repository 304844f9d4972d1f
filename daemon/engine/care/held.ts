import { CodedError } from '../../../protocol/errors.ts';
import type { EntryId } from '../../../protocol/ids.ts';
import type { HeldBatch, PendingBatch } from '../../../protocol/local-api-decisions.ts';
import type { Content, Location } from '../../../protocol/registers.ts';
import { baseOf, wantedPlacement } from '../../core/entry.ts';
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

const all = ({ brakes }: FolderContext): readonly Brake[] => [brakes.sending, brakes.rewriting, brakes.receiving];

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
  if (direction === 'receiving') return leavingPaths(context);
  return code === 'mass-deletion' ? missingPaths(context) : Promise.resolve(context.brakes.rewriting.paths);
}

function byDepth(a: string, b: string): number {
  const depth = (path: string): number => path.split('/').length;
  return depth(a) - depth(b) || (a < b ? -1 : 1);
}

/** What the others deleted and this disk still has, some of it. */
async function leavingPaths({ index }: FolderContext): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const ids of leaving(index, PAGE)) {
    for (const id of ids) {
      const path = index.pathOf(id);
      if (path !== undefined) paths.push(path.join('/'));
    }
  }
  return paths;
}

async function* leaving(index: FolderContext['index'], limit: number): AsyncGenerator<readonly EntryId[]> {
  let after: Uint8Array | undefined;
  for (;;) {
    const page = await index.dirty(limit, after);
    yield page
      .map(({ id }) => id)
      .filter((id) => {
        const entry = index.entry(id);
        return entry?.synced !== undefined && wantedPlacement(entry) === undefined;
      });
    after = page.at(-1)?.key;
    if (page.length < limit) return;
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
 * Tells the others that what they deleted lives, as this disk has it. Runs inside turns of the folder.
 * @throws CodedError 'not-allowed' on a device that may not write
 */
export async function revive(context: FolderContext, publisher: Publisher): Promise<void> {
  const { index, membership, device, turn, config } = context;
  if (!membership.mayWrite(device.id)) {
    throw new CodedError(
      'not-allowed',
      `as a reader of ${config.name} this device can not bring back for others what they deleted: approve the batch, or ` +
        'keep your files by leaving with "sheaf remove"',
    );
  }
  await turn.take(async () => {
    for await (const ids of leaving(index, PAGE)) {
      const draft = new IndexDraft(index);
      const changes = ids.flatMap((id) => reviveEntry(draft, id));
      changes.push(...settleTree(draft, ids, [], (author) => membership.nameOf(author)));
      await publisher.commit(draft, changes);
    }
  });
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
