import { describe, expect, it } from 'vitest';
import { epochSecretsFor } from '../../../daemon/core/epoch-secrets.ts';
import { owedKeys, rotationFor, sealSecrets } from '../../../daemon/core/membership-drafts.ts';
import type { Actor, View } from '../../support/membership-world.ts';
import {
  act,
  actorOf,
  addOf,
  admit,
  everyRole,
  holderOf,
  mergeViews,
  nextSecret,
  refusalOfLast,
  rolesIn,
  rotate,
} from '../../support/membership-world.ts';

const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(actorOf) as [Actor, Actor, Actor, Actor];

function secretsOf(view: View, actor: Actor): ReadonlyMap<number, Uint8Array> {
  return epochSecretsFor(view.membership, actor.device, actor.box.secretKey);
}

describe('rotation', () => {
  it('gives every key holder the next epoch, and what came before through it', () => {
    const view = rotate(rotate(everyRole(), alice), alice);
    const epochs = view.membership.epochs.map((each) => each.epoch);
    expect(epochs).toHaveLength(3);
    expect(view.membership.epoch).toBe(epochs.at(-1));
    for (const actor of [alice, bob, carol]) expect([...secretsOf(view, actor).keys()]).toEqual(epochs);
    expect(secretsOf(view, dave)).toEqual(new Map());
    const joiner = actorOf('erin');
    const add = addOf(view, bob, joiner, 'writer');
    const newest = act(view, bob, { ...add, sealed: add.sealed.slice(-1) });
    expect([...secretsOf(newest, joiner)]).toEqual([...secretsOf(view, alice)]);
  });

  it('takes an admin, every key holder, the right number and the epoch before', () => {
    const view = everyRole();
    const rotation = rotationFor(view.membership, holderOf(view, alice), nextSecret(view, alice));
    const refusal = (author: Actor, change: Partial<typeof rotation>): string | undefined =>
      refusalOfLast(act(view, author, { kind: 'rotate', rotation: { ...rotation, ...change } }));
    expect(refusal(alice, {})).toBeUndefined();
    expect(refusal(bob, {})).toBe('role-too-low');
    expect(refusal(alice, { sealed: rotation.sealed.slice(1) })).toBe('wrong-rotation');
    expect(refusal(alice, { epoch: rotation.epoch + 1 })).toBe('wrong-rotation');
    expect(refusal(alice, { previous: [] })).toBe('wrong-rotation');
  });

  it('at the same time starts two epochs with one winner, and both stay readable', () => {
    const base = act(everyRole(), alice, { kind: 'set-role', device: bob.device, role: 'admin', sealed: [] });
    const [one, two] = [rotate(base, alice), rotate(base, bob)];
    const both = mergeViews(one, two);
    const numbers = [one.membership.epoch, two.membership.epoch].sort((a, b) => a - b);
    expect(both.membership.epochs.map((each) => each.epoch)).toEqual([1, ...numbers]);
    expect(both.membership.epoch).toBe(numbers[1]);
    expect([...secretsOf(both, carol).keys()]).toEqual([1, ...numbers]);
    expect(rotate(both, alice).membership.epoch).toBeGreaterThan(both.membership.epoch);
  });

  it('shows who was admitted meanwhile and lacks the keys, until a member shares them', () => {
    const base = everyRole();
    const joiner = actorOf('erin');
    const both = mergeViews(rotate(base, alice), admit(base, bob, joiner, 'reader'));
    expect(both.membership.withoutKeys).toEqual([joiner.device]);
    const body = { kind: 'share-keys', device: joiner.device } as const;
    const sealed = sealSecrets(both.membership, holderOf(both, bob), joiner.box.publicKey);
    expect(refusalOfLast(act(both, carol, { ...body, sealed }))).toBe('role-too-low');
    expect(refusalOfLast(act(both, bob, { ...body, device: dave.device, sealed }))).toBe('wrong-device');
    // Whoever may and can share them owes these; nobody else owes anything.
    expect(owedKeys(both.membership, holderOf(both, bob))).toEqual([{ ...body, sealed }]);
    expect(owedKeys(both.membership, holderOf(both, alice))).toMatchObject([body]);
    for (const other of [carol, dave, joiner]) expect(owedKeys(both.membership, holderOf(both, other))).toEqual([]);
    expect(owedKeys(base.membership, holderOf(base, alice))).toEqual([]);
    const shared = act(both, bob, { ...body, sealed });
    expect(shared.membership.withoutKeys).toEqual([]);
    expect(secretsOf(shared, joiner)).toEqual(secretsOf(shared, alice));
  });
});

describe('roles', () => {
  it('are set by admins; a vault that becomes a reader gets the keys', () => {
    const view = everyRole();
    const sealed = sealSecrets(view.membership, holderOf(view, alice), dave.box.publicKey);
    const body = { kind: 'set-role', device: dave.device, role: 'reader' } as const;
    expect(refusalOfLast(act(view, alice, { ...body, sealed: [] }))).toBe('wrong-secrets');
    expect(refusalOfLast(act(view, bob, { ...body, sealed }))).toBe('role-too-low');
    const after = act(view, alice, { ...body, sealed });
    expect(rolesIn(after)).toContain('dave reader');
    expect(secretsOf(after, dave)).toEqual(secretsOf(after, alice));
    expect(refusalOfLast(act(view, alice, { ...body, device: actorOf('erin').device, sealed }))).toBe('wrong-device');
  });

  it('taken from a key holder call for a rotation', () => {
    const view = act(everyRole(), alice, { kind: 'set-role', device: carol.device, role: 'vault', sealed: [] });
    expect(view.membership.needsRotation).toBe(true);
    const after = rotate(view, alice);
    expect(after.membership.needsRotation).toBe(false);
    expect(secretsOf(after, carol).has(after.membership.epoch)).toBe(false);
  });

  it('leave a folder at least one admin', () => {
    const body = { kind: 'set-role', device: alice.device, role: 'reader', sealed: [] } as const;
    expect(refusalOfLast(act(everyRole(), alice, body))).toBe('last-admin');
    const two = act(everyRole(), alice, { kind: 'set-role', device: bob.device, role: 'admin', sealed: [] });
    expect(rolesIn(act(two, alice, body))).toContain('alice reader');
  });
});
