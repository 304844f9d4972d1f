import { beforeEach, expect, it } from 'vitest';
import { Brake } from '../../../../daemon/engine/care/brake.ts';
import { decisionRow } from '../../../../daemon/store/decisions.ts';
import type { HeldBatch } from '../../../../protocol/local-api-decisions.ts';
import { createMemoryStore } from '../../../simulator/memory-store.ts';
import { TestClock } from '../pairing-world.ts';

const MINUTE_MS = 60_000;

let clock: TestClock;
let shown: HeldBatch[];
let store: ReturnType<typeof createMemoryStore>;
let brake: Brake;

/** A brake as a run of the daemon makes it. */
const makeBrake = (): Brake =>
  new Brake(
    { folder: 'photos', direction: 'sending', code: 'mass-deletion' },
    clock,
    decisionRow(store, 1, 'sending'),
    (held) => shown.push(held),
  );

beforeEach(() => {
  clock = new TestClock();
  shown = [];
  store = createMemoryStore();
  brake = makeBrake();
});

it('counts what went in small pieces as one batch, for a while', async () => {
  for (let done = 0; done < 240; done += 40) {
    expect(brake.judge(40, 1000 - done)).toBe('go');
    await brake.passed(40);
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

it.each(['go', 'undo'] as const)('lets what was decided (%s) be done in pieces, and no more', async (verdict) => {
  brake.hold(600, 1000);
  await brake.decide(verdict);
  expect(brake.held).toBeUndefined();
  expect(brake.judge(601, 1000)).toBe('hold');
  expect(brake.judge(600, 1000)).toBe(verdict);
  await brake.passed(400);
  expect(brake.judge(200, 600)).toBe(verdict);
  await brake.passed(200);
  expect(brake.judge(300, 400)).toBe('hold');
});

it('does not count an approved batch against what follows it', async () => {
  brake.hold(600, 1000);
  await brake.decide('go');
  await brake.passed(600);
  expect(brake.judge(60, 400)).toBe('go');
});

it('forgets a decision that was not made use of', async () => {
  brake.hold(600, 1000);
  await brake.decide('go');
  clock.pass(24 * 60 * MINUTE_MS);
  expect(brake.judge(600, 1000)).toBe('hold');
  brake.allow(70);
  expect(brake.judge(70, 100)).toBe('go');
  brake.disallow();
  expect(brake.judge(70, 100)).toBe('hold');
});

it.each(['go', 'undo'] as const)(
  'knows in the next run what was decided (%s) and how much of it is done',
  async (verdict) => {
    brake.hold(600, 1000);
    await brake.decide(verdict);
    await makeBrake().passed(400);
    brake = makeBrake();
    expect(brake.judge(201, 600)).toBe('hold');
    expect(brake.judge(200, 600)).toBe(verdict);
    await brake.passed(200);
    expect(makeBrake().judge(200, 600)).toBe('hold');
  },
);

it('asks again when the clock was set back behind a decision', async () => {
  brake.hold(600, 1000);
  await brake.decide('go');
  clock.pass(-24 * 60 * MINUTE_MS);
  expect(makeBrake().judge(600, 1000)).toBe('hold');
});

it('keeps a decision while a person asks for something else', async () => {
  brake.hold(600, 1000);
  await brake.decide('undo');
  brake.allow(70);
  expect(brake.judge(70, 1000)).toBe('go');
  await brake.passed(70);
  brake.disallow();
  expect(brake.judge(600, 1000)).toBe('undo');
});
