import { fromHex } from './bytes.ts';
import type { Value } from './codec.ts';
import { readBytes, readInteger, readList, readNullable, readText } from './codec.ts';
import { FormatError } from './errors.ts';
import { fieldsOf, readDevice } from './fields.ts';
import { EPOCH_MAX, LABEL_MAX_BYTES, SHARD_BITS_MAX, TIME_MAX_MS } from './limits.ts';
import type { Add, MembershipBody, Rotation, SealedEpoch, SealedForMember } from './membership-types.ts';
import { MEMBERS_MAX, PREVIOUS_EPOCHS_MAX, SEALED_EPOCHS_MAX } from './membership-types.ts';
import { checkBoxCertificate, readInvite } from './pairing.ts';
import { readRole, roleValue } from './roles.ts';
import type { Shape } from './shape.ts';

const SECRET_BOX_BYTES = 48;
const NONCE_BYTES = 24;
const KEY_BYTES = 32;
const COMMITMENT_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SALT_BYTES = 16;

const readEpoch = (value: Value): number => readInteger(value, 1, EPOCH_MAX);
const readLabel = (value: Value): string => readText(value, LABEL_MAX_BYTES);

const sealedEpochValue = (item: SealedEpoch): Value => [item.epoch, item.nonce, item.box];

function readSealedEpoch(value: Value): SealedEpoch {
  const next = fieldsOf(value, 3);
  return {
    epoch: readEpoch(next()),
    nonce: readBytes(next(), NONCE_BYTES),
    box: readBytes(next(), SECRET_BOX_BYTES),
  };
}

function readFirstEpoch(value: Value): SealedEpoch {
  const sealed = readSealedEpoch(value);
  if (sealed.epoch !== 1) throw new FormatError('membership record: a folder starts with epoch 1');
  return sealed;
}

function readSealedEpochs(value: Value): readonly SealedEpoch[] {
  const items = readList(value, SEALED_EPOCHS_MAX, readSealedEpoch);
  assertAscendingEpochs(items);
  return items;
}

function assertAscendingEpochs(items: readonly { readonly epoch: number }[]): void {
  let last = 0;
  for (const { epoch } of items) {
    if (epoch <= last) throw new FormatError('membership record: epochs not in order');
    last = epoch;
  }
}

function rotationValue(rotation: Rotation): Value {
  return [
    rotation.epoch,
    rotation.commitment,
    rotation.sealed.map((item) => [fromHex(item.device), item.nonce, item.box]),
    rotation.previous.map((item) => [item.epoch, item.sealed]),
  ];
}

function readRotation(value: Value): Rotation {
  const next = fieldsOf(value, 4);
  const epoch = readEpoch(next());
  const commitment = readBytes(next(), COMMITMENT_BYTES);
  const sealed = readList(next(), MEMBERS_MAX, (item) => {
    const part = fieldsOf(item, 3);
    return {
      device: readDevice(part()),
      nonce: readBytes(part(), NONCE_BYTES),
      box: readBytes(part(), SECRET_BOX_BYTES),
    };
  });
  const previous = readList(next(), PREVIOUS_EPOCHS_MAX, (item) => {
    const part = fieldsOf(item, 2);
    return { epoch: readEpoch(part()), sealed: readBytes(part(), SECRET_BOX_BYTES) };
  });
  for (let i = 1; i < sealed.length; i += 1) {
    // Both indexes are inside the list.
    if ((sealed[i - 1] as SealedForMember).device >= (sealed[i] as SealedForMember).device) {
      throw new FormatError('membership record: devices not in order');
    }
  }
  assertAscendingEpochs(previous);
  return { epoch, commitment, sealed, previous };
}

const add: Shape<Add> = {
  type: 2,
  size: 7,
  write: (b) => [
    fromHex(b.device),
    b.deviceName,
    b.boxPublicKey,
    b.certificate,
    roleValue(b.role),
    b.sealed.map(sealedEpochValue),
    b.invite === null ? null : fromHex(b.invite),
  ],
  read: (next) => {
    const body: Add = {
      kind: 'add',
      device: readDevice(next()),
      deviceName: readLabel(next()),
      boxPublicKey: readBytes(next(), KEY_BYTES),
      certificate: readBytes(next(), SIGNATURE_BYTES),
      role: readRole(next()),
      sealed: readSealedEpochs(next()),
      invite: readNullable(next(), readInvite),
    };
    if (!checkBoxCertificate(body.device, body.boxPublicKey, body.certificate)) {
      throw new FormatError('membership record: the certificate is not the device’s');
    }
    return body;
  },
};

/** The fields that follow those which every record has. Type numbers are never reused. */
export const membershipShapes: { readonly [K in MembershipBody['kind']]: Shape<Extract<MembershipBody, { kind: K }>> } =
  {
    genesis: {
      type: 1,
      size: 7,
      write: (b) => [
        b.name,
        b.shardBits,
        b.deviceName,
        b.boxPublicKey,
        b.commitment,
        sealedEpochValue(b.sealed),
        b.salt,
      ],
      read: (next) => ({
        kind: 'genesis',
        name: readLabel(next()),
        shardBits: readInteger(next(), 0, SHARD_BITS_MAX),
        deviceName: readLabel(next()),
        boxPublicKey: readBytes(next(), KEY_BYTES),
        commitment: readBytes(next(), COMMITMENT_BYTES),
        sealed: readFirstEpoch(next()),
        salt: readBytes(next(), SALT_BYTES),
      }),
    },
    add,
    remove: {
      type: 3,
      size: 2,
      write: (b) => [fromHex(b.device), rotationValue(b.rotation)],
      read: (next) => ({ kind: 'remove', device: readDevice(next()), rotation: readRotation(next()) }),
    },
    'set-role': {
      type: 4,
      size: 3,
      write: (b) => [fromHex(b.device), roleValue(b.role), b.sealed.map(sealedEpochValue)],
      read: (next) => ({
        kind: 'set-role',
        device: readDevice(next()),
        role: readRole(next()),
        sealed: readSealedEpochs(next()),
      }),
    },
    rotate: {
      type: 5,
      size: 1,
      write: (b) => [rotationValue(b.rotation)],
      read: (next) => ({ kind: 'rotate', rotation: readRotation(next()) }),
    },
    'rename-device': {
      type: 6,
      size: 1,
      write: (b) => [b.deviceName],
      read: (next) => ({ kind: 'rename-device', deviceName: readLabel(next()) }),
    },
    invite: {
      type: 7,
      size: 3,
      write: (b) => [fromHex(b.invite), roleValue(b.role), b.expires],
      read: (next) => ({
        kind: 'invite',
        invite: readInvite(next()),
        role: readRole(next()),
        expires: readInteger(next(), 0, TIME_MAX_MS),
      }),
    },
    'invite-revoke': {
      type: 8,
      size: 1,
      write: (b) => [fromHex(b.invite)],
      read: (next) => ({ kind: 'invite-revoke', invite: readInvite(next()) }),
    },
    'share-keys': {
      type: 9,
      size: 2,
      write: (b) => [fromHex(b.device), b.sealed.map(sealedEpochValue)],
      read: (next) => ({ kind: 'share-keys', device: readDevice(next()), sealed: readSealedEpochs(next()) }),
    },
  };
