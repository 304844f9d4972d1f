import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderContext } from '../../../../daemon/engine/context.ts';
import { FolderMembership } from '../../../../daemon/engine/members/membership.ts';
import type { Message, PairMessage, PairProof } from '../../../../protocol/message-types.ts';
import { decodeTicket } from '../../../../protocol/ticket.ts';
import { act, actorOf, mergeViews, remove, seedOf, viewOf } from '../../../support/membership-world.ts';
import { failureOf, PairLink, Party, rolesOf, TestClock } from '../pairing-world.ts';

let clock: TestClock;
let alice: Party;
let bob: Party;
let carol: Party;
let photos: FolderContext;

beforeEach(async () => {
  clock = new TestClock();
  alice = new Party('alice', clock);
  bob = new Party('bob', clock);
  carol = new Party('carol', clock);
  photos = await alice.share('photos');
});

const proofIn = (link: PairLink): PairProof => {
  const found = link.sent.find((message) => message.kind === 'pair-proof');
  if (found?.kind !== 'pair-proof') throw new Error('no proof was sent');
  return found;
};

/** Sends messages of bob's to alice as if over one more link, and returns what she answers. */
async function tell(device: Party, ...messages: readonly PairMessage[]): Promise<readonly Message[]> {
  const answers: Message[] = [];
  const channel = { device: device.id, send: (message: Message) => void answers.push(message) };
  for (const message of messages) await alice.invites.onPair(channel, message);
  return answers;
}

describe('an invite', () => {
  it('lets in who proves its secret, durably, and members hear of it', async () => {
    const link = new PairLink(bob, alice, await alice.ticket(photos));
    const joined = await link.run();
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer']);
    expect(joined.records.map(({ id }) => id)).toEqual(photos.membership.current.accepted.map(({ id }) => id));
    expect(alice.events).toEqual(['member-joined', 'invite-used']);
    expect(alice.recorded).toEqual(['photos', 'photos']);
    const { store, index, device } = photos;
    const reloaded = await FolderMembership.load(store, index.number, device);
    expect(reloaded.isMember(bob.id)).toBe(true);
    expect(reloaded.current.invites.map(({ state }) => state)).toEqual(['used']);
  });

  it('is stored before the joiner hears that it is in', async () => {
    let members = 0;
    const link = new PairLink(bob, alice, await alice.ticket(photos), (message) => {
      if (message.kind === 'pair-accept') members = photos.membership.current.members.length;
      return message;
    });
    await link.run();
    expect(members).toBe(2);
  });

  it('opens the gate for strangers only while one is open', async () => {
    expect(alice.invites.open).toBe(false);
    const ticket = await alice.ticket(photos);
    expect(alice.invites.open).toBe(true);
    await new PairLink(bob, alice, ticket).run();
    expect(alice.invites.open).toBe(false);
    await alice.ticket(photos);
    clock.pass(600_001);
    expect(alice.invites.open).toBe(false);
  });

  it('admits one device', async () => {
    const ticket = await alice.ticket(photos);
    await new PairLink(bob, alice, ticket).run();
    expect((await failureOf(new PairLink(carol, alice, ticket).run())).code).toBe('invite-used');
    expect(alice.events.at(-1)).toBe('invite-refused invite-used');
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer']);
  });

  it('admits one of two devices that show it at the same moment', async () => {
    const ticket = await alice.ticket(photos);
    const both = [new PairLink(bob, alice, ticket), new PairLink(carol, alice, ticket)];
    const outcomes = await Promise.allSettled(both.map((link) => link.run()));
    expect(both.map(({ kinds }) => kinds.at(-1))).toEqual(['pair-accept', 'invite-used']);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer']);
  });

  it('expires, also between the challenge and the proof', async () => {
    const late = await alice.ticket(photos);
    clock.pass(599_500);
    const link = new PairLink(carol, alice, late, (message) => {
      if (message.kind === 'pair-challenge') clock.pass(1500);
      return message;
    });
    expect((await failureOf(link.run())).code).toBe('invite-expired');
    expect(link.kinds).toContain('pair-proof');
    const ticket = await alice.ticket(photos);
    clock.pass(600_001);
    expect((await failureOf(new PairLink(bob, alice, ticket).run())).code).toBe('invite-expired');
    expect(rolesOf(photos)).toEqual(['alice admin']);
  });

  it('is unknown to a device that did not make it, member or not', async () => {
    const { records } = await new PairLink(bob, alice, await alice.ticket(photos)).run();
    await bob.setUp('photos', records);
    const ticket = await alice.ticket(photos);
    expect((await failureOf(new PairLink(carol, bob, { ...ticket, inviter: bob.id }).run())).code).toBe(
      'invite-unknown',
    );
  });

  it('is refused with a wrong secret, and still good for the right one', async () => {
    const ticket = await alice.ticket(photos);
    const link = new PairLink(carol, alice, ticket, (message) =>
      message.kind === 'pair-proof' ? { ...message, mac: seedOf('guess') } : message,
    );
    expect((await failureOf(link.run())).code).toBe('invite-wrong');
    await new PairLink(bob, alice, ticket).run();
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer']);
  });

  it('belongs to the folder that it was made in', async () => {
    const music = await alice.share('music');
    await new PairLink(bob, alice, await alice.ticket(music, 'reader')).run();
    expect([rolesOf(photos), rolesOf(music)]).toEqual([['alice admin'], ['alice admin', 'bob reader']]);
  });
});

describe('a proof', () => {
  it('that was heard before proves nothing', async () => {
    const ticket = await alice.ticket(photos);
    const link = new PairLink(bob, alice, ticket, (message) => (message.kind === 'pair-proof' ? undefined : message));
    void link.run();
    const proof = proofIn(link);
    const open = link.sent[0] as PairMessage;
    expect(await tell(bob, proof)).toEqual([{ kind: 'pair-refuse', invite: proof.invite, code: 'invite-unknown' }]);
    const [, answer] = await tell(bob, open, proof);
    expect(answer).toMatchObject({ kind: 'pair-refuse', code: 'invite-wrong' });
    expect(rolesOf(photos)).toEqual(['alice admin']);
  });

  it('answers a challenge once', async () => {
    const link = new PairLink(bob, alice, await alice.ticket(photos), (message) =>
      message.kind === 'pair-proof' ? { ...message, mac: seedOf('guess') } : message,
    );
    await failureOf(link.run());
    await alice.invites.onPair(link.joiner, proofIn(link));
    expect(link.kinds.slice(-2)).toEqual(['invite-wrong', 'invite-unknown']);
  });

  it('lets nobody in but the device that made it', async () => {
    const link = new PairLink(bob, alice, await alice.ticket(photos), (message) =>
      message.kind === 'pair-proof' ? undefined : message,
    );
    void link.run();
    const [challenge, answer] = await tell(carol, link.sent[0] as PairMessage, proofIn(link));
    expect(challenge?.kind).toBe('pair-challenge');
    expect(answer).toMatchObject({ kind: 'pair-refuse', code: 'invite-wrong' });
  });
});

describe('a member that joins again', () => {
  it('keeps its place and role, and the invite is spent', async () => {
    await new PairLink(bob, alice, await alice.ticket(photos)).run();
    alice.events.length = 0;
    const ticket = await alice.ticket(photos, 'admin');
    const joined = await new PairLink(bob, alice, ticket).run();
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer']);
    expect(alice.events).toEqual(['invite-used']);
    expect((await failureOf(new PairLink(carol, alice, ticket).run())).code).toBe('invite-used');
    const again = await bob.setUp('photos', joined.records);
    expect(again.membership.keys(1)).toEqual(photos.membership.keys(1));
  });
});

describe('a device that was removed', () => {
  it('is told that only an admin lets it in again, and an admin does', async () => {
    const { records } = await new PairLink(bob, alice, await alice.ticket(photos)).run();
    const bobs = await bob.setUp('photos', records);
    await new PairLink(carol, alice, await alice.ticket(photos)).run();
    const removed = remove(viewOf(photos.membership.current.accepted), actorOf('alice'), actorOf('carol'));
    const news = removed.records.map(({ bytes }) => bytes);
    await photos.membership.receive(news);
    await bobs.membership.receive(news);

    const link = new PairLink(carol, bob, await bob.ticket(bobs));
    const { code, message } = await failureOf(link.run());
    expect([code, message]).toEqual(['join-refused', expect.stringMatching(/says: it was removed .* an admin/)]);
    expect(bob.events.at(-1)).toBe('invite-refused not-admitted');
    expect(rolesOf(bobs)).toEqual(['alice admin', 'bob writer']);

    await new PairLink(carol, alice, await alice.ticket(photos)).run();
    expect(rolesOf(photos)).toEqual(['alice admin', 'bob writer', 'carol writer']);
  });
});

describe('making an invite', () => {
  it('is for members whose role allows it', async () => {
    const { records } = await new PairLink(bob, alice, await alice.ticket(photos, 'reader')).run();
    const bobs = await bob.setUp('photos', records);
    const { code, message } = await failureOf(bob.ticket(bobs));
    expect([code, message]).toEqual(['not-allowed', expect.stringContaining('as reader of photos')]);
    expect(bob.recorded).toEqual([]);
  });

  it('says in the ticket what the record says', async () => {
    const { ticket, expires } = await alice.invites.make(photos, 'reader', 1500);
    expect(decodeTicket(ticket)).toMatchObject({ inviter: alice.id, folderName: 'photos', role: 'reader' });
    expect(decodeTicket(ticket).expires * 1000).toBe(expires);
    expect(photos.membership.current.invites).toMatchObject([{ role: 'reader', expires, state: 'open' }]);
    expect(expires).toBeGreaterThanOrEqual(clock.now() + 1500);
  });

  it('leaves an invite that was revoked meanwhile closed', async () => {
    const ticket = await alice.ticket(photos);
    const { membership } = photos;
    const [invite] = membership.current.invites;
    if (invite === undefined) throw new Error('no invite');
    const view = viewOf(membership.current.accepted);
    const revoked = act(view, actorOf('alice'), { kind: 'invite-revoke', invite: invite.invite }, clock.now());
    await membership.receive(mergeViews(view, revoked).records.map(({ bytes }) => bytes));
    expect((await failureOf(new PairLink(bob, alice, ticket).run())).code).toBe('invite-used');
  });
});
