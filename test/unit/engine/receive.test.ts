import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderContext } from '../../../daemon/engine/context.ts';
import { Publisher } from '../../../daemon/engine/publish.ts';
import { Receiver } from '../../../daemon/engine/receive.ts';
import { encode } from '../../../protocol/codec.ts';
import { feedIdOf } from '../../../protocol/device-id.ts';
import type { FeedId, InstanceId, RecordId } from '../../../protocol/ids.ts';
import { decodeLogEntry, encodeLogEntry, NO_RECORD } from '../../../protocol/log-entry.ts';
import { type Actor, act, actorOf, admit, remove, type View, viewOf } from '../../support/membership-world.ts';
import { Party, TestClock } from './pairing-world.ts';

const [alice, bob, carol] = [actorOf('alice'), actorOf('bob'), actorOf('carol')];
const INSTANCE = 'ab'.repeat(16) as InstanceId;

let photos: FolderContext;
let receiver: Receiver;
/** alice shared it, and admitted bob as a writer and carol as a reader. */
let base: View;

beforeEach(async () => {
  photos = await new Party('alice', new TestClock()).share('photos');
  const publisher = new Publisher(photos, () => undefined);
  receiver = new Receiver(
    photos,
    publisher,
    () => undefined,
    () => undefined,
  );
  base = admit(admit(viewOf(photos.membership.current.accepted), alice, bob, 'writer'), alice, carol, 'reader');
  await know(base);
});

async function know(view: View): Promise<void> {
  await photos.membership.receive(view.records.map(({ bytes }) => bytes));
}

const feedOf = (author: Actor): FeedId => feedIdOf(author.device, base.membership.folder, INSTANCE);

/** An entry that changes nothing, by somebody who knows `view`. */
function entryOf(
  author: Actor,
  view: View,
  sequence = 1,
  previous: RecordId = NO_RECORD,
  seen: readonly { readonly feed: FeedId; readonly sequence: number }[] = [],
): { readonly bytes: Uint8Array; readonly id: RecordId } {
  const keys = photos.membership.keys(1);
  if (keys === undefined) throw new Error('no keys');
  const header = {
    folder: view.membership.folder,
    device: author.device,
    instance: INSTANCE,
    sequence,
    previous,
    epoch: 1,
    membershipHeads: view.membership.heads,
  };
  return encodeLogEntry(header, { seen, wallTime: 0, changes: [] }, keys, author.key);
}

const reached = (author: Actor): number => photos.feeds.head(feedOf(author))?.sequence ?? 0;

describe('an entry of a log', () => {
  it('is taken from a writer', async () => {
    await receiver.receive([entryOf(bob, base).bytes]);
    expect(reached(bob)).toBe(1);
  });

  it('is refused from a device that could not write by what it knew, whatever it became since', async () => {
    await know(act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] }));
    await receiver.receive([entryOf(carol, base).bytes]);
    expect(reached(carol)).toBe(0);
    expect(receiver.frozen().size).toBe(0);
  });

  it('is taken from a device that may not write any more, if it could by what it knew', async () => {
    await know(act(base, alice, { kind: 'set-role', device: bob.device, role: 'reader', sealed: [] }));
    await receiver.receive([entryOf(bob, base).bytes]);
    expect(reached(bob)).toBe(1);
  });

  it('waits for the records by which its author wrote', async () => {
    const later = act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] });
    await receiver.receive([entryOf(carol, later).bytes]);
    expect(reached(carol)).toBe(0);
    await know(later);
    await receiver.receive([]);
    expect(reached(carol)).toBe(1);
  });

  it('of a removed device counts as far as a member’s entry follows it, and no further', async () => {
    const first = entryOf(bob, base);
    const second = entryOf(bob, base, 2, first.id);
    await know(remove(base, alice, bob));
    await receiver.receive([first.bytes, second.bytes]);
    expect(reached(bob)).toBe(0);

    const writer = act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] });
    await know(writer);
    await receiver.receive([entryOf(carol, writer, 1, NO_RECORD, [{ feed: feedOf(bob), sequence: 1 }]).bytes]);
    expect([reached(bob), reached(carol)]).toEqual([1, 1]);
  });

  it('freezes a log only when its author signed what is wrong with it', async () => {
    const first = entryOf(bob, base);
    await receiver.receive([first.bytes]);
    const astray = entryOf(bob, base, 2, 'ee'.repeat(32) as RecordId);
    const { headerBytes, sealedBody } = decodeLogEntry(astray.bytes);
    await receiver.receive([encode([headerBytes, new Uint8Array(64), sealedBody])]);
    expect(receiver.frozen().size).toBe(0);
    const second = entryOf(bob, base, 2, first.id);
    await receiver.receive([second.bytes]);
    expect(reached(bob)).toBe(2);
    await receiver.receive([entryOf(bob, base, 3, astray.id).bytes]);
    expect([...receiver.frozen().keys()]).toEqual([feedOf(bob)]);
  });
});
