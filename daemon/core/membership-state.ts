import type { DeviceId, RecordId } from '../../protocol/ids.ts';
import type { Role } from '../../protocol/local-api.ts';
import type { DecodedRecord, Rotation, SealedEpoch } from '../../protocol/membership-record.ts';
import type { InviteId } from '../../protocol/pairing.ts';
import { ROLES } from '../../protocol/roles.ts';

export interface Member {
  readonly device: DeviceId;
  readonly name: string;
  readonly role: Role;
  /** X25519, 32 bytes, certified by the device. */
  readonly boxPublicKey: Uint8Array;
  readonly addedBy: DeviceId;
  /** The record that admitted it. */
  readonly record: RecordId;
}

export interface Invite {
  readonly invite: InviteId;
  readonly author: DeviceId;
  readonly role: Role;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly state: 'open' | 'used' | 'revoked';
}

/** One generation of keys. */
export interface Epoch {
  readonly epoch: number;
  /** `epochCommitment` of its secret. */
  readonly commitment: Uint8Array;
  /** The record that started it. */
  readonly record: RecordId;
}

/** Where a fold over records has got to. Only the functions of this file change it. */
export interface MembershipState {
  readonly members: Map<DeviceId, Member>;
  /** Were members, and are none now. */
  readonly removed: Set<DeviceId>;
  readonly invites: Map<InviteId, Invite>;
  /** By number; of two with one number the one with the smallest record id. */
  readonly epochs: Map<number, Epoch>;
  /** Who was given the secret of which epoch directly. */
  readonly given: Map<number, Set<DeviceId>>;
  /** Numbers of all epochs, also those of void records: they are not used again, and their secrets stay of use. */
  readonly epochNumbers: Set<number>;
}

export function emptyState(): MembershipState {
  return {
    members: new Map(),
    removed: new Set(),
    invites: new Map(),
    epochs: new Map(),
    given: new Map(),
    epochNumbers: new Set(),
  };
}

/** The epoch that everybody writes under: the highest number. */
export function currentEpoch(state: MembershipState): number {
  return Math.max(0, ...state.epochs.keys());
}

export function highestEpoch(state: MembershipState): number {
  return Math.max(0, ...state.epochNumbers);
}

/** What stays of a void record: that its epoch's number is taken. */
export function applyVoidRecord(state: MembershipState, { record: { body } }: DecodedRecord): void {
  if (body.kind === 'rotate' || body.kind === 'remove') {
    state.epochNumbers.add(body.rotation.epoch);
  }
}

/** Applies a record whose author had the right to it; `admits` is false for an add that a concurrent removal outdoes. */
export function applyRecord(state: MembershipState, decoded: DecodedRecord, admits: boolean): void {
  const { id, record } = decoded;
  const { author, body } = record;
  switch (body.kind) {
    case 'genesis': {
      const { deviceName: name, boxPublicKey } = body;
      state.members.set(author, { device: author, name, role: 'admin', boxPublicKey, addedBy: author, record: id });
      startEpoch(state, { epoch: body.sealed.epoch, commitment: body.commitment, record: id });
      give(state, author, [body.sealed]);
      return;
    }
    case 'add':
      if (body.invite !== null) setInvite(state, body.invite, 'used');
      if (admits) addMember(state, decoded);
      give(state, body.device, body.sealed);
      return;
    case 'remove':
      state.members.delete(body.device);
      state.removed.add(body.device);
      rotate(state, id, body.rotation);
      return;
    case 'set-role':
      updateMember(state, body.device, { role: body.role });
      give(state, body.device, body.sealed);
      return;
    case 'rotate':
      rotate(state, id, body.rotation);
      return;
    case 'rename-device':
      updateMember(state, author, { name: body.deviceName });
      return;
    case 'invite': {
      const { invite, role, expires } = body;
      if (!state.invites.has(invite)) state.invites.set(invite, { invite, author, role, expires, state: 'open' });
      return;
    }
    case 'invite-revoke':
      setInvite(state, body.invite, 'revoked');
      return;
    case 'share-keys':
      give(state, body.device, body.sealed);
  }
}

/** Two members may admit one device at the same time: it gets the higher of the two roles. */
function addMember(state: MembershipState, { id, record: { author, body } }: DecodedRecord): void {
  if (body.kind !== 'add') return;
  const { device, deviceName: name, boxPublicKey } = body;
  const known = state.members.get(device);
  const role = known !== undefined && ROLES.indexOf(known.role) > ROLES.indexOf(body.role) ? known.role : body.role;
  state.members.set(device, { device, name, role, boxPublicKey, addedBy: author, record: id });
  state.removed.delete(device);
}

function updateMember(state: MembershipState, device: DeviceId, change: Partial<Member>): void {
  const member = state.members.get(device);
  if (member !== undefined) state.members.set(device, { ...member, ...change });
}

/** A used invite stays used. */
function setInvite(state: MembershipState, invite: InviteId, to: 'used' | 'revoked'): void {
  const known = state.invites.get(invite);
  if (known !== undefined && known.state !== 'used') state.invites.set(invite, { ...known, state: to });
}

function rotate(state: MembershipState, record: RecordId, rotation: Rotation): void {
  const { epoch, commitment } = rotation;
  startEpoch(state, { epoch, commitment, record });
  for (const { device } of rotation.sealed) giveOne(state, device, epoch);
}

function startEpoch(state: MembershipState, started: Epoch): void {
  const known = state.epochs.get(started.epoch);
  if (known === undefined || started.record < known.record) state.epochs.set(started.epoch, started);
  state.epochNumbers.add(started.epoch);
}

function give(state: MembershipState, device: DeviceId, sealed: readonly SealedEpoch[]): void {
  for (const { epoch } of sealed) giveOne(state, device, epoch);
}

function giveOne(state: MembershipState, device: DeviceId, epoch: number): void {
  const devices = state.given.get(epoch);
  if (devices === undefined) state.given.set(epoch, new Set([device]));
  else devices.add(device);
}
