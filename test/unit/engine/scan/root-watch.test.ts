import { describe, expect, it } from 'vitest';
import type { WatchHint } from '../../../../daemon/effects/watcher.ts';
import { Problems } from '../../../../daemon/engine/context.ts';
import { RootWatch } from '../../../../daemon/engine/scan/root-watch.ts';
import { createSimulatedClock } from '../../../simulator/clock.ts';
import { Life } from '../../../simulator/life.ts';
import { Schedule } from '../../../simulator/schedule.ts';

const GONE = new Error('the root is gone');

function watched() {
  const schedule = new Schedule(1);
  const problems = new Problems(10);
  const given: WatchHint[] = [];
  const state = { broken: false, starts: 0, open: 0 };
  let tell: (hint: WatchHint) => void = () => undefined;
  const watch = new RootWatch(
    {
      root: { path: '/root', device: 0n, inode: 0n, marker: '' },
      problems,
      clock: createSimulatedClock(new Life(schedule, 'device'), { skewMs: 0 }),
    },
    {
      watch: async (_root, _ignored, onHint) => {
        state.starts += 1;
        await Promise.resolve();
        if (state.broken) throw GONE;
        state.open += 1;
        tell = onHint;
        return {
          close: async () => {
            state.open -= 1;
            await Promise.resolve();
          },
        };
      },
    },
    (hint) => given.push(hint),
  );
  const pass = async (ms: number): Promise<void> => schedule.pass(ms);
  return { watch, problems, given, state, pass, tell: (hint: WatchHint) => tell(hint) };
}

describe('the watch on a root', () => {
  it('passes hints on', async () => {
    const { watch, given, tell } = watched();
    await watch.start();
    tell({ kind: 'directory', directory: 'a' });
    expect(given).toEqual([{ kind: 'directory', directory: 'a' }]);
  });

  it('is made anew after it failed, and then everything is looked at', async () => {
    const { watch, problems, given, state, pass, tell } = watched();
    await watch.start();
    state.broken = true;
    tell({ kind: 'failed', reason: 'it is gone' });
    expect(problems.list()).toMatchObject([{ path: '', code: 'watch-failed', message: 'it is gone' }]);
    expect([given, state.open]).toEqual([[{ kind: 'overflow' }], 0]);
    await pass(30_000);
    expect(state.starts).toBeGreaterThan(1);
    state.broken = false;
    await pass(60_000);
    expect([problems.list(), state.open, given.length]).toEqual([[], 1, 2]);
    tell({ kind: 'subtree', directory: 'b' });
    expect(given.at(-1)).toEqual({ kind: 'subtree', directory: 'b' });
  });

  it('is tried ever more seldom, and not at all once it is closed', async () => {
    const { watch, state, pass } = watched();
    state.broken = true;
    await watch.start();
    await pass(60 * 60_000);
    const tried = state.starts;
    expect(tried).toBeGreaterThan(8);
    expect(tried).toBeLessThan(20);
    await watch.close();
    await pass(60 * 60_000);
    expect(state.starts).toBe(tried);
  });

  it('shows no other problem of the folder as over', async () => {
    const { watch, problems } = watched();
    problems.report('', 'too-many-records', 'more than can be');
    await watch.start();
    expect(problems.codeAt('')).toBe('too-many-records');
  });
});
