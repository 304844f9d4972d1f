import type { Clock } from '../../daemon/effects/clock.ts';
import type { Life } from './life.ts';

/** Any moment will do; whole seconds keep traces readable. */
export const EPOCH_MS = 1_760_000_000_000;

/** Timers fire a little late, as they do. */
const LATE_MS = 2;

/** What a device's wall clock shows beyond the world's time; its user or a time server may move it. */
export interface WallClock {
  skewMs: number;
}

export function createSimulatedClock(life: Life, wall: WallClock): Clock {
  const { schedule } = life;
  const startMs = schedule.nowMs;
  return {
    now: () => Math.floor(EPOCH_MS + schedule.nowMs + wall.skewMs),
    monotonicMs: () => schedule.nowMs - startMs,
    after: (delayMs, call) => life.after(delayMs + schedule.dice.delay(0, LATE_MS), 'timer', call),
  };
}
