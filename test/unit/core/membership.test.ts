import { describe, expect, it } from 'vitest';
import { epochSecretsFor } from '../../../daemon/core/epoch-secrets.ts';
import { evaluateMembership } from '../../../daemon/core/membership.ts';
import { sealSecrets } from '../../../daemon/core/membership-drafts.ts';
import { isTooMuchHistory, membershipAt, recordsBeyond } from '../../../daemon/core/membership-history.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { RecordId } from '../../../protocol/ids.ts';
import type { Role } from '../../../protocol/local-api.ts';
import { decodeRecord, makeRecord } from '../../../protocol/membership-record.ts';
import { RECORDS_MAX, RECORDS_MAX_BYTES } from '../../../protocol/membership-types.ts';
import { inviteIdOf } from '../../../protocol/pairing.ts';
import { ROLES } from '../../../protocol/roles.ts';
import type { Actor, View } from '../../support/membership-world.ts';
import {
  act,
  actorOf,
  addOf,
  admit,
  everyRole,
  holderOf,
  mergeViews,
  refusalOfLast,
  remove,
  rolesIn,
  rotate,
  seedOf,
  shareFolder,
  viewOf,
} from '../../support/membership-world.ts';

const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(actorOf) as [Actor, Actor, Actor, Actor];
const secret = seedOf('invite').subarray(0, 16);
const invite = inviteIdOf(secret);

function secretsOf(view: View, actor: Actor): ReadonlyMap<number, Uint8Array> {
  return epochSecretsFor(view.membership, actor.device, actor.box.secretKey);
}

describe('a shared folder', () => {
  it('starts with its creator as its only admin, and epoch 1', () => {
    const view = shareFolder(alice);
    const [genesis] = view.records;
    expect(view.membership).toMatchObject({
      folder: genesis?.id,
      name: 'Photos',
      shardBits: 4,
      epoch: 1,
      heads: [genesis?.id],
    });
    expect(rolesIn(view)).toEqual(['alice admin']);
    expect(secretsOf(view, alice)).toEqual(new Map([[1, seedOf('epoch 1')]]));
  });

  it('can be judged only with its genesis record', () => {
    const view = admit(shareFolder(alice), alice, bob, 'writer');
    expect(() => evaluateMembership(view.records.slice(1))).toThrow(FormatError);
    expect(() => evaluateMembership([])).toThrow(FormatError);
  });

  it('waits for parents and names them', () => {
    const one = admit(shareFolder(alice), alice, bob, 'writer');
    const two = admit(one, bob, carol, 'reader');
    const [genesis, add, last] = two.records as [
      (typeof two.records)[0],
      (typeof two.records)[0],
      (typeof two.records)[0],
    ];
    const { membership } = viewOf([genesis, last]);
    expect(membership.missing).toEqual([add.id]);
    expect(membership.refused).toEqual([{ record: last.id, reason: 'parents-missing' }]);
    expect(membership.heads).toEqual([genesis.id]);
  });

  it('takes nothing from another folder', () => {
    const foreign = admit(shareFolder(bob), bob, carol, 'reader');
    const own = admit(shareFolder(alice), alice, bob, 'writer');
    const mixed = viewOf([...own.records, ...foreign.records.slice(1)]);
    expect(mixed.membership.members).toEqual(own.membership.members);
    expect(refusalOfLast(mixed)).toBe('other-folder');
  });
});

describe('admission', () => {
  it('gives key holders the epochs and vaults none', () => {
    const view = everyRole();
    expect(rolesIn(view)).toEqual(['alice admin', 'bob writer', 'carol reader', 'dave vault']);
    for (const actor of [bob, carol]) expect(secretsOf(view, actor)).toEqual(secretsOf(view, alice));
    expect(secretsOf(view, dave)).toEqual(new Map());
    expect(view.membership.withoutKeys).toEqual([]);
  });

  const joiner = actorOf('erin');
  it.each(
    ([alice, bob, carol, dave] as const).flatMap((author) =>
      ROLES.map((role) => ({ author, role, name: author.name })),
    ),
  )('by $name as $role', ({ author, role }) => {
    const view = everyRole();
    const sealed = role === 'vault' ? [] : sealSecrets(view.membership, holderOf(view, alice), joiner.box.publicKey);
    const after = act(view, author, { ...addOf(view, alice, joiner, role), sealed });
    const allowed: Readonly<Record<string, readonly Role[]>> = { alice: ROLES, bob: ['vault', 'reader', 'writer'] };
    const may = allowed[author.name]?.includes(role) ?? false;
    expect(refusalOfLast(after)).toBe(may ? undefined : 'role-too-low');
    expect(after.membership.members.some((member) => member.device === joiner.device)).toBe(may);
  });

  it('is refused for a member, without the current epoch, and for a vault with keys', () => {
    const view = everyRole();
    expect(refusalOfLast(act(view, alice, addOf(view, alice, bob, 'writer')))).toBe('already-a-member');
    const add = addOf(view, alice, joiner, 'writer');
    expect(refusalOfLast(act(view, alice, { ...add, sealed: [] }))).toBe('wrong-secrets');
    expect(refusalOfLast(act(view, alice, { ...add, role: 'vault' }))).toBe('wrong-secrets');
    const unknown = add.sealed.map((item) => ({ ...item, epoch: 7 }));
    expect(refusalOfLast(act(view, alice, { ...add, sealed: [...add.sealed, ...unknown] }))).toBe('wrong-secrets');
  });

  it('is refused from a stranger, and so is all that builds on it', () => {
    const view = shareFolder(alice);
    const forged = act(view, bob, addOf(view, alice, bob, 'admin'));
    expect(refusalOfLast(forged)).toBe('not-a-member');
    const record = forged.records.at(-1)?.id as RecordId;
    const above = makeRecord(alice.key, {
      folder: view.membership.folder,
      parents: [record],
      time: 1,
      body: { kind: 'rename-device', deviceName: 'x' },
    });
    const both = viewOf([...forged.records, above]);
    expect(refusalOfLast(both)).toBe('parent-refused');
    expect(both.membership.heads).toEqual(view.membership.heads);
    expect(rolesIn(both)).toEqual(['alice admin']);
  });

  it('by two members at once gives the higher role', () => {
    const base = everyRole();
    const low = admit(base, alice, joiner, 'reader');
    const high = admit(base, bob, joiner, 'writer');
    expect(rolesIn(mergeViews(low, high))).toContain('erin writer');
    expect(mergeViews(high, low).membership).toEqual(mergeViews(low, high).membership);
  });

  it('leaves out a secret that is not the one its epoch committed to', () => {
    const view = shareFolder(alice);
    const holder = { ...holderOf(view, alice), secrets: new Map([[1, seedOf('another')]]) };
    const sealed = sealSecrets(view.membership, holder, bob.box.publicKey);
    const after = act(view, alice, { ...addOf(view, alice, bob, 'writer'), sealed });
    expect(rolesIn(after)).toContain('bob writer');
    expect(secretsOf(after, bob)).toEqual(new Map());
  });
});

describe('invites', () => {
  const invited = (role: Role): View => act(everyRole(), bob, { kind: 'invite', invite, role, expires: 3_000 });
  const joiner = actorOf('erin');

  it('admit one device', () => {
    const view = invited('writer');
    expect(view.membership.invites).toEqual([
      { invite, author: bob.device, role: 'writer', expires: 3_000, state: 'open' },
    ]);
    const used = act(view, bob, addOf(view, bob, joiner, 'writer', invite));
    expect(refusalOfLast(used)).toBeUndefined();
    expect(used.membership.invites[0]?.state).toBe('used');
    const again = act(used, bob, addOf(used, bob, actorOf('frank'), 'writer', invite));
    expect(refusalOfLast(again)).toBe('invite-not-open');
  });

  it('are worth nothing when expired, another author’s, of a lower role or unknown', () => {
    const view = invited('reader');
    const add = addOf(view, bob, joiner, 'reader', invite);
    expect(refusalOfLast(act(view, bob, add, 3_000))).toBeUndefined();
    expect(refusalOfLast(act(view, bob, add, 3_001))).toBe('invite-not-open');
    expect(refusalOfLast(act(view, bob, { ...add, role: 'writer' }))).toBe('invite-not-open');
    expect(refusalOfLast(act(view, alice, addOf(view, alice, joiner, 'reader', invite)))).toBe('invite-not-open');
    const unknown = inviteIdOf(seedOf('other').subarray(0, 16));
    expect(refusalOfLast(act(view, bob, { ...add, invite: unknown }))).toBe('invite-not-open');
  });

  it('are revoked by their author or an admin', () => {
    const view = invited('writer');
    expect(refusalOfLast(act(view, carol, { kind: 'invite-revoke', invite }))).toBe('role-too-low');
    for (const author of [alice, bob]) {
      const revoked = act(view, author, { kind: 'invite-revoke', invite });
      expect(revoked.membership.invites[0]?.state).toBe('revoked');
      const late = act(revoked, bob, addOf(revoked, bob, joiner, 'writer', invite));
      expect(refusalOfLast(late)).toBe('invite-not-open');
    }
  });

  it('offer at most the inviter’s own role', () => {
    const view = everyRole();
    const offer = (author: Actor, role: Role): string | undefined =>
      refusalOfLast(act(view, author, { kind: 'invite', invite, role, expires: 1 }));
    expect(offer(alice, 'admin')).toBeUndefined();
    expect(offer(bob, 'admin')).toBe('role-too-low');
    expect(offer(carol, 'vault')).toBe('role-too-low');
    expect(refusalOfLast(act(invited('reader'), alice, { kind: 'invite', invite, role: 'reader', expires: 1 }))).toBe(
      'invite-known',
    );
  });
});

describe('names', () => {
  it('are changed by each device that may write for itself', () => {
    const view = act(everyRole(), bob, { kind: 'rename-device', deviceName: 'attic' });
    expect(rolesIn(view)).toContain('attic writer');
    for (const device of [carol, dave]) {
      expect(refusalOfLast(act(view, device, { kind: 'rename-device', deviceName: 'x' }))).toBe('role-too-low');
    }
    expect(refusalOfLast(act(view, actorOf('erin'), { kind: 'rename-device', deviceName: 'x' }))).toBe('not-a-member');
  });
});

describe('history', () => {
  it('shows the membership as of any heads', () => {
    const early = everyRole();
    const late = remove(early, alice, bob);
    const before = membershipAt(late.membership, early.membership.heads);
    expect(before).toEqual(early.membership);
    expect(membershipAt(early.membership, late.membership.heads)).toBeUndefined();
    expect(membershipAt(early.membership, [])).toBeUndefined();
  });

  it('has a limit in records and in bytes', () => {
    const lengths = (count: number, length: number): readonly { readonly length: number }[] =>
      Array(count).fill({ length });
    expect(isTooMuchHistory(lengths(RECORDS_MAX, 300))).toBe(false);
    expect(isTooMuchHistory(lengths(RECORDS_MAX + 1, 300))).toBe(true);
    expect(isTooMuchHistory(lengths(2, RECORDS_MAX_BYTES / 2))).toBe(false);
    expect(isTooMuchHistory([...lengths(2, RECORDS_MAX_BYTES / 2), { length: 1 }])).toBe(true);
  });

  it('finds what another device lacks, parents first, and only that', () => {
    const early = everyRole();
    const late = rotate(remove(early, alice, bob), alice);
    const lacking = recordsBeyond(late.membership, early.membership.heads);
    expect(lacking).toEqual(late.records.slice(early.records.length));
    expect(recordsBeyond(late.membership, [])).toEqual(late.records);
    expect(recordsBeyond(early.membership, late.membership.heads)).toEqual(early.records);
    expect(viewOf([...early.records, ...lacking].map((each) => decodeRecord(each.bytes))).membership).toEqual(
      late.membership,
    );
  });
});
