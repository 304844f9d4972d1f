import type { DeviceId, EntryId } from '../../../protocol/ids.ts';
import type { LogItem, LogRequest } from '../../../protocol/local-api-log.ts';
import { matchesGlob } from '../../core/glob.ts';
import { type Deed, deedsOf, type LoggedChange, readLogged, wantedPast } from '../../core/logged-writes.ts';
import type { FolderContext } from '../context.ts';
import { authorOf } from '../device.ts';
import { isoTime, timeOf } from '../iso-time.ts';
import { findPast } from './past.ts';
import { Paths } from './paths.ts';
import { newestFirst, type OpenedEntry } from './walk.ts';

/** How far a clock may have been put back between two entries of one log for all of a time to be found. */
const CLOCK_SLACK_MS = 24 * 60 * 60 * 1000;

/** One change of one entry of the folder, not yet in words. */
interface Logged {
  readonly by: OpenedEntry;
  readonly shard: number;
  readonly change: LoggedChange;
}

/**
 * What happened to a folder, newest first.
 * @throws CodedError 'state-damaged' when the logs here have lost an entry
 */
export async function listLog(context: FolderContext, request: LogRequest, by?: DeviceId): Promise<readonly LogItem[]> {
  const { path, since, limit } = request;
  const paths = new Paths(context.index);
  const entries = path === undefined ? undefined : await entriesEverAt(context, paths, path);
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : timeOf(since);
  const chosen: Logged[] = [];
  for await (const opened of newestFirst(context, by)) {
    const { wallTime } = opened.body;
    if (wallTime < sinceMs - CLOCK_SLACK_MS) break;
    if (wallTime >= sinceMs) chosen.push(...changesOf(paths, opened, entries));
    if (chosen.length >= limit) break;
  }
  const shown = chosen.slice(0, limit);
  const past = await findPast(
    context,
    shown.flatMap(({ by: { epoch }, shard, change }) => wantedPast(change).map((put) => ({ epoch, shard, put }))),
  );
  const told = new Set<string>();
  const items = shown.flatMap(({ by: opened, shard, change }) =>
    deedsOf(change, past(opened.epoch, shard))
      .filter((deed) => !isTold(told, change, deed))
      .map((deed) => itemOf(context, paths, opened, change.entry, deed)),
  );
  return items.slice(0, limit);
}

/** Every writer that notices a conflict settles it, and all in the same way: the newest line is enough. */
function isTold(told: Set<string>, { entry, location, content }: LoggedChange, { action }: Deed): boolean {
  if (action !== 'conflict-copy' && action !== 'settled') return false;
  const name = JSON.stringify([action, entry, location, content?.replaced, content?.value.digest]);
  if (told.has(name)) return true;
  told.add(name);
  return false;
}

/** The changes of one log entry, by path: they are of one time. */
function changesOf(paths: Paths, by: OpenedEntry, entries: ReadonlySet<EntryId> | undefined): readonly Logged[] {
  const found = by.body.changes.flatMap(({ shard, change }) =>
    readLogged(change)
      .filter(({ entry }) => entries === undefined || entries.has(entry))
      .map((logged) => ({ by, shard, change: logged, path: paths.of(logged.entry, logged.location?.value) })),
  );
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The entries that anybody ever put at a path or below it. */
async function entriesEverAt(context: FolderContext, paths: Paths, pattern: string): Promise<ReadonlySet<EntryId>> {
  const at = pattern.replace(/\/+$/u, '');
  const found = new Set<EntryId>();
  for await (const { body } of newestFirst(context)) {
    for (const { change } of body.changes) {
      for (const { entry, location } of readLogged(change)) {
        if (location === undefined || found.has(entry)) continue;
        const path = paths.of(entry, location.value);
        if (path === at || path.startsWith(`${at}/`) || matchesGlob(at, path)) found.add(entry);
      }
    }
  }
  return found;
}

function itemOf(
  context: FolderContext,
  paths: Paths,
  { device, body }: OpenedEntry,
  entry: EntryId,
  deed: Deed,
): LogItem {
  const { membership, config, device: own, index } = context;
  const { action, location, from, content } = deed;
  const author = authorOf(device);
  const namesAuthor = content !== undefined && (action === 'conflict-copy' || action === 'settled');
  return {
    folder: config.name,
    time: isoTime(body.wallTime),
    device: membership.nameOf(author),
    ours: device === own.id,
    action,
    kind: (content ?? index.entry(entry)?.remote?.content)?.kind ?? null,
    path: paths.of(entry, location),
    from: from === undefined ? null : paths.of(entry, from),
    bytes: content?.kind === 'file' && action !== 'deleted' ? content.size : null,
    author: namesAuthor ? membership.nameOf(content.author) : null,
  };
}
