import { beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../../../protocol/codec.ts';
import type { RecordId } from '../../../../protocol/ids.ts';
import { decodeLogEntry } from '../../../../protocol/log-entry.ts';
import { act, remove } from '../../../support/membership-world.ts';
import { alice, bob, carol, createReceivingWorld, type ReceivingWorld } from '../receiving-world.ts';

let world: ReceivingWorld;

beforeEach(async () => {
  world = await createReceivingWorld();
});

const receive = async (...entries: readonly Uint8Array[]): Promise<void> => {
  await world.receiver.receive(entries, carol.device);
};

describe('an entry of a log', () => {
  it('is taken from a writer', async () => {
    const { entryOf, base, reached } = world;
    await receive(entryOf(bob, base).bytes);
    expect(reached(bob)).toBe(1);
  });

  it('is refused from a device that could not write by what it knew, whatever it became since', async () => {
    const { entryOf, base, reached, know, receiver } = world;
    await know(act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] }));
    await receive(entryOf(carol, base).bytes);
    expect(reached(carol)).toBe(0);
    expect(receiver.frozen().size).toBe(0);
  });

  it('is taken from a device that may not write any more, if it could by what it knew', async () => {
    const { entryOf, base, reached, know } = world;
    await know(act(base, alice, { kind: 'set-role', device: bob.device, role: 'reader', sealed: [] }));
    await receive(entryOf(bob, base).bytes);
    expect(reached(bob)).toBe(1);
  });

  it('waits for the records by which its author wrote', async () => {
    const { entryOf, base, reached, know, receiver } = world;
    const later = act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] });
    await receive(entryOf(carol, later).bytes);
    expect(reached(carol)).toBe(0);
    await know(later);
    await receiver.again();
    expect(reached(carol)).toBe(1);
  });

  it('of a removed device counts as far as a member’s entry follows it, and no further', async () => {
    const { entryOf, base, reached, know, feedOf } = world;
    const first = entryOf(bob, base);
    const second = entryOf(bob, base, { sequence: 2, previous: first.id });
    await know(remove(base, alice, bob));
    await receive(first.bytes, second.bytes);
    expect(reached(bob)).toBe(0);

    const writer = act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] });
    await know(writer);
    await receive(entryOf(carol, writer, { seen: [{ feed: feedOf(bob), sequence: 1 }] }).bytes);
    expect([reached(bob), reached(carol)]).toEqual([1, 1]);
  });

  it('freezes a log only when its author signed what is wrong with it', async () => {
    const { entryOf, base, reached, receiver, feedOf } = world;
    const first = entryOf(bob, base);
    await receive(first.bytes);
    const astray = entryOf(bob, base, { sequence: 2, previous: 'ee'.repeat(32) as RecordId });
    const { headerBytes, sealedBody } = decodeLogEntry(astray.bytes);
    await receive(encode([headerBytes, new Uint8Array(64), sealedBody]));
    expect(receiver.frozen().size).toBe(0);
    await receive(entryOf(bob, base, { sequence: 2, previous: first.id }).bytes);
    expect(reached(bob)).toBe(2);
    await receive(entryOf(bob, base, { sequence: 3, previous: astray.id }).bytes);
    expect([...receiver.frozen().keys()]).toEqual([feedOf(bob)]);
  });
});
