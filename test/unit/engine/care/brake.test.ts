import { beforeEach, expect, it } from 'vitest';
import { Brake } from '../../../../daemon/engine/care/brake.ts';
import type { HeldBatch } from '../../../../protocol/local-api-decisions.ts';
import { TestClock } from '../pairing-world.ts';

const MINUTE_MS = 60_000;

let clock: TestClock;
let shown: HeldBatch[];
let brake: Brake;

beforeEach(() => {
  clock = new TestClock();
  shown = [];
  brake = new Brake({ folder: 'photos', direction: 'sending', code: 'mass-deletion' }, clock, (held) =>
    shown.push(held),
  );
});

it('counts what went in small pieces as one batch, for a while', () => {
  for (let done = 0; done < 240; done += 40) {
    expect(brake.judge(40, 1000 - done)).toBe('go');
    brake.passed(40);
  }
  expect(brake.judge(40, 760)).toBe('hold');
  clock.pass(11 * MINUTE_MS);
  expect(brake.judge(40, 760)).toBe('go');
});

it('says once what it holds, under an id that stands for its size', () => {
  brake.hold(600, 1000);
  brake.hold(600, 1000);
  brake.hold(601, 1000);
  expect(shown.map(({ changes }) => changes)).toEqual([600, 601]);
  expect(shown[0]?.id).not.toBe(shown[1]?.id);
  expect(brake.held?.message).toBe('601 of 1000 entries were deleted here');
});

it.each(['go', 'undo'] as const)('lets what was decided (%s) be done in pieces, and no more', (verdict) => {
  brake.hold(600, 1000);
  brake.decide(verdict);
  expect(brake.held).toBeUndefined();
  expect(brake.judge(601, 1000)).toBe('hold');
  expect(brake.judge(600, 1000)).toBe(verdict);
  brake.passed(400);
  expect(brake.judge(200, 600)).toBe(verdict);
  brake.passed(200);
  expect(brake.judge(300, 400)).toBe('hold');
});

it('does not count an approved batch against what follows it', () => {
  brake.hold(600, 1000);
  brake.decide('go');
  brake.passed(600);
  expect(brake.judge(60, 400)).toBe('go');
});

it('forgets a decision that was not made use of', () => {
  brake.hold(600, 1000);
  brake.decide('go');
  clock.pass(24 * 60 * MINUTE_MS);
  expect(brake.judge(600, 1000)).toBe('hold');
  brake.allow(70);
  expect(brake.judge(70, 100)).toBe('go');
  brake.disallow();
  expect(brake.judge(70, 100)).toBe('hold');
});
