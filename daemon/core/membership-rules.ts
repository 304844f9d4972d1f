import { nextEpochNumber } from '../../protocol/epoch-secret.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { Role } from '../../protocol/local-api.ts';
import type { Add, DecodedRecord, Rotation, SealedEpoch, SetRole } from '../../protocol/membership-record.ts';
import { MEMBERS_MAX } from '../../protocol/membership-types.ts';
import { holdsKeys, isAtLeast } from '../../protocol/roles.ts';
import type { MembershipState } from './membership-state.ts';
import { currentEpoch, highestEpoch } from './membership-state.ts';

/** Why a record has no effect. Stable: shown by audits. */
export type Refusal =
  /** Parents are not here yet. */
  | 'parents-missing'
  /** It builds on a refused record. */
  | 'parent-refused'
  | 'other-folder'
  | 'second-genesis'
  /** Its author was no member. */
  | 'not-a-member'
  /** Its author's role does not allow it. */
  | 'role-too-low'
  /** Its author was removed at the same time, or got its right from one who was. */
  | 'removed-author'
  | 'already-a-member'
  | 'too-many-members'
  /** The device it is about is no member, or its author itself. */
  | 'wrong-device'
  /** The folder would be left without an admin. */
  | 'last-admin'
  /** Its secrets are not those that the device must and may get. */
  | 'wrong-secrets'
  /** Its new epoch has a wrong number or leaves out a member or the epoch before. */
  | 'wrong-rotation'
  /** Its invite is unknown, used, revoked, expired, another author's, or of a lower role. */
  | 'invite-not-open'
  | 'invite-known';

/** May the author do such a thing at all, in the state that it knew? */
export function refusesAuthor(state: MembershipState, { record }: DecodedRecord): Refusal | undefined {
  const author = state.members.get(record.author);
  if (author === undefined) return 'not-a-member';
  const { body } = record;
  switch (body.kind) {
    case 'genesis':
      return 'second-genesis';
    case 'rename-device':
      // Records are few and for ever, so readers and vaults sign none: a thousand names would leave no room to remove one.
      return isAtLeast(author.role, 'writer') ? undefined : 'role-too-low';
    case 'add': {
      // Only an admin takes back what an admin did.
      const needed = state.removed.has(body.device) ? 'admin' : atLeastWriter(body.role);
      return isAtLeast(author.role, needed) ? undefined : 'role-too-low';
    }
    case 'invite':
      return isAtLeast(author.role, atLeastWriter(body.role)) ? undefined : 'role-too-low';
    case 'share-keys':
      return isAtLeast(author.role, 'writer') ? undefined : 'role-too-low';
    case 'invite-revoke': {
      const own = state.invites.get(body.invite)?.author === record.author;
      return own || isAtLeast(author.role, 'admin') ? undefined : 'role-too-low';
    }
    case 'remove':
    case 'set-role':
    case 'rotate':
      return isAtLeast(author.role, 'admin') ? undefined : 'role-too-low';
  }
}

/** Is the record itself right in the state that its author knew? For authors that `refusesAuthor` let pass. */
export function refusesContent(state: MembershipState, { record }: DecodedRecord): Refusal | undefined {
  const { author, body, time } = record;
  switch (body.kind) {
    case 'genesis':
    case 'rename-device':
      return undefined;
    case 'add':
      return refusesAdd(state, author, body, time);
    case 'remove':
      if (body.device === author || !state.members.has(body.device)) return 'wrong-device';
      return refusesRotation(state, author, body.rotation, body.device);
    case 'set-role':
      return refusesSetRole(state, body);
    case 'rotate':
      return refusesRotation(state, author, body.rotation, undefined);
    case 'invite':
      return state.invites.has(body.invite) ? 'invite-known' : undefined;
    case 'invite-revoke':
      return state.invites.has(body.invite) ? undefined : 'invite-not-open';
    case 'share-keys': {
      const member = state.members.get(body.device);
      if (member === undefined || !holdsKeys(member.role)) return 'wrong-device';
      return areKnown(state, body.sealed) ? undefined : 'wrong-secrets';
    }
  }
}

/** Readers and vaults admit nobody, and nobody gives more than they have. */
function atLeastWriter(role: Role): Role {
  return role === 'admin' ? 'admin' : 'writer';
}

function refusesAdd(state: MembershipState, author: DeviceId, body: Add, time: number): Refusal | undefined {
  if (state.members.has(body.device)) return 'already-a-member';
  if (state.members.size >= MEMBERS_MAX) return 'too-many-members';
  if (!fitsRole(state, body.role, body.sealed)) return 'wrong-secrets';
  if (body.invite === null) return undefined;
  const invite = state.invites.get(body.invite);
  const isOpen = invite?.state === 'open' && invite.author === author;
  return isOpen && time <= invite.expires && isAtLeast(invite.role, body.role) ? undefined : 'invite-not-open';
}

function refusesSetRole(state: MembershipState, body: SetRole): Refusal | undefined {
  const member = state.members.get(body.device);
  if (member === undefined) return 'wrong-device';
  const getsKeys = holdsKeys(body.role) && !holdsKeys(member.role);
  const fits = getsKeys ? fitsRole(state, body.role, body.sealed) : body.sealed.length === 0;
  if (!fits) return 'wrong-secrets';
  const admins = [...state.members.values()].filter((each) => each.role === 'admin');
  const isLast = member.role === 'admin' && admins.length === 1 && body.role !== 'admin';
  return isLast ? 'last-admin' : undefined;
}

/** Key holders get at least the current epoch, from which the earlier ones can be reached; vaults get nothing. */
function fitsRole(state: MembershipState, role: Role, sealed: readonly SealedEpoch[]): boolean {
  if (!holdsKeys(role)) return sealed.length === 0;
  return sealed.some((item) => item.epoch === currentEpoch(state)) && areKnown(state, sealed);
}

function areKnown(state: MembershipState, sealed: readonly { readonly epoch: number }[]): boolean {
  return sealed.every((item) => state.epochNumbers.has(item.epoch));
}

/** Exactly the remaining key holders get the new epoch, and the one before can be reached from it. */
function refusesRotation(
  state: MembershipState,
  author: DeviceId,
  rotation: Rotation,
  without: DeviceId | undefined,
): Refusal | undefined {
  const holders = [...state.members.values()]
    .filter((member) => holdsKeys(member.role) && member.device !== without)
    .map((member) => member.device)
    .sort();
  const isComplete =
    rotation.sealed.length === holders.length && rotation.sealed.every((item, at) => item.device === holders[at]);
  const isNext = rotation.epoch === nextEpochNumber(highestEpoch(state), author);
  const isChained =
    rotation.previous.some((item) => item.epoch === currentEpoch(state)) && areKnown(state, rotation.previous);
  return isComplete && isNext && isChained ? undefined : 'wrong-rotation';
}
