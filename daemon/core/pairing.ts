import { peerIdOf } from '../../protocol/device-id.ts';
import { CodedError, FormatError } from '../../protocol/errors.ts';
import { decodeRecord } from '../../protocol/membership-record.ts';
import { MEMBERS_MAX } from '../../protocol/membership-types.ts';
import type { PairAccept, PairProof } from '../../protocol/messages.ts';
import type { PairRefusal, PairTranscript } from '../../protocol/pairing.ts';
import { checkBoxCertificate, checkInviteProof, checkJoinProof } from '../../protocol/pairing.ts';
import type { Ticket } from '../../protocol/ticket.ts';
import type { Membership, Refusal } from './membership.ts';
import { evaluateMembership } from './membership.ts';
import { isTooMuchHistory } from './membership-history.ts';

/** What the inviter remembers of an invite that it made. */
export interface OpenInvite {
  readonly secret: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly used: boolean;
}

/**
 * The inviter's answer to a pair-open or pair-proof for an invite: why it is refused, or undefined. `now` is in
 * milliseconds since 1970.
 */
export function refusesInvite(invite: OpenInvite | undefined, now: number): PairRefusal | undefined {
  if (invite === undefined) return 'invite-unknown';
  if (invite.used) return 'invite-used';
  return now > invite.expires ? 'invite-expired' : undefined;
}

/**
 * The inviter's answer to a pair-proof. Undefined lets the joiner in: the caller then stores durably that the invite is
 * used, by the record that admits the joiner, and only after that answers.
 */
export function refusesJoin(
  invite: OpenInvite | undefined,
  now: number,
  transcript: PairTranscript,
  proof: Pick<PairProof, 'mac' | 'certificate'>,
): PairRefusal | undefined {
  if (invite === undefined) return 'invite-unknown';
  const refusal = refusesInvite(invite, now);
  if (refusal !== undefined) return refusal;
  const { joiner, boxPublicKey } = transcript;
  const proves = checkJoinProof(invite.secret, transcript, proof.mac);
  return proves && checkBoxCertificate(joiner, boxPublicKey, proof.certificate) ? undefined : 'invite-wrong';
}

/**
 * The joiner's judgement of a pair-accept: the membership that it now is part of.
 * @throws CodedError 'join-failed' when the inviter does not know the secret, or answers for another folder or device
 */
export function acceptInvite(ticket: Ticket, transcript: PairTranscript, accept: PairAccept): Membership {
  const inviter = peerIdOf(transcript.inviter);
  const failed = (what: string): CodedError =>
    new CodedError('join-failed', `${inviter} ${what}; ask for a new invite, and tell them so`);
  if (!checkInviteProof(ticket.secret, transcript, accept.records, accept.mac)) {
    throw failed('could not prove that it made this invite');
  }
  if (isTooMuchHistory(accept.records)) throw failed('sent more membership records than a folder has');
  const membership = membershipOf(accept.records);
  if (membership?.folder !== ticket.folder) throw failed(`answered with another folder than ${ticket.folderName}`);
  const self = membership.members.find((member) => member.device === transcript.joiner);
  if (self === undefined) throw failed('did not admit this device');
  return membership;
}

function membershipOf(records: readonly Uint8Array[]): Membership | undefined {
  try {
    return evaluateMembership(records.map(decodeRecord));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** For people: what a joiner is told, and what it can do about it. */
export function refusalMessage(code: PairRefusal): string {
  switch (code) {
    case 'invite-unknown':
      return 'the other device does not know this invite: another device made it, or it shares the folder no more; ask for a new one';
    case 'invite-used':
      return 'this invite was used already, or withdrawn: each admits one device; ask for a new one';
    case 'invite-expired':
      return 'this invite has expired; ask for a new one';
    case 'invite-wrong':
      return 'the other device did not accept the ticket: it is damaged; copy it again or ask for a new one';
  }
}

/** For people: why a device that proved its ticket was not let in all the same. `reason` is that of the record's refusal. */
export function admissionMessage(folderName: string, reason: Refusal): string {
  switch (reason) {
    case 'role-too-low':
      return `it was removed from ${folderName}, and only an admin lets it in again: ask an admin for a ticket`;
    case 'too-many-members':
      return `${folderName} has ${MEMBERS_MAX} members, and no folder has more`;
    default:
      return `the inviter may not let it into ${folderName} any more (${reason}): ask another member for a ticket`;
  }
}
