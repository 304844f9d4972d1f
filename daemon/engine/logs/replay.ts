import type { EpochKeys } from '../../../protocol/epoch.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { decodeLogEntry, openLogBody } from '../../../protocol/log-entry.ts';
import type { Feeds } from '../../store/feeds.ts';

/** Bytes of one log looked at before another one's turn comes. */
const READ_BYTES = 1024 * 1024;

/** A change of one shard, as the logs have it. */
export interface LoggedChange {
  readonly epoch: number;
  readonly shard: number;
  readonly actor: FeedId;
  readonly change: Uint8Array;
}

/** What all documents are made of, and can be built from again. */
export interface LoggedHistory {
  /** True while no log has an entry. */
  readonly empty: boolean;
  /** All changes, each after all that it follows, some at a time; told what they are read for. */
  changes(what: 'one document' | 'all documents'): AsyncIterable<readonly LoggedChange[]>;
}

/**
 * All changes of a folder, from the logs, each after all that it follows, some at a time.
 * @throws CodedError 'state-damaged' when the logs themselves have lost something, 'no-keys'
 */
export async function* replayLogs(
  feeds: Feeds,
  keysOf: (epoch: number) => EpochKeys | undefined,
): AsyncGenerator<readonly LoggedChange[]> {
  const reached = new Map<FeedId, number>();
  const heads = feeds.heads();
  const isDone = (): boolean => heads.every(({ feed, sequence }) => (reached.get(feed) ?? 0) >= sequence);
  while (!isDone()) {
    let progress = false;
    for (const { feed } of heads) {
      const found: LoggedChange[] = [];
      const from = (reached.get(feed) ?? 0) + 1;
      for (const bytes of await feeds.read(feed, from, READ_BYTES)) {
        const entry = decodeLogEntry(bytes);
        const { epoch, sequence } = entry.header;
        const keys = keysOf(epoch);
        if (keys === undefined) throw new CodedError('no-keys', `the keys of epoch ${epoch} are not here`);
        const body = openLogBody(entry, keys);
        if (body.seen.some((seen) => (reached.get(seen.feed) ?? 0) < seen.sequence)) break;
        reached.set(feed, sequence);
        progress = true;
        for (const change of body.changes) found.push({ ...change, actor: feed, epoch });
      }
      if (found.length > 0) yield found;
    }
    if (!progress) throw new CodedError('state-damaged', 'the logs of this folder follow entries that are not here');
  }
}
