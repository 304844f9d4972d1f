import { beforeEach, describe, expect, it } from 'vitest';
import { Gossip } from '../../../../daemon/engine/logs/gossip.ts';
import { Session } from '../../../../daemon/engine/peers/session.ts';
import type { InstanceId } from '../../../../protocol/ids.ts';
import type { FolderMessage, WantChunks } from '../../../../protocol/message-types.ts';
import { decodeMessage, type Message } from '../../../../protocol/messages.ts';
import type { Actor } from '../../../support/membership-world.ts';
import { bob, carol, createReceivingWorld, INSTANCE, type ReceivingWorld } from '../receiving-world.ts';

/** Longer than anybody is waited for. */
const LONG_MS = 60_000;

let world: ReceivingWorld;
let gossip: Gossip;

beforeEach(async () => {
  world = await createReceivingWorld();
  gossip = new Gossip(world.photos, world.receiver, {
    flush: () => Promise.resolve(),
    state: () => ({ frontier: [], settled: true, pending: 0 }),
    addresses: () => [],
    learn: () => undefined,
    onPeers: () => undefined,
    onMembership: () => undefined,
  });
});

/** A connected member: what it was told, and what it says. */
class Member {
  readonly heard: Message[] = [];
  readonly #session: Session;
  readonly queued = { bytes: 0 };

  constructor({ device }: Actor) {
    const link = {
      device,
      inbound: true,
      remoteAddress: '',
      send: (_lane: string, ...parts: readonly Uint8Array[]) => {
        for (const part of parts) this.heard.push(decodeMessage(part));
      },
      queuedBytes: () => this.queued.bytes,
      drained: () => Promise.resolve(),
      sentBytes: 0,
      receivedBytes: 0,
      close: () => undefined,
    };
    const unused = (): never => {
      throw new Error('not part of this world');
    };
    const handler = { onHello: unused, onPair: unused, onReject: unused, onFolder: unused, serve: unused };
    this.#session = new Session(link, { ...handler, onClosed: unused }, world.photos.logger);
    gossip.open(this.#session);
    this.heard.length = 0;
  }

  say(message: Exclude<FolderMessage, WantChunks>): Promise<void> {
    return gossip.handle(this.#session, message);
  }

  /** Says that it has bob's log, or another of his, so far. */
  claim(sequence: number, instance: InstanceId = INSTANCE): Promise<void> {
    const { folder } = world.base.membership;
    return this.say({ kind: 'frontier', folder, items: [{ device: bob.device, instance, sequence }] });
  }

  bring(...entries: readonly Uint8Array[]): Promise<void> {
    return this.say({ kind: 'entries', folder: world.base.membership.folder, entries });
  }

  leave(): void {
    gossip.close(this.#session);
  }

  /** First sequences of what it was asked for so far. */
  asked(): readonly number[] {
    return this.heard.flatMap((message) => (message.kind === 'want-entries' ? [message.from] : []));
  }
}

const instanceOf = (number: number): InstanceId => number.toString(16).padStart(32, '0') as InstanceId;

describe('who is asked for a log', () => {
  it('is one member at a time, and another once it has brought all it has', async () => {
    const [first, second] = [new Member(carol), new Member(bob)];
    await first.claim(1);
    await second.claim(2);
    expect([first.asked(), second.asked()]).toEqual([[1], []]);
    await first.bring(world.entryOf(bob, world.base).bytes);
    expect([first.asked(), second.asked()]).toEqual([[1], [2]]);
  });

  it('is another when the first leaves', async () => {
    const [first, second] = [new Member(carol), new Member(bob)];
    await first.claim(9);
    await second.claim(2);
    first.leave();
    expect(second.asked()).toEqual([1]);
  });

  it('is another when the first does not answer, and then always', async () => {
    const [first, second] = [new Member(carol), new Member(bob)];
    await first.claim(1_000_000);
    await second.claim(1);
    expect(second.asked()).toEqual([]);
    world.clock.pass(LONG_MS);
    expect(second.asked()).toEqual([1]);
    const entry = world.entryOf(bob, world.base);
    await second.bring(entry.bytes);
    await first.claim(2_000_000);
    await second.claim(2);
    expect(second.asked()).toEqual([1, 2]);
  });

  it('is another when the first brings nothing', async () => {
    const [first, second] = [new Member(carol), new Member(bob)];
    await first.claim(1_000_000);
    await second.claim(1);
    await first.bring();
    expect(second.asked()).toEqual([1]);
    expect(first.asked()).toEqual([1]);
  });

  it('is not asked in a circle for what has to wait for something else', async () => {
    const member = new Member(carol);
    await member.claim(2);
    await member.bring(
      world.entryOf(bob, world.base, { sequence: 2, previous: world.entryOf(bob, world.base).id }).bytes,
    );
    expect(member.asked()).toEqual([1]);
    expect(world.reached(bob)).toBe(0);
  });

  it('hears one question at a time once it brought nothing for many', async () => {
    const member = new Member(carol);
    for (let number = 1; number <= 50; number += 1) await member.claim(5, instanceOf(number));
    expect(member.asked().length).toBe(50);
    world.clock.pass(LONG_MS);
    const before = member.asked().length;
    for (let number = 51; number <= 100; number += 1) await member.claim(5, instanceOf(number));
    expect(member.asked().length - before).toBeLessThanOrEqual(1);
  });

  it('is nobody who names more logs than a folder can have', async () => {
    const member = new Member(carol);
    for (let number = 1; number <= 4096; number += 1) await member.claim(5, instanceOf(number));
    await expect(member.claim(5, instanceOf(4097))).rejects.toThrow('more logs than a folder can have');
  });
});

describe('what a member does not read', () => {
  it('is not added to: it is told that there is more', async () => {
    const member = new Member(carol);
    member.queued.bytes = 5 * 1024 * 1024;
    const { bytes } = world.entryOf(bob, world.base);
    const head = { feed: world.feedOf(bob), device: bob.device, instance: INSTANCE, sequence: 1, last: '' as never };
    gossip.spread(head, [bytes]);
    expect(member.heard.map(({ kind }) => kind)).toEqual(['frontier']);
    member.heard.length = 0;
    member.queued.bytes = 0;
    gossip.spread(head, [bytes]);
    expect(member.heard.map(({ kind }) => kind)).toEqual(['entries']);
  });
});
