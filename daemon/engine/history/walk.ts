import type { DeviceId, FeedId } from '../../../protocol/ids.ts';
import type { LogBody } from '../../../protocol/log-body.ts';
import { decodeLogEntry, openLogBody } from '../../../protocol/log-entry.ts';
import type { FolderContext } from '../context.ts';

/** One log entry that could be opened. */
export interface OpenedEntry {
  readonly feed: FeedId;
  readonly device: DeviceId;
  readonly epoch: number;
  readonly body: LogBody;
}

/** Opening an entry takes up to 10 ms: after so many everything else gets its turn. */
const OPENED_AT_ONCE = 8;

/** One log from its newest entry back to its first. Entries under keys that this device was never given are left out. */
export async function* backwards(context: FolderContext, feed: FeedId): AsyncGenerator<OpenedEntry> {
  const { feeds, membership, clock } = context;
  const newest = feeds.head(feed)?.sequence ?? 0;
  for (let sequence = newest; sequence > 0; sequence--) {
    if ((newest - sequence) % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) {
      await new Promise<void>((resolve) => void clock.after(0, resolve));
    }
    // A limit of one byte: at least one entry comes, and no other with it.
    const [bytes] = await feeds.read(feed, sequence, 1);
    if (bytes === undefined) return;
    const entry = decodeLogEntry(bytes);
    const keys = membership.keys(entry.header.epoch);
    if (keys === undefined) continue;
    const { device, epoch } = entry.header;
    yield { feed, device, epoch, body: openLogBody(entry, keys) };
  }
}

/**
 * All logs together, newest first by the clocks of their authors; each log in its own order, whatever its author's clock
 * did.
 * @param by only what this device wrote
 */
export async function* newestFirst(context: FolderContext, by?: DeviceId): AsyncGenerator<OpenedEntry> {
  const heads = context.feeds.heads().filter(({ device }) => by === undefined || device === by);
  const logs: { readonly entries: AsyncGenerator<OpenedEntry>; next: OpenedEntry }[] = [];
  for (const { feed } of heads) {
    const entries = backwards(context, feed);
    const first = await entries.next();
    if (first.done !== true) logs.push({ entries, next: first.value });
  }
  for (;;) {
    const newest = logs.toSorted((a, b) => b.next.body.wallTime - a.next.body.wallTime)[0];
    if (newest === undefined) return;
    yield newest.next;
    const following = await newest.entries.next();
    if (following.done === true) logs.splice(logs.indexOf(newest), 1);
    else newest.next = following.value;
  }
}
