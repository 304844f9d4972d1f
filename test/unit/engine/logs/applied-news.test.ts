import { expect, it } from 'vitest';
import { AppliedNews } from '../../../../daemon/engine/logs/applied-news.ts';
import type { SyncState } from '../../../../protocol/message-types.ts';
import { createSimulatedClock } from '../../../simulator/clock.ts';
import { Life } from '../../../simulator/life.ts';
import { Schedule } from '../../../simulator/schedule.ts';

const SOON_MS = 1000;

function telling() {
  const schedule = new Schedule(1);
  const count = { asked: 0, told: 0 };
  let state: SyncState = { frontier: [], settled: false, pending: 1 };
  const news = new AppliedNews(
    createSimulatedClock(new Life(schedule, 'device'), { skewMs: 0 }),
    () => {
      count.asked += 1;
      return state;
    },
    () => {
      count.told += 1;
    },
  );
  const set = (pending: number): void => {
    state = { ...state, pending };
  };
  return { news, count, set, pass: () => schedule.pass(SOON_MS) };
}

it('is told once for all that happens within a moment, and only when it is news', async () => {
  const { news, count, set, pass } = telling();
  for (let times = 0; times < 5; times += 1) news.soon();
  await pass();
  news.soon();
  await pass();
  expect(count).toEqual({ asked: 2, told: 1 });
  set(0);
  news.soon();
  await pass();
  news.soon(true);
  await pass();
  expect(count.told).toBe(3);
});

it('asks for nothing once it is stopped: what the state is read from is closed then', async () => {
  const { news, count, pass } = telling();
  news.soon();
  news.stop();
  news.soon();
  await pass();
  expect(count).toEqual({ asked: 0, told: 0 });
});
