import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../daemon/core/membership.ts';
import type { OpenInvite } from '../../../daemon/core/pairing.ts';
import {
  acceptInvite,
  admissionMessage,
  refusalMessage,
  refusesInvite,
  refusesJoin,
} from '../../../daemon/core/pairing.ts';
import { RECORDS_MAX } from '../../../protocol/membership-types.ts';
import type { PairAccept } from '../../../protocol/messages.ts';
import type { PairTranscript } from '../../../protocol/pairing.ts';
import {
  boxCertificate,
  inviteIdOf,
  makeInviteProof,
  makeJoinProof,
  PAIR_REFUSALS,
} from '../../../protocol/pairing.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { View } from '../../support/membership-world.ts';
import { act, actorOf, addOf, admit, seedOf, shareFolder } from '../../support/membership-world.ts';

const [alice, bob] = [actorOf('alice'), actorOf('bob')];
const secret = seedOf('invite').subarray(0, 16);
const invite = inviteIdOf(secret);
const transcript: PairTranscript = {
  joiner: bob.device,
  inviter: alice.device,
  joinerNonce: seedOf('nonce of bob'),
  inviterNonce: seedOf('nonce of alice'),
  boxPublicKey: bob.box.publicKey,
  deviceName: bob.name,
};
const open: OpenInvite = { secret, expires: 3_000, used: false };
const proof = { mac: makeJoinProof(secret, transcript), certificate: boxCertificate(bob.key, bob.box.publicKey) };

describe('an inviter', () => {
  it('lets in who proves the secret', () => {
    expect(refusesInvite(open, 3_000)).toBeUndefined();
    expect(refusesJoin(open, 3_000, transcript, proof)).toBeUndefined();
  });

  it('refuses an unknown, used or expired invite, whatever is proved', () => {
    expect(refusesJoin(undefined, 0, transcript, proof)).toBe('invite-unknown');
    expect(refusesJoin({ ...open, used: true }, 0, transcript, proof)).toBe('invite-used');
    expect(refusesJoin(open, 3_001, transcript, proof)).toBe('invite-expired');
  });

  it('refuses another secret and another device’s certificate', () => {
    const wrong = { ...proof, mac: makeJoinProof(seedOf('guess').subarray(0, 16), transcript) };
    expect(refusesJoin(open, 0, transcript, wrong)).toBe('invite-wrong');
    const foreign = { ...proof, certificate: boxCertificate(alice.key, bob.box.publicKey) };
    expect(refusesJoin(open, 0, transcript, foreign)).toBe('invite-wrong');
  });

  it('has a message for every refusal', () => {
    expect(new Set(PAIR_REFUSALS.map(refusalMessage)).size).toBe(PAIR_REFUSALS.length);
  });
});

describe('a device that proved its ticket and is not let in', () => {
  it.each<[Refusal, string]>([
    ['role-too-low', 'ask an admin'],
    ['too-many-members', '256 members'],
    ['invite-not-open', '(invite-not-open): ask another member'],
  ])('is told why: %s', (reason, expected) => {
    expect(admissionMessage('Photos', reason)).toContain(expected);
    expect(admissionMessage('Photos', reason)).toContain('Photos');
  });
});

describe('a joiner', () => {
  const invited = act(shareFolder(alice), alice, { kind: 'invite', invite, role: 'writer', expires: 3_000 });
  const joined = act(invited, alice, addOf(invited, alice, bob, 'writer', invite));
  const ticket: Ticket = {
    inviter: alice.device,
    addresses: [],
    secret,
    folder: joined.membership.folder,
    folderName: 'Photos',
    role: 'writer',
    expires: 3,
    frontierHash: new Uint8Array(32),
  };
  const answer = (view: View): PairAccept => {
    const records = view.records.map((each) => each.bytes);
    return { kind: 'pair-accept', invite, mac: makeInviteProof(secret, transcript, records), records, addresses: [] };
  };

  it('takes the membership that admits it', () => {
    expect(acceptInvite(ticket, transcript, answer(joined))).toEqual(joined.membership);
  });

  it.each([
    ['an inviter without the secret', { ...answer(joined), mac: seedOf('guess') }, 'could not prove'],
    ['records changed on the way', { ...answer(joined), records: answer(invited).records }, 'could not prove'],
    ['another folder', answer(admit(shareFolder(bob), bob, alice, 'admin')), 'another folder'],
    ['records without it', answer(invited), 'did not admit'],
    ['no records', answer({ ...joined, records: [] }), 'another folder'],
    [
      'too many',
      answer({ ...joined, records: Array(RECORDS_MAX + 1).fill(joined.records[0]) }),
      'more membership records',
    ],
  ])('refuses %s', (_, accept, message) => {
    expect(() => acceptInvite(ticket, transcript, accept)).toThrow(
      expect.objectContaining({ code: 'join-failed', message: expect.stringContaining(message) }),
    );
  });
});
