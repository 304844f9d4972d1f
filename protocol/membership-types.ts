import type { DeviceId } from './ids.ts';
import type { Role } from './local-api.ts';
import type { InviteId } from './pairing.ts';

/** Members and, in one record, boxes for them. Above that every rotation would be a burden. */
export const MEMBERS_MAX = 256;
/** Epochs that one record hands over. Older ones are reached through `previous` of the rotations. */
export const SEALED_EPOCHS_MAX = 1024;
/** Epochs that one rotation makes reachable: one, and more only after concurrent rotations. */
export const PREVIOUS_EPOCHS_MAX = 16;
/** Records of one folder: all are judged anew at each change, which takes a fifth of a second for so many. */
export const RECORDS_MAX = 2048;
/** Bytes of all records of one folder: a joiner gets them in one message, beside the addresses of all members. */
export const RECORDS_MAX_BYTES = 3 * 1024 * 1024;

/** An epoch's 32-byte secret in a NaCl box from the record's author to the device that the record is about. */
export interface SealedEpoch {
  readonly epoch: number;
  /** 24 bytes, never used twice between two devices. */
  readonly nonce: Uint8Array;
  /** 48 bytes. */
  readonly box: Uint8Array;
}

export interface SealedForMember {
  readonly device: DeviceId;
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

/** The next epoch, for everybody who holds keys. */
export interface Rotation {
  readonly epoch: number;
  /** `epochCommitment` of the new secret: nobody can be given another one unnoticed. */
  readonly commitment: Uint8Array;
  /** Ascending by device. */
  readonly sealed: readonly SealedForMember[];
  /** Earlier secrets, sealed under the new one; ascending by epoch. 48 bytes each; see `sealPreviousEpoch`. */
  readonly previous: readonly { readonly epoch: number; readonly sealed: Uint8Array }[];
}

export interface Genesis {
  readonly kind: 'genesis';
  /** The folder's name when it was shared; each device may call it otherwise. */
  readonly name: string;
  /** 0 … 16: entries are spread over 2^shardBits shards. */
  readonly shardBits: number;
  readonly deviceName: string;
  readonly boxPublicKey: Uint8Array;
  readonly commitment: Uint8Array;
  /** Epoch 1 for its creator. */
  readonly sealed: SealedEpoch;
  /** 16 random bytes, so that no two folders have one id. */
  readonly salt: Uint8Array;
}

export interface Add {
  readonly kind: 'add';
  readonly device: DeviceId;
  readonly deviceName: string;
  readonly boxPublicKey: Uint8Array;
  /** The device's own, from `boxCertificate`. */
  readonly certificate: Uint8Array;
  readonly role: Role;
  /** Ascending by epoch; none for a vault. */
  readonly sealed: readonly SealedEpoch[];
  /** The invite that this uses up. */
  readonly invite: InviteId | null;
}

export interface Remove {
  readonly kind: 'remove';
  readonly device: DeviceId;
  readonly rotation: Rotation;
}

export interface SetRole {
  readonly kind: 'set-role';
  readonly device: DeviceId;
  readonly role: Role;
  /** What the device needs for its new role; ascending by epoch. */
  readonly sealed: readonly SealedEpoch[];
}

export interface Rotate {
  readonly kind: 'rotate';
  readonly rotation: Rotation;
}

export interface RenameDevice {
  readonly kind: 'rename-device';
  /** The author's new name. */
  readonly deviceName: string;
}

export interface InviteRecord {
  readonly kind: 'invite';
  readonly invite: InviteId;
  readonly role: Role;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface InviteRevoke {
  readonly kind: 'invite-revoke';
  readonly invite: InviteId;
}

/** Secrets for a member that a rotation did not know of, since it was admitted at the same time. */
export interface ShareKeys {
  readonly kind: 'share-keys';
  readonly device: DeviceId;
  readonly sealed: readonly SealedEpoch[];
}

export type MembershipBody =
  | Genesis
  | Add
  | Remove
  | SetRole
  | Rotate
  | RenameDevice
  | InviteRecord
  | InviteRevoke
  | ShareKeys;
