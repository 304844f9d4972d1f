import type { FrontierItem } from '../../../protocol/frontier.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import type { FolderContext } from '../context.ts';
import type { PeerLogs } from './peer-logs.ts';
import type { Receiver } from './receive.ts';

export interface Lacking {
  readonly feed: FeedId;
  readonly claim: FrontierItem;
  /** The last of it that is merged here; 0 for none. */
  readonly have: number;
}

/** Logs of which a member says it has more than is merged here, and of which more would be taken. */
export function* lackingFrom(context: FolderContext, receiver: Receiver, logs: PeerLogs): Generator<Lacking> {
  for (const [feed, claim] of logs.claims()) {
    const have = context.feeds.head(feed)?.sequence ?? 0;
    if (claim.sequence <= have || feed === context.feed || !receiver.takes(feed, claim.device)) continue;
    yield { feed, claim, have };
  }
}
