import { epochSecretsFor } from '../../daemon/core/epoch-secrets.ts';
import type { Membership } from '../../daemon/core/membership.ts';
import { evaluateMembership } from '../../daemon/core/membership.ts';
import type { KeyHolder } from '../../daemon/core/membership-drafts.ts';
import { addBody, draftGenesis, draftRecord, rotationFor } from '../../daemon/core/membership-drafts.ts';
import { concat, toHex, utf8 } from '../../protocol/bytes.ts';
import type { BoxKeyPair, SigningKey } from '../../protocol/crypto.ts';
import { boxKeyPairFromSeed, sha256, signingKeyFromSeed } from '../../protocol/crypto.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { Role } from '../../protocol/local-api.ts';
import type { Add, DecodedRecord, MembershipBody } from '../../protocol/membership-record.ts';
import { makeRecord } from '../../protocol/membership-record.ts';
import type { InviteId } from '../../protocol/pairing.ts';
import { boxCertificate } from '../../protocol/pairing.ts';

/** A device as membership sees it; everything follows from its name. */
export interface Actor {
  readonly name: string;
  readonly key: SigningKey;
  readonly box: BoxKeyPair;
  readonly device: DeviceId;
}

export function seedOf(label: string): Uint8Array {
  return new Uint8Array(sha256(utf8(`sheaf membership test ${label}`)));
}

export function actorOf(name: string): Actor {
  const key = signingKeyFromSeed(seedOf(`${name} identity`));
  const box = boxKeyPairFromSeed(seedOf(`${name} box`));
  return { name, key, box, device: toHex(key.publicKey) as DeviceId };
}

/** Some of a folder's records: what one device knows. Never changes; every act returns the larger view. */
export interface View {
  readonly records: readonly DecodedRecord[];
  readonly membership: Membership;
}

export function viewOf(records: readonly DecodedRecord[]): View {
  return { records, membership: evaluateMembership(records) };
}

export function mergeViews(...views: readonly View[]): View {
  return viewOf([...new Map(views.flatMap((view) => view.records).map((each) => [each.id, each])).values()]);
}

export function shareFolder(creator: Actor, time = 1_000): View {
  const draft = draftGenesis({
    name: 'Photos',
    shardBits: 4,
    deviceName: creator.name,
    box: creator.box,
    secret: seedOf('epoch 1'),
    salt: seedOf('salt').subarray(0, 16),
    time,
  });
  return viewOf([makeRecord(creator.key, draft)]);
}

/** The view after `actor`, who knows `view`, signed a record with this body. */
export function act(view: View, actor: Actor, body: MembershipBody, time = 2_000): View {
  return viewOf([...view.records, makeRecord(actor.key, draftRecord(view.membership, time, body))]);
}

export function holderOf(view: View, actor: Actor): KeyHolder {
  const { device, box } = actor;
  return { device, box, secrets: epochSecretsFor(view.membership, device, box.secretKey) };
}

export function addOf(view: View, author: Actor, joiner: Actor, role: Role, invite: InviteId | null = null): Add {
  const { device, name: deviceName, box } = joiner;
  const certificate = boxCertificate(joiner.key, box.publicKey);
  return addBody(view.membership, holderOf(view, author), {
    device,
    deviceName,
    boxPublicKey: box.publicKey,
    certificate,
    role,
    invite,
  });
}

export function admit(view: View, author: Actor, joiner: Actor, role: Role): View {
  return act(view, author, addOf(view, author, joiner, role));
}

/** The secret of the rotation that `author` does in this view. */
export function nextSecret(view: View, author: Actor): Uint8Array {
  return new Uint8Array(sha256(concat(seedOf(`rotation of ${author.name}`), ...view.membership.heads.map(utf8))));
}

export function remove(view: View, author: Actor, removed: Actor): View {
  const { device } = removed;
  const rotation = rotationFor(view.membership, holderOf(view, author), nextSecret(view, author), device);
  return act(view, author, { kind: 'remove', device, rotation });
}

export function rotate(view: View, author: Actor): View {
  const rotation = rotationFor(view.membership, holderOf(view, author), nextSecret(view, author));
  return act(view, author, { kind: 'rotate', rotation });
}

/** Name and role of each member, by name: 'alice admin'. Devices are named after their actors unless renamed. */
export function rolesIn(view: View): readonly string[] {
  return view.membership.members.map(({ name, role }) => `${name} ${role}`).sort();
}

/** Why the newest record of the view has no effect; undefined when it has. */
export function refusalOfLast(view: View): string | undefined {
  const last = view.records.at(-1);
  return view.membership.refused.find((each) => each.record === last?.id)?.reason;
}

/** alice, an admin, shared the folder and admitted bob, a writer, carol, a reader, and dave, a vault. */
export function everyRole(): View {
  const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(actorOf) as [Actor, Actor, Actor, Actor];
  return admit(admit(admit(shareFolder(alice), alice, bob, 'writer'), alice, carol, 'reader'), alice, dave, 'vault');
}
