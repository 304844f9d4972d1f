import { describe, expect, it } from 'vitest';
import { SettlingPause } from '../../../../daemon/engine/logs/settling-pause.ts';
import type { EntryId } from '../../../../protocol/ids.ts';
import { createSimulatedClock } from '../../../simulator/clock.ts';
import { Life } from '../../../simulator/life.ts';
import { Schedule } from '../../../simulator/schedule.ts';
import { createTraceLogger } from '../../../simulator/trace.ts';

const ENTRY = 'e'.repeat(32) as EntryId;

function open(): { readonly schedule: Schedule; readonly pause: SettlingPause; readonly looked: () => number } {
  const schedule = new Schedule(1);
  const life = new Life(schedule, 'device');
  let looked = 0;
  const context = {
    clock: createSimulatedClock(life, { skewMs: 0 }),
    random: { bytes: () => Uint8Array.of(255) },
    logger: createTraceLogger(life),
  };
  const pause = new SettlingPause(context, async () => {
    looked += 1;
    await Promise.resolve();
  });
  return { schedule, pause, looked: () => looked };
}

describe('a pause in settling', () => {
  it('does not come before an entry was settled again and again', () => {
    const { pause } = open();
    for (let round = 0; round < 3; round += 1) pause.settled([ENTRY]);
    for (let other = 0; other < 500; other += 1) pause.settled([`${other}`.padStart(32, '0') as EntryId]);
    expect(pause.defers()).toBe(false);
  });

  it('lets what arrives wait, looks at all of it once, and grows with the rounds', async () => {
    const { schedule, pause, looked } = open();
    for (let round = 0; round < 4; round += 1) pause.settled([ENTRY]);
    expect([pause.defers(), pause.defers()]).toEqual([true, true]);
    let over = 0;
    pause.onOver = () => {
      over += 1;
    };
    await schedule.pass(99);
    expect(looked()).toBe(0);
    await schedule.pass(10);
    expect([looked(), over, pause.defers()]).toEqual([1, 1, false]);
    for (let round = 0; round < 20; round += 1) pause.settled([ENTRY]);
    expect(pause.defers()).toBe(true);
    await schedule.pass(4999);
    expect(looked()).toBe(1);
    await schedule.pass(10);
    expect(looked()).toBe(2);
  });

  it('forgets rounds that are long ago', async () => {
    const { schedule, pause } = open();
    for (let round = 0; round < 3; round += 1) pause.settled([ENTRY]);
    await schedule.pass(61_000);
    pause.settled([ENTRY]);
    expect(pause.defers()).toBe(false);
  });
});
