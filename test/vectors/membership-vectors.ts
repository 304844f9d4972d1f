import { epochSecretsFor } from '../../daemon/core/epoch-secrets.ts';
import { sealSecrets } from '../../daemon/core/membership-drafts.ts';
import { concat, toHex, utf8 } from '../../protocol/bytes.ts';
import type { Value } from '../../protocol/codec.ts';
import { decode, encode, readArray, readBytes } from '../../protocol/codec.ts';
import { sign } from '../../protocol/crypto.ts';
import { inviteIdOf } from '../../protocol/pairing.ts';
import type { Actor, View } from '../support/membership-world.ts';
import {
  act,
  actorOf,
  addOf,
  holderOf,
  mergeViews,
  remove,
  rotate,
  seedOf,
  shareFolder,
} from '../support/membership-world.ts';
import { plainJson } from './plain-json.ts';

const names = ['alice', 'bob', 'carol', 'dave'] as const;
const [alice, bob, carol, dave] = names.map(actorOf) as [Actor, Actor, Actor, Actor];
const first = inviteIdOf(seedOf('first invite').subarray(0, 16));
const second = inviteIdOf(seedOf('second invite').subarray(0, 16));

/** A history with every kind of record, an admission during a rotation, and a removal that voids something. */
function history(): View {
  let view = act(shareFolder(alice), alice, { kind: 'invite', invite: first, role: 'admin', expires: 3_000 });
  view = act(view, alice, addOf(view, alice, bob, 'admin', first));
  view = act(view, bob, { kind: 'rename-device', deviceName: 'Bob’s desktop' });
  view = act(view, bob, { kind: 'invite', invite: second, role: 'reader', expires: 3_000 });
  view = act(view, bob, { kind: 'invite-revoke', invite: second });
  view = mergeViews(rotate(view, alice), act(view, bob, addOf(view, bob, carol, 'writer')));
  const sealed = sealSecrets(view.membership, holderOf(view, alice), carol.box.publicKey);
  view = act(view, alice, { kind: 'share-keys', device: carol.device, sealed });
  view = act(view, alice, { kind: 'set-role', device: carol.device, role: 'reader', sealed: [] });
  const voided = act(view, bob, addOf(view, bob, dave, 'vault'));
  return mergeViews(remove(view, alice, bob), voided);
}

/** The genesis record with its payload changed and signed again. */
function resigned(view: View, why: string, change: (fields: Value[]) => void): object {
  const [record] = view.records;
  const [payload] = readArray(decode(record?.bytes ?? new Uint8Array(0)), 2);
  const fields = [...readArray(decode(readBytes(payload)))];
  change(fields);
  const changed = encode(fields);
  const signature = sign(alice.key, concat(utf8('sheaf/membership-record/1\0'), changed));
  return { bytes: toHex(encode([changed, signature])), why };
}

function refusedRecords(view: View): readonly object[] {
  const [record] = view.records;
  const [payload, signature] = readArray(decode(record?.bytes ?? new Uint8Array(0)), 2);
  const unlabelled = sign(alice.key, readBytes(payload));
  return [
    { bytes: toHex(encode([payload as Value, unlabelled])), why: 'a signature without its label' },
    { bytes: toHex(encode([payload as Value, signature as Value, null])), why: 'a part too many' },
    resigned(view, 'a newer version', (fields) => fields.splice(0, 1, 2)),
    resigned(view, 'an unknown kind', (fields) => fields.splice(1, 1, 99)),
    resigned(view, 'another author', (fields) => fields.splice(3, 1, bob.key.publicKey)),
    resigned(view, 'a genesis record with a parent', (fields) => fields.splice(4, 1, [seedOf('parent')])),
    resigned(view, 'a genesis record with a folder', (fields) => fields.splice(2, 1, seedOf('folder'))),
    resigned(view, 'more shards than there can be', (fields) => fields.splice(7, 1, 17)),
    resigned(view, 'a salt of another length', (fields) => fields.splice(12, 1, new Uint8Array(15))),
    resigned(view, 'a field too many', (fields) => fields.push(null)),
  ];
}

/** A folder's records, and what follows from them. */
export function membershipVectors(): object {
  const view = history();
  const { accepted: _, ...membership } = view.membership;
  return {
    devices: [alice, bob, carol, dave].map((actor) => ({
      name: actor.name,
      device: actor.device,
      identitySeed: toHex(seedOf(`${actor.name} identity`)),
      boxSeed: toHex(seedOf(`${actor.name} box`)),
      boxPublicKey: toHex(actor.box.publicKey),
      secrets: Object.fromEntries(
        [...epochSecretsFor(view.membership, actor.device, actor.box.secretKey)].map(([epoch, secret]) => [
          epoch,
          toHex(secret),
        ]),
      ),
    })),
    records: view.records.map(({ id, record, bytes }) => ({ id, record: plainJson(record), bytes: toHex(bytes) })),
    membership: plainJson(membership),
    refusedRecords: refusedRecords(view),
  };
}
