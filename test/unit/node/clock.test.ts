import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeClock } from '../../../daemon/node/clock.ts';
import { createNodeRandom } from '../../../daemon/node/random.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
  afterEach(() => void vi.useRealTimers());

  it('calls once, when the delay has passed', () => {
    const clock = createNodeClock();
    const calls: number[] = [];
    const start = clock.monotonicMs();
    clock.after(50, () => calls.push(clock.monotonicMs() - start));
    vi.advanceTimersByTime(49);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([50]);
    expect(clock.now()).toBe(1_700_000_001_049);
  });

  it('does not call once cancelled', () => {
    const calls: string[] = [];
    createNodeClock()
      .after(50, () => calls.push('called'))
      .cancel();
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([]);
  });

  it('waits longer than a Node timer can', () => {
    const calls: string[] = [];
    createNodeClock().after(60 * DAY_MS, () => calls.push('called'));
    vi.advanceTimersByTime(59 * DAY_MS);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(DAY_MS);
    expect(calls).toEqual(['called']);
  });
});

describe('random', () => {
  it('gives as many bytes as asked for, different ones each time', () => {
    const random = createNodeRandom();
    expect(random.bytes(0)).toEqual(new Uint8Array(0));
    expect(random.bytes(32)).toHaveLength(32);
    expect(random.bytes(32)).not.toEqual(random.bytes(32));
  });
});
