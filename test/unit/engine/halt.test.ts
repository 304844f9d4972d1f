import { expect, it } from 'vitest';
import { Halt } from '../../../daemon/engine/halt.ts';
import { CodedError } from '../../../protocol/errors.ts';
import { createSimulatedClock } from '../../simulator/clock.ts';
import { Life } from '../../simulator/life.ts';
import { Schedule } from '../../simulator/schedule.ts';

const HOUR_MS = 60 * 60_000;

/** How often a folder tries to go on within an hour of halting for this reason, which never passes. */
async function attemptsFor(error: Error): Promise<number> {
  const schedule = new Schedule(1);
  let attempts = 0;
  const halt = new Halt(createSimulatedClock(new Life(schedule, 'device'), { skewMs: 0 }), () => {
    attempts += 1;
    halt.set(error);
  });
  halt.set(error);
  await schedule.pass(HOUR_MS);
  halt.stop();
  return attempts;
}

const failed = (code: string): Error => Object.assign(new Error('no'), { code });

it('tries to go on once its root may be back, and ever more seldom after what may stay', async () => {
  expect(await attemptsFor(new CodedError('root-missing', 'it is away'))).toBeGreaterThan(600);
  for (const error of [failed('EIO'), new CodedError('worker-lost', 'a thread died')]) {
    const attempts = await attemptsFor(error);
    expect(attempts).toBeGreaterThan(50);
    expect(attempts).toBeLessThan(70);
  }
});

it('waits for a person after what no time mends', async () => {
  for (const error of [new CodedError('marker-missing', 'which folder is this?'), new Error('a bug')]) {
    expect(await attemptsFor(error)).toBe(0);
  }
});
