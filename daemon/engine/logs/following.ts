import type { FeedId } from '../../../protocol/ids.ts';
import type { LogBody } from '../../../protocol/log-body.ts';
import type { DecodedLogEntry } from '../../../protocol/log-entry.ts';
import type { FeedHead } from '../../store/feeds.ts';

/** True when an entry that counts follows this one. */
export function isFollowed({ feed, header }: DecodedLogEntry, followed: ReadonlyMap<FeedId, number>): boolean {
  return (followed.get(feed) ?? 0) >= header.sequence;
}

/** Notes how far an entry that counts follows other logs. Returns true when that is further than known. */
export function follow(seen: LogBody['seen'], followed: Map<FeedId, number>): boolean {
  const further = seen.filter(({ feed, sequence }) => (followed.get(feed) ?? 0) < sequence);
  for (const { feed, sequence } of further) followed.set(feed, sequence);
  return further.length > 0;
}

/** True when all of these are merged. */
export function isReached(seen: LogBody['seen'], reached: ReadonlyMap<FeedId, FeedHead>): boolean {
  return seen.every(({ feed, sequence }) => (reached.get(feed)?.sequence ?? 0) >= sequence);
}
