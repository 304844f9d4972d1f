import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../../protocol/bytes.ts';
import { decode, encode, readArray } from '../../../../protocol/codec.ts';
import type { InstanceId, RecordId } from '../../../../protocol/ids.ts';
import { act } from '../../../support/membership-world.ts';
import { alice, bob, carol, createReceivingWorld, type ReceivingWorld } from '../receiving-world.ts';

const ROOM_BYTES = 8 * 1024 * 1024;
const unknown = (number: number): RecordId => toHex(new Uint8Array(32).fill(number)) as RecordId;
const MANY_HEADS = Array.from({ length: 64 }, (_, at) => unknown(at));
const instanceOf = (number: number): InstanceId => `${number}`.padStart(32, '0') as InstanceId;

let world: ReceivingWorld;

beforeEach(async () => {
  world = await createReceivingWorld();
});

/** Entries of one log that lack all that is before them, and whose right to be there nobody can judge. */
function hopeless(count: number): readonly Uint8Array[] {
  const { entryOf, base } = world;
  return Array.from({ length: count }, (_, at) => {
    const instance = instanceOf(7);
    return entryOf(bob, base, { sequence: 2 + at, previous: unknown(9), heads: MANY_HEADS, instance }).bytes;
  });
}

/** More than one member has room for. */
async function fillRoomOf(from: typeof carol): Promise<void> {
  const { receiver } = world;
  const entries = hopeless(3000);
  for (let at = 0; at < entries.length; at += 500) await receiver.receive(entries.slice(at, at + 500), from.device);
}

describe('an entry that came too early', () => {
  it('waits for those before it, and is taken after them', async () => {
    const { entryOf, base, reached, receiver } = world;
    const first = entryOf(bob, base);
    await receiver.receive([entryOf(bob, base, { sequence: 2, previous: first.id }).bytes], bob.device);
    expect(reached(bob)).toBe(0);
    await receiver.receive([first.bytes], bob.device);
    expect([reached(bob), receiver.waitingBytes]).toEqual([2, 0]);
  });

  it('waits for what it has seen of other logs', async () => {
    const { entryOf, base, reached, receiver, know, feedOf } = world;
    const writer = act(base, alice, { kind: 'set-role', device: carol.device, role: 'writer', sealed: [] });
    await know(writer);
    const seen = [{ feed: feedOf(bob), sequence: 1 }];
    await receiver.receive([entryOf(carol, writer, { seen }).bytes], carol.device);
    expect(reached(carol)).toBe(0);
    await receiver.receive([entryOf(bob, base).bytes], carol.device);
    expect([reached(carol), receiver.waitingBytes]).toEqual([1, 0]);
  });

  it('does not hide the same place of a log as another member knows it', async () => {
    const { entryOf, base, reached, receiver } = world;
    // In bob's name, and by records that nobody will ever have: his signature can't be looked at before.
    const [, signature, body] = readArray(decode(entryOf(bob, base).bytes), 3);
    const [header] = readArray(decode(entryOf(bob, base, { heads: [unknown(1)] }).bytes), 3);
    await receiver.receive([encode([header as Uint8Array, signature as Uint8Array, body as Uint8Array])], carol.device);
    expect(reached(bob)).toBe(0);
    await receiver.receive([entryOf(bob, base).bytes], bob.device);
    expect([reached(bob), receiver.waitingBytes]).toEqual([1, 0]);
  });

  it('gets room by who sent it: one member fills its own and no other', async () => {
    const { entryOf, base, reached, receiver } = world;
    await fillRoomOf(carol);
    expect(receiver.waitingBytes).toBeGreaterThan(ROOM_BYTES / 2);
    expect(receiver.waitingBytes).toBeLessThanOrEqual(ROOM_BYTES);
    const first = entryOf(bob, base);
    await receiver.receive([entryOf(bob, base, { sequence: 2, previous: first.id }).bytes], bob.device);
    await receiver.receive([first.bytes], bob.device);
    expect(reached(bob)).toBe(2);
    receiver.forget(carol.device);
    expect(receiver.waitingBytes).toBe(0);
  });

  it('keeps none waiting that can be taken, even where there is no room left', async () => {
    const { entryOf, base, reached, receiver } = world;
    await fillRoomOf(carol);
    const before = receiver.waitingBytes;
    await receiver.receive([...hopeless(20), entryOf(bob, base).bytes], carol.device);
    expect(reached(bob)).toBe(1);
    expect(receiver.waitingBytes).toBeLessThanOrEqual(Math.max(before, ROOM_BYTES));
  });

  it('goes with one that nobody honest sends', async () => {
    const { entryOf, base, reached, receiver } = world;
    const first = entryOf(bob, base);
    const second = entryOf(bob, base, { sequence: 2, previous: first.id });
    await receiver.receive([second.bytes, entryOf(carol, base).bytes], carol.device);
    expect(receiver.waitingBytes).toBe(0);
    await receiver.receive([first.bytes, second.bytes], bob.device);
    expect(reached(bob)).toBe(2);
  });

  it('is not taken of the hundredth log of one device', async () => {
    const { entryOf, base, reached, receiver, photos } = world;
    for (let number = 1; number <= 100; number += 1) {
      await receiver.receive([entryOf(bob, base, { instance: instanceOf(number) }).bytes], bob.device);
    }
    expect(photos.feeds.heads().length).toBe(64);
    expect([reached(bob, instanceOf(64)), reached(bob, instanceOf(65))]).toEqual([1, 0]);
    expect(receiver.takes(world.feedOf(bob, instanceOf(65)), bob.device)).toBe(false);
    expect(photos.problems.list().map(({ code }) => code)).toEqual(['bad-log']);
    expect(receiver.waitingBytes).toBe(0);
  });
});
