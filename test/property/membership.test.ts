import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochSecretsFor } from '../../daemon/core/epoch-secrets.ts';
import { evaluateMembership } from '../../daemon/core/membership.ts';
import { membershipAt, recordsBeyond } from '../../daemon/core/membership-history.ts';
import { decodeRecord } from '../../protocol/membership-record.ts';
import { holdsKeys, ROLES } from '../../protocol/roles.ts';
import type { Actor, View } from '../support/membership-world.ts';
import { act, actorOf, admit, mergeViews, remove, rotate, shareFolder, viewOf } from '../support/membership-world.ts';

const RUNS = Number(process.env['SHEAF_PROPERTY_RUNS'] ?? 40);
const SEED = Number(process.env['SHEAF_PROPERTY_SEED'] ?? 1);
const actors = ['alice', 'bob', 'carol', 'dave', 'erin'].map(actorOf);

/** One thing that one device does, with what it knows at that time; what it may not do it leaves. */
interface Move {
  readonly by: number;
  readonly on: number;
  readonly kind: 'admit' | 'remove' | 'rotate' | 'rename' | 'demote' | 'promote' | 'meet';
  readonly role: number;
}

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({
    by: fc.nat(actors.length - 1),
    on: fc.nat(actors.length - 1),
    kind: fc.oneof(
      { arbitrary: fc.constantFrom('meet' as const), weight: 4 },
      { arbitrary: fc.constantFrom('admit' as const, 'remove' as const), weight: 3 },
      {
        arbitrary: fc.constantFrom('rotate' as const, 'rename' as const, 'demote' as const, 'promote' as const),
        weight: 2,
      },
    ),
    role: fc.nat(ROLES.length - 1),
  }),
  { minLength: 4, maxLength: 16 },
);

function actorAt(index: number): Actor {
  return actors[index] as Actor;
}

function attempt(view: View, move: Move): View {
  const [by, on] = [actorAt(move.by), actorAt(move.on)];
  const setRole = (role: (typeof ROLES)[number]): View =>
    act(view, by, { kind: 'set-role', device: on.device, role, sealed: [] });
  switch (move.kind) {
    case 'admit':
      return admit(view, by, on, ROLES[move.role] as (typeof ROLES)[number]);
    case 'remove':
      return remove(view, by, on);
    case 'rotate':
      return rotate(view, by);
    case 'rename':
      return act(view, by, { kind: 'rename-device', deviceName: `${by.name} ${move.role}` });
    case 'demote':
      return setRole('reader');
    case 'promote':
      return setRole('admin');
    case 'meet':
      return view;
  }
}

/** What each device knows at the end. Three admins to begin with, so that there is something to disagree about. */
function play(history: readonly Move[]): readonly View[] {
  const [alice, bob, carol] = [actorAt(0), actorAt(1), actorAt(2)];
  const start = admit(admit(shareFolder(alice), alice, bob, 'admin'), alice, carol, 'admin');
  const views: View[] = actors.map(() => start);
  for (const move of history) {
    const view = views[move.by] as View;
    if (move.kind === 'meet') {
      const both = mergeViews(view, views[move.on] as View);
      views[move.by] = both;
      views[move.on] = both;
      continue;
    }
    const after = tried(view, move);
    const last = after.records.at(-1);
    if (!after.membership.refused.some((each) => each.record === last?.id)) views[move.by] = after;
  }
  return views;
}

/** A device without the keys for what it tries leaves it. */
function tried(view: View, move: Move): View {
  try {
    return attempt(view, move);
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'no-keys') return view;
    throw error;
  }
}

const histories = moves.map((history) => ({ history, views: play(history) }));

describe('membership', () => {
  it('depends on the records only, not on how they came', () => {
    fc.assert(
      fc.property(moves, fc.infiniteStream(fc.nat()), (history, dice) => {
        const { records, membership } = mergeViews(...play(history));
        const order = records.map((record) => ({ record, at: dice.next().value as number }));
        const shuffled = order.sort((a, b) => a.at - b.at).map(({ record }) => decodeRecord(record.bytes));
        expect(evaluateMembership(shuffled)).toEqual(membership);
        expect(evaluateMembership([...shuffled, ...records])).toEqual(membership);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('never takes back what was right when it was made, and says why it has no effect', () => {
    fc.assert(
      fc.property(histories, ({ views }) => {
        const merged = mergeViews(...views).membership;
        const accepted = new Set(merged.accepted.map((each) => each.id));
        for (const view of views) {
          for (const record of view.records) expect(accepted.has(record.id)).toBe(true);
          expect(membershipAt(merged, view.membership.heads)).toEqual(view.membership);
          const complete = [...view.records, ...recordsBeyond(merged, view.membership.heads)];
          expect(viewOf(complete).membership).toEqual(merged);
        }
        for (const { reason } of merged.refused) expect(reason).toBe('removed-author');
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('keeps removed devices out and the keys with members', () => {
    const seen = { removed: 0, voided: 0, withoutKeys: 0, needsRotation: 0 };
    fc.assert(
      fc.property(histories, ({ views }) => {
        const { membership } = mergeViews(...views);
        seen.removed += membership.removed.length;
        seen.voided += membership.refused.length;
        seen.withoutKeys += membership.withoutKeys.length;
        seen.needsRotation += Number(membership.needsRotation);
        for (const actor of actors) {
          const member = membership.members.find((each) => each.device === actor.device);
          const secrets = epochSecretsFor(membership, actor.device, actor.box.secretKey);
          const mayRead =
            member !== undefined && holdsKeys(member.role) && !membership.withoutKeys.includes(actor.device);
          if (mayRead) expect(secrets.has(membership.epoch)).toBe(true);
          else if (!membership.needsRotation) expect(secrets.has(membership.epoch)).toBe(false);
          expect(member !== undefined && membership.removed.includes(actor.device)).toBe(false);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The histories did get to what this is about.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });
});
