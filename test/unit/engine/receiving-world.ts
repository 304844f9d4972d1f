import type { FolderContext } from '../../../daemon/engine/context.ts';
import { Publisher } from '../../../daemon/engine/logs/publish.ts';
import { Receiver } from '../../../daemon/engine/logs/receive.ts';
import { feedIdOf } from '../../../protocol/device-id.ts';
import type { FeedId, InstanceId, RecordId } from '../../../protocol/ids.ts';
import type { SeenFeed } from '../../../protocol/log-body.ts';
import { encodeLogEntry, NO_RECORD } from '../../../protocol/log-entry.ts';
import { type Actor, actorOf, admit, type View, viewOf } from '../../support/membership-world.ts';
import { Party, TestClock } from './pairing-world.ts';

export const [alice, bob, carol] = [actorOf('alice'), actorOf('bob'), actorOf('carol')];
export const INSTANCE = 'ab'.repeat(16) as InstanceId;

interface Entry {
  readonly bytes: Uint8Array;
  readonly id: RecordId;
}

interface Written {
  readonly sequence?: number;
  readonly previous?: RecordId;
  readonly instance?: InstanceId;
  readonly heads?: readonly RecordId[];
  readonly seen?: readonly SeenFeed[];
}

/** alice's side of a folder that she shared, where bob is a writer and carol a reader. */
export interface ReceivingWorld {
  readonly photos: FolderContext;
  readonly clock: TestClock;
  readonly receiver: Receiver;
  readonly base: View;
  know(view: View): Promise<void>;
  feedOf(author: Actor, instance?: InstanceId): FeedId;
  /** An entry that changes nothing, by somebody who knows `view`: the first of its log unless told otherwise. */
  entryOf(author: Actor, view: View, written?: Written): Entry;
  /** How far alice has somebody's log. */
  reached(author: Actor, instance?: InstanceId): number;
}

export async function createReceivingWorld(): Promise<ReceivingWorld> {
  const clock = new TestClock();
  const photos = await new Party('alice', clock).share('photos');
  const publisher = new Publisher(photos, () => undefined);
  const receiver = new Receiver(
    photos,
    publisher,
    () => undefined,
    () => undefined,
  );
  const base = admit(admit(viewOf(photos.membership.current.accepted), alice, bob, 'writer'), alice, carol, 'reader');
  const { folder } = base.membership;
  const know = async (view: View): Promise<void> => {
    await photos.membership.receive(view.records.map(({ bytes }) => bytes));
  };
  const feedOf = (author: Actor, instance = INSTANCE): FeedId => feedIdOf(author.device, folder, instance);
  await know(base);
  return {
    photos,
    clock,
    receiver,
    base,
    know,
    feedOf,
    entryOf(author, view, { sequence = 1, previous = NO_RECORD, instance = INSTANCE, heads, seen = [] } = {}) {
      const keys = photos.membership.keys(1);
      if (keys === undefined) throw new Error('no keys');
      const membershipHeads = heads ?? view.membership.heads;
      const header = { folder, device: author.device, instance, sequence, previous, epoch: 1, membershipHeads };
      return encodeLogEntry(header, { seen, wallTime: 0, changes: [] }, keys, author.key);
    },
    reached: (author, instance) => photos.feeds.head(feedOf(author, instance))?.sequence ?? 0,
  };
}
