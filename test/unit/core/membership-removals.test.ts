import { describe, expect, it } from 'vitest';
import { epochSecretsFor } from '../../../daemon/core/epoch-secrets.ts';
import type { Refusal } from '../../../daemon/core/membership.ts';
import type { Actor, View } from '../../support/membership-world.ts';
import {
  act,
  actorOf,
  addOf,
  admit,
  mergeViews,
  refusalOfLast,
  remove,
  rolesIn,
  rotate,
  shareFolder,
} from '../../support/membership-world.ts';

const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(actorOf) as [Actor, Actor, Actor, Actor];

/** alice, bob and carol, all admins. */
function threeAdmins(): View {
  return admit(admit(shareFolder(alice), alice, bob, 'admin'), alice, carol, 'admin');
}

function newest(view: View): string | undefined {
  return view.records.at(-1)?.id;
}

/** The reason for which each view's newest record has no effect in `merged`. */
function refusals(merged: View, ...views: readonly View[]): readonly (Refusal | undefined)[] {
  return views.map((view) => merged.membership.refused.find((each) => each.record === newest(view))?.reason);
}

describe('a removal', () => {
  it('ends the membership and starts an epoch without the removed', () => {
    const view = remove(threeAdmins(), alice, bob);
    expect(rolesIn(view)).toEqual(['alice admin', 'carol admin']);
    expect(view.membership.removed).toEqual([bob.device]);
    const secretsOf = (actor: Actor): ReadonlyMap<number, Uint8Array> =>
      epochSecretsFor(view.membership, actor.device, actor.box.secretKey);
    expect([...secretsOf(bob).keys()]).toEqual([1]);
    expect([...secretsOf(carol).keys()]).toEqual([1, view.membership.epoch]);
    expect(view.membership.needsRotation).toBe(false);
  });

  it('is for admins, of others, who are members', () => {
    const view = admit(threeAdmins(), alice, dave, 'writer');
    expect(refusalOfLast(remove(view, dave, bob))).toBe('role-too-low');
    expect(refusalOfLast(remove(view, alice, alice))).toBe('wrong-device');
    expect(refusalOfLast(remove(view, alice, actorOf('erin')))).toBe('wrong-device');
  });

  it('lets nothing that its subject does later count', () => {
    const view = remove(threeAdmins(), alice, bob);
    expect(refusalOfLast(act(view, bob, { kind: 'rename-device', deviceName: 'x' }))).toBe('not-a-member');
  });

  it('voids what its subject did without having seen it, and keeps the record of it', () => {
    const base = threeAdmins();
    const removal = remove(base, alice, bob);
    const late = admit(base, bob, dave, 'writer');
    const merged = mergeViews(removal, late);
    expect(rolesIn(merged)).toEqual(['alice admin', 'carol admin']);
    expect(refusals(merged, late)).toEqual(['removed-author']);
    expect(merged.membership.accepted.map((each) => each.id)).toContain(newest(late));
    expect(merged.membership.heads).toHaveLength(2);
  });

  it('leaves standing what its subject did before', () => {
    const view = remove(admit(threeAdmins(), bob, dave, 'writer'), alice, bob);
    expect(rolesIn(view)).toEqual(['alice admin', 'carol admin', 'dave writer']);
  });

  it('also voids what others did by a right from a void record', () => {
    const base = threeAdmins();
    const removal = remove(base, alice, bob);
    const grant = admit(base, bob, dave, 'admin');
    const use = admit(grant, dave, actorOf('erin'), 'writer');
    const merged = mergeViews(removal, use);
    expect(rolesIn(merged)).toEqual(['alice admin', 'carol admin']);
    expect(refusals(merged, grant, use)).toEqual(['removed-author', 'removed-author']);
  });

  it('outdoes an admission of its subject at the same time', () => {
    const base = admit(threeAdmins(), alice, dave, 'reader');
    const twice = mergeViews(
      remove(base, alice, dave),
      act(threeAdmins(), bob, addOf(threeAdmins(), bob, dave, 'writer')),
    );
    expect(rolesIn(twice)).toEqual(['alice admin', 'bob admin', 'carol admin']);
  });

  it('can be taken back, by an admin only, who has seen it', () => {
    const base = admit(threeAdmins(), alice, dave, 'writer');
    const removed = remove(base, alice, bob);
    expect(refusalOfLast(admit(removed, dave, bob, 'reader'))).toBe('role-too-low');
    const back = admit(removed, carol, bob, 'writer');
    expect(rolesIn(back)).toContain('bob writer');
    expect(back.membership.removed).toEqual([]);
    const again = act(back, bob, { kind: 'rename-device', deviceName: 'bob again' });
    expect(rolesIn(again)).toContain('bob again writer');
    const elsewhere = remove(base, carol, bob);
    expect(rolesIn(mergeViews(again, elsewhere))).not.toContain('bob again writer');
  });
});

describe('removals at the same time', () => {
  it('of one device by two admins leave one winner among the epochs', () => {
    const base = admit(threeAdmins(), alice, dave, 'writer');
    const merged = mergeViews(remove(base, alice, dave), remove(base, bob, dave));
    expect(rolesIn(merged)).toEqual(['alice admin', 'bob admin', 'carol admin']);
    expect(merged.membership.epochs).toHaveLength(3);
    expect(merged.membership.refused).toEqual([]);
  });

  it('of each other both stand, and call for a rotation', () => {
    const base = threeAdmins();
    const merged = mergeViews(remove(base, alice, bob), remove(base, bob, alice));
    expect(rolesIn(merged)).toEqual(['carol admin']);
    expect(merged.membership.refused).toEqual([]);
    expect(merged.membership.needsRotation).toBe(true);
    expect(rotate(merged, carol).membership.needsRotation).toBe(false);
  });

  it('in a ring all stand', () => {
    const base = admit(threeAdmins(), alice, dave, 'writer');
    const merged = mergeViews(remove(base, alice, bob), remove(base, bob, carol), remove(base, carol, alice));
    expect(rolesIn(merged)).toEqual(['dave writer']);
  });

  it('in a chain: the first stands, the second is void, the third stands again', () => {
    const base = admit(threeAdmins(), alice, dave, 'writer');
    const [first, second, third] = [remove(base, alice, bob), remove(base, bob, carol), remove(base, carol, dave)];
    const merged = mergeViews(first, second, third);
    expect(refusals(merged, first, second, third)).toEqual([undefined, 'removed-author', undefined]);
    expect(rolesIn(merged)).toEqual(['alice admin', 'carol admin']);
  });

  it('by an admin outside of a ring settle the ring', () => {
    const base = admit(threeAdmins(), alice, dave, 'admin');
    const [ringA, ringB] = [remove(base, alice, bob), remove(base, bob, alice)];
    const outside = remove(base, carol, alice);
    const merged = mergeViews(ringA, ringB, outside);
    expect(refusals(merged, ringA, ringB, outside)).toEqual(['removed-author', undefined, undefined]);
    expect(rolesIn(merged)).toEqual(['bob admin', 'carol admin', 'dave admin']);
  });

  it('by a right that proves void bring back what they removed', () => {
    const base = threeAdmins();
    const grant = admit(base, bob, dave, 'admin');
    const merged = mergeViews(remove(base, alice, bob), remove(grant, dave, carol));
    expect(rolesIn(merged)).toEqual(['alice admin', 'carol admin']);
    const acts = mergeViews(merged, act(base, carol, { kind: 'rename-device', deviceName: 'cellar' }));
    expect(rolesIn(acts)).toEqual(['alice admin', 'cellar admin']);
  });

  it('never let an epoch number be used again', () => {
    const base = threeAdmins();
    const voided = rotate(base, bob);
    const merged = mergeViews(remove(base, alice, bob), voided);
    expect(refusals(merged, voided)).toEqual(['removed-author']);
    expect(merged.membership.epoch).not.toBe(voided.membership.epoch);
    const carols = epochSecretsFor(merged.membership, carol.device, carol.box.secretKey);
    expect([...carols.keys()]).toContain(voided.membership.epoch);
    const numbers = rotate(merged, carol).membership.epochs.map((each) => each.epoch);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
