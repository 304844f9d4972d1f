import { equalBytes, toHex } from '../../protocol/bytes.ts';
import type { EpochBox } from '../../protocol/epoch-secret.ts';
import { epochCommitment, openEpoch, openPreviousEpoch } from '../../protocol/epoch-secret.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { MembershipRecord, Rotation } from '../../protocol/membership-record.ts';
import type { Epoch, Membership } from './membership.ts';

/**
 * The secrets of all epochs that were sealed to a device, or can be reached from those; by number. A secret that is not the
 * one its epoch's record committed to is left out, and of two epochs with one number that of the smaller record id wins.
 */
export function epochSecretsFor(
  membership: Membership,
  device: DeviceId,
  boxSecretKey: Uint8Array,
): ReadonlyMap<number, Uint8Array> {
  const records = membership.accepted.map((each) => each.record);
  const senders = boxKeysOf(records);
  const found = new Map<Epoch, Uint8Array>();
  for (const record of records) {
    for (const { epoch, box } of boxesFor(record, device)) {
      const wanted = membership.epochs.filter((each) => each.epoch === epoch && !found.has(each));
      for (const publicKey of wanted.length === 0 ? [] : (senders.get(record.author) ?? [])) {
        const secret = openEpoch(box, publicKey, boxSecretKey);
        if (secret !== undefined) keep(found, wanted, secret);
      }
    }
  }
  followChain(membership, found);
  const secrets = new Map<number, Uint8Array>();
  for (const epoch of membership.epochs) {
    const secret = found.get(epoch);
    if (secret !== undefined && !secrets.has(epoch.epoch)) secrets.set(epoch.epoch, secret);
  }
  return secrets;
}

function keep(found: Map<Epoch, Uint8Array>, wanted: readonly Epoch[], secret: Uint8Array): void {
  const named = wanted.find((each) => equalBytes(each.commitment, epochCommitment(each.epoch, secret)));
  if (named !== undefined) found.set(named, secret);
}

/** From later epochs to those before; the numbers fall, so one pass is enough. */
function followChain(membership: Membership, found: Map<Epoch, Uint8Array>): void {
  const rotations = new Map(membership.accepted.map((each) => [each.id, rotationOf(each.record)] as const));
  for (const later of membership.epochs.toReversed()) {
    const secret = found.get(later);
    for (const { epoch, sealed } of (secret && rotations.get(later.record)?.previous) ?? []) {
      for (const earlier of membership.epochs) {
        if (secret === undefined || earlier.epoch !== epoch || found.has(earlier)) continue;
        const opened = openPreviousEpoch(secret, epoch, earlier.commitment, sealed);
        if (opened !== undefined) keep(found, [earlier], opened);
      }
    }
  }
}

function rotationOf({ body }: MembershipRecord): Rotation | undefined {
  return body.kind === 'rotate' || body.kind === 'remove' ? body.rotation : undefined;
}

function boxesFor(
  record: MembershipRecord,
  device: DeviceId,
): readonly { readonly epoch: number; readonly box: EpochBox }[] {
  const { author, body } = record;
  switch (body.kind) {
    case 'genesis':
      return author === device ? [{ epoch: body.sealed.epoch, box: body.sealed }] : [];
    case 'add':
    case 'set-role':
    case 'share-keys':
      return body.device === device ? body.sealed.map((box) => ({ epoch: box.epoch, box })) : [];
    case 'remove':
    case 'rotate': {
      const { epoch, sealed } = body.rotation;
      return sealed.filter((box) => box.device === device).map((box) => ({ epoch, box }));
    }
    case 'rename-device':
    case 'invite':
    case 'invite-revoke':
      return [];
  }
}

/** Every key that a device was ever admitted with: one that was removed and admitted again may have two. */
function boxKeysOf(records: readonly MembershipRecord[]): ReadonlyMap<DeviceId, readonly Uint8Array[]> {
  const keys = new Map<DeviceId, Map<string, Uint8Array>>();
  const learn = (device: DeviceId, key: Uint8Array): void => {
    const known = keys.get(device) ?? new Map<string, Uint8Array>();
    keys.set(device, known.set(toHex(key), key));
  };
  for (const { author, body } of records) {
    if (body.kind === 'genesis') learn(author, body.boxPublicKey);
    if (body.kind === 'add') learn(body.device, body.boxPublicKey);
  }
  return new Map([...keys].map(([device, known]) => [device, [...known.values()]] as const));
}
