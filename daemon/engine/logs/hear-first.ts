import type { Clock } from '../../effects/clock.ts';
import type { Feeds } from '../../store/feeds.ts';
import { type FolderContext, onDisk } from '../context.ts';

const LOOK_EVERY_MS = 50;
/** Without a member to hear from, or with one that brings nothing more, a first scan waits no longer than this. */
const PATIENCE_MS = 10_000;

/** Of `Gossip`: undefined while no member has said what it has. */
interface Hearing {
  readonly caughtUp: boolean | undefined;
}

/**
 * A device that joins hears the folder's history before it has a say. In the middle of it old conflicts, settled long ago,
 * look new: settled once more they would bring back what was cleared away since; and files that stand here already
 * would differ from what the history says so far. Resolves when the files here may be looked at: at once where there
 * are none.
 */
export async function hearFirst(
  context: FolderContext,
  gossip: Hearing,
  receiver: { heardAll: boolean },
  stopped: () => boolean,
): Promise<void> {
  if (receiver.heardAll) return;
  const hearing = hear(context, gossip, stopped).then(() => {
    receiver.heardAll = true;
  });
  if (!(await isEmpty(context))) await hearing;
}

async function hear({ clock, feeds }: FolderContext, gossip: Hearing, stopped: () => boolean): Promise<void> {
  let heard = 0;
  let giveUpMs = clock.monotonicMs() + PATIENCE_MS;
  while (!stopped() && gossip.caughtUp !== true && clock.monotonicMs() < giveUpMs) {
    await pass(clock);
    const now = entriesHeard(feeds);
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
