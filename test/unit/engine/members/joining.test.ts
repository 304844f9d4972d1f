import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderContext } from '../../../../daemon/engine/context.ts';
import { explainUnreached, type Joined } from '../../../../daemon/engine/members/joining.ts';
import { CodedError } from '../../../../protocol/errors.ts';
import type { PairAccept, PairMessage, Reject } from '../../../../protocol/message-types.ts';
import { makeInviteProof, PAIR_REFUSALS } from '../../../../protocol/pairing.ts';
import type { Ticket } from '../../../../protocol/ticket.ts';
import { seedOf } from '../../../support/membership-world.ts';
import { failureOf, PairLink, Party, TestClock } from '../pairing-world.ts';

let clock: TestClock;
let alice: Party;
let bob: Party;
let photos: FolderContext;
let ticket: Ticket;

beforeEach(async () => {
  clock = new TestClock();
  alice = new Party('alice', clock);
  bob = new Party('bob', clock);
  photos = await alice.share('photos');
  ticket = await alice.ticket(photos);
});

/** A pairing in which the accept is changed on its way. `prove` signs records as an inviter with this secret does. */
function withAccept(
  change: (
    accept: PairAccept,
    prove: (records: readonly Uint8Array[], secret?: Uint8Array) => PairAccept,
  ) => PairAccept,
): PairLink {
  const link: PairLink = new PairLink(bob, alice, ticket, (message) => {
    if (message.kind !== 'pair-accept') return message;
    const { sent } = link;
    const [open, challenge, proof] = sent;
    if (open?.kind !== 'pair-open' || challenge?.kind !== 'pair-challenge' || proof?.kind !== 'pair-proof') {
      throw new Error('another order of messages');
    }
    const transcript = {
      joiner: bob.id,
      inviter: alice.id,
      joinerNonce: open.nonce,
      inviterNonce: challenge.nonce,
      boxPublicKey: proof.boxPublicKey,
      deviceName: proof.deviceName,
    };
    return change(message, (records, secret = ticket.secret) => ({
      ...message,
      records,
      mac: makeInviteProof(secret, transcript, records),
    }));
  });
  return link;
}

const bytesOf = (context: FolderContext): readonly Uint8Array[] =>
  context.membership.current.accepted.map(({ bytes }) => bytes);

describe('a joiner', () => {
  it('gets records that make it a member with the keys, and the addresses', async () => {
    const joined: Joined = await new PairLink(bob, alice, ticket).run();
    const context = await bob.setUp('photos', joined.records);
    expect(context.membership.role(bob.id)).toBe('writer');
    expect(context.membership.keys(1)).toEqual(photos.membership.keys(1));
    expect(context.membership.current).toEqual(photos.membership.current);
    expect(joined.addresses.map(({ device }) => device).sort()).toEqual([alice.id, bob.id].sort());
  });

  it('leaves no timer behind, whichever way it ends', async () => {
    await new PairLink(bob, alice, ticket).run();
    await failureOf(new PairLink(bob, alice, { ...ticket, secret: seedOf('other').subarray(0, 16) }).run());
    expect(clock.pending).toBe(0);
  });

  it.each(PAIR_REFUSALS)('tells what to do when the answer is %s', async (code) => {
    const link = new PairLink(bob, alice, ticket, (message) =>
      message.kind === 'pair-challenge' ? { kind: 'pair-refuse', invite: message.invite, code } : message,
    );
    const failure = await failureOf(link.run());
    expect(failure).toEqual({ code, message: expect.stringContaining('ask for a new one') });
  });

  it('believes no inviter that does not know the secret', async () => {
    const link = withAccept((accept, prove) => prove(accept.records, seedOf('guess').subarray(0, 16)));
    const { code, message } = await failureOf(link.run());
    expect([code, message]).toEqual(['join-failed', expect.stringContaining('could not prove')]);
  });

  it.each<[string, string, () => Promise<readonly Uint8Array[]> | readonly Uint8Array[]]>([
    ['records of another folder', 'another folder', async () => bytesOf(await alice.share('music'))],
    ['records without it', 'did not admit', () => bytesOf(photos).slice(0, 1)],
    ['records that are none', 'another folder', () => [seedOf('noise')]],
    ['no records', 'another folder', () => []],
    ['too many records', 'more membership records', () => Array.from({ length: 2049 }, () => seedOf('noise'))],
  ])('refuses %s, though the inviter proves them', async (_, expected, make) => {
    const records = await make();
    const { code, message } = await failureOf(withAccept((_accept, prove) => prove(records)).run());
    expect([code, message]).toEqual(['join-failed', expect.stringContaining(expected)]);
  });

  it('refuses records that were changed on the way', async () => {
    const { code } = await failureOf(withAccept((accept) => ({ ...accept, records: accept.records.slice(1) })).run());
    expect(code).toBe('join-failed');
  });

  it('is not a member by an answer to nothing, and gives up in the end', async () => {
    const early: PairAccept = {
      kind: 'pair-accept',
      invite: '' as never,
      mac: seedOf('x'),
      records: [],
      addresses: [],
    };
    const link = new PairLink(bob, alice, ticket, (message) => (message.kind === 'pair-challenge' ? early : message));
    const outcome = failureOf(link.run());
    clock.pass(14_999);
    expect(link.kinds).toEqual(['pair-open', 'pair-challenge']);
    clock.pass(1);
    expect((await outcome).code).toBe('no-answer');
  });

  it('passes on why the inviter can not answer, as the words of the inviter', async () => {
    const reject: Reject = { kind: 'reject', folder: null, code: 'no-keys', message: 'photos has no keys here' };
    const link = new PairLink(bob, alice, ticket, (message): PairMessage | Reject =>
      message.kind === 'pair-challenge' ? reject : message,
    );
    const failure = await failureOf(link.run());
    expect(failure).toEqual({ code: 'join-refused', message: 'the other device says: photos has no keys here' });
  });

  it('takes the first end for the end', async () => {
    const link = new PairLink(bob, alice, ticket, (message) => (message.kind === 'pair-proof' ? undefined : message));
    const outcome = failureOf(link.run());
    link.joining.fail(new CodedError('no-answer', 'the link is gone'));
    const challenge = link.sent[1] as PairMessage;
    link.joining.onPair({ device: alice.id, send: () => expect.unreachable('answered after the end') }, challenge);
    expect((await outcome).message).toBe('the link is gone');
  });
});

describe('an inviter that can not be reached', () => {
  const explained = (code: string): unknown => explainUnreached(new CodedError(code, 'Tried /ip4/192.0.2.1/tcp/1.'));

  it.each(['unreachable', 'wrong-identity'])('is explained with what was tried and what to do (%s)', (code) => {
    const message = expect.stringMatching(/^Tried \/ip4\/192\.0\.2\.1\/tcp\/1\. .* ask for a new one\.$/);
    expect(explained(code)).toEqual(expect.objectContaining({ code, message }));
  });

  it('has no open invite when it refuses the connection', () => {
    const message = expect.stringContaining('used already or has expired');
    expect(explained('refused')).toEqual(expect.objectContaining({ code: 'invite-refused', message }));
  });

  it('is no other failure', () => {
    const other = new CodedError('no-answer', 'it is silent');
    expect(explainUnreached(other)).toBe(other);
    const bug = new Error('a bug');
    expect(explainUnreached(bug)).toBe(bug);
  });
});
