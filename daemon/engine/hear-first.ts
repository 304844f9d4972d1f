import type { Clock } from '../effects/clock.ts';
import type { Feeds } from '../store/feeds.ts';
import { type FolderContext, onDisk } from './context.ts';

const LOOK_EVERY_MS = 50;
/** Without a member to hear from, or with one that brings nothing more, a first scan waits no longer than this. */
const PATIENCE_MS = 10_000;

/**
 * A device that joins with files of its own hears the folder's history before it compares them. In the middle of the
 * history they would differ from what it says so far, and old conflicts, settled long ago, would come up again.
 * An empty directory has nothing to compare: nobody waits for it.
 */
export async function hearFirst(
  context: FolderContext,
  gossip: { readonly caughtUp: boolean | undefined },
  stopped: () => boolean,
): Promise<void> {
  const { config, membership, clock } = context;
  if (config.scanned || membership.current.members.length < 2 || (await isEmpty(context))) return;
  let heard = 0;
  let giveUpMs = clock.monotonicMs() + PATIENCE_MS;
  while (!stopped() && gossip.caughtUp !== true && clock.monotonicMs() < giveUpMs) {
    await pass(clock);
    const now = entriesHeard(context.feeds);
    if (now > heard) giveUpMs = clock.monotonicMs() + PATIENCE_MS;
    heard = now;
  }
}

async function isEmpty({ disk, root }: FolderContext): Promise<boolean> {
  const { directories } = await onDisk(disk, { kind: 'list', root, directories: [''] });
  const listed = directories[0];
  return listed?.kind === 'listed' && listed.children.length === 0;
}

function pass(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(LOOK_EVERY_MS, () => resolve()));
}

/** How many log entries are merged here, of all logs. */
export function entriesHeard(feeds: Feeds): number {
  return feeds.heads().reduce((sum, { sequence }) => sum + sequence, 0);
}
