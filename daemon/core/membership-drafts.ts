import type { BoxKeyPair } from '../../protocol/crypto.ts';
import {
  epochCommitment,
  FIRST_EPOCH,
  nextEpochNumber,
  sealEpoch,
  sealPreviousEpoch,
} from '../../protocol/epoch-secret.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { Add, MembershipBody, MembershipDraft, Rotation, SealedEpoch } from '../../protocol/membership-record.ts';
import { NO_FOLDER } from '../../protocol/membership-record.ts';
import { SEALED_EPOCHS_MAX, type ShareKeys } from '../../protocol/membership-types.ts';
import { holdsKeys, isAtLeast } from '../../protocol/roles.ts';
import type { Membership } from './membership.ts';

/** What a device needs to hand out secrets: its own box keys, and the secrets from `epochSecretsFor`. */
export interface KeyHolder {
  readonly device: DeviceId;
  readonly box: BoxKeyPair;
  readonly secrets: ReadonlyMap<number, Uint8Array>;
}

/** The first record of a new folder. `secret` has 32, `salt` 16 random bytes; the creator is its first admin. */
export function draftGenesis(options: {
  readonly name: string;
  readonly shardBits: number;
  readonly deviceName: string;
  readonly box: BoxKeyPair;
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly time: number;
}): MembershipDraft {
  const { name, shardBits, deviceName, box, secret, salt, time } = options;
  const sealed = { epoch: FIRST_EPOCH, ...sealEpoch(secret, FIRST_EPOCH, box.publicKey, box.secretKey) };
  const commitment = epochCommitment(FIRST_EPOCH, secret);
  const body: MembershipBody = {
    kind: 'genesis',
    name,
    shardBits,
    deviceName,
    boxPublicKey: box.publicKey,
    commitment,
    sealed,
    salt,
  };
  return { folder: NO_FOLDER, parents: [], time, body };
}

/** Any other record, on top of all that this device knows. */
export function draftRecord(membership: Membership, time: number, body: MembershipBody): MembershipDraft {
  return { folder: membership.folder, parents: membership.heads, time, body };
}

/** Admits a device; key holders get the secrets of all epochs. */
export function addBody(
  membership: Membership,
  holder: KeyHolder,
  joiner: Pick<Add, 'device' | 'deviceName' | 'boxPublicKey' | 'certificate' | 'role' | 'invite'>,
): Add {
  const sealed = holdsKeys(joiner.role) ? sealSecrets(membership, holder, joiner.boxPublicKey) : [];
  return { kind: 'add', ...joiner, sealed };
}

/**
 * Every secret the holder has (of very many the newest), for 'add', 'set-role' and 'share-keys'; ascending by epoch.
 * @throws CodedError 'no-keys' when the holder itself lacks the current epoch's
 */
export function sealSecrets(
  membership: Membership,
  holder: KeyHolder,
  theirPublic: Uint8Array,
): readonly SealedEpoch[] {
  secretOf(membership, holder);
  return [...holder.secrets]
    .sort(([a], [b]) => a - b)
    .slice(-SEALED_EPOCHS_MAX)
    .map(([epoch, secret]) => ({ epoch, ...sealEpoch(secret, epoch, theirPublic, holder.box.secretKey) }));
}

/** What the holder has to hand out to members that were not given the current epoch; nothing if it may not or can not. */
export function owedKeys(membership: Membership, holder: KeyHolder): readonly ShareKeys[] {
  const self = membership.members.find((member) => member.device === holder.device);
  if (self === undefined || !isAtLeast(self.role, 'writer') || !holder.secrets.has(membership.epoch)) return [];
  return membership.members
    .filter(({ device }) => device !== holder.device && membership.withoutKeys.includes(device))
    .map(({ device, boxPublicKey }) => ({
      kind: 'share-keys',
      device,
      sealed: sealSecrets(membership, holder, boxPublicKey),
    }));
}

/**
 * The next epoch for all key holders, but for `without` when that device is being removed. `secret` has 32 random bytes.
 * @throws CodedError 'no-keys' when the holder lacks the current epoch's secret, 'no-more-epochs' after 65,535 rotations
 */
export function rotationFor(
  membership: Membership,
  holder: KeyHolder,
  secret: Uint8Array,
  without?: DeviceId,
): Rotation {
  const epoch = nextEpochNumber(membership.highestEpoch, holder.device);
  if (epoch === 0)
    throw new CodedError('no-more-epochs', `${membership.name} can't rotate its keys any more: share it anew`);
  const previous = secretOf(membership, holder);
  return {
    epoch,
    commitment: epochCommitment(epoch, secret),
    sealed: membership.members
      .filter((member) => holdsKeys(member.role) && member.device !== without)
      .map(({ device, boxPublicKey }) => ({ device, ...sealEpoch(secret, epoch, boxPublicKey, holder.box.secretKey) })),
    previous: [{ epoch: membership.epoch, sealed: sealPreviousEpoch(secret, membership.epoch, previous) }],
  };
}

function secretOf(membership: Membership, holder: KeyHolder): Uint8Array {
  const secret = holder.secrets.get(membership.epoch);
  if (secret !== undefined) return secret;
  throw new CodedError(
    'no-keys',
    `this device has no keys of ${membership.name} yet: let another member connect first`,
  );
}
