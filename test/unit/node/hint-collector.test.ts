import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WatchHint } from '../../../daemon/effects/watcher.ts';
import { HintCollector, LOST_EVENTS_COUNT } from '../../../daemon/node/watch/hint-collector.ts';

/** The longest that a hint may wait. */
const LONGEST_WAIT_MS = 20;

describe('hint collector', () => {
  let hints: WatchHint[] = [];
  let collector: HintCollector;
  beforeEach(() => {
    vi.useFakeTimers();
    hints = [];
    collector = new HintCollector((hint) => hints.push(hint));
  });
  afterEach(() => {
    collector.close();
    vi.useRealTimers();
  });

  it('gives one hint a directory, however many events', () => {
    for (let count = 0; count < 100; count += 1) {
      collector.countEvent();
      collector.directory('a');
      collector.directory('');
    }
    expect(hints).toEqual([]);
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toEqual([
      { kind: 'directory', directory: 'a' },
      { kind: 'directory', directory: '' },
    ]);
    collector.directory('a');
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toHaveLength(3);
  });

  it('leaves out what a subtree covers, and nothing that only looks like it', () => {
    for (const path of ['a', 'a/b', 'a/b/c']) collector.subtree(path);
    for (const path of ['', 'a', 'a/b/c/d', 'ab', 'b']) collector.directory(path);
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toEqual([
      { kind: 'subtree', directory: 'a' },
      { kind: 'directory', directory: '' },
      { kind: 'directory', directory: 'ab' },
      { kind: 'directory', directory: 'b' },
    ]);
  });

  it('takes a burst that the kernel may have cut for lost events', () => {
    for (let count = 0; count < LOST_EVENTS_COUNT; count += 1) collector.countEvent();
    collector.directory('a');
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toEqual([{ kind: 'overflow' }]);
    for (let count = 0; count < LOST_EVENTS_COUNT - 1; count += 1) collector.countEvent();
    collector.directory('a');
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints[1]).toEqual({ kind: 'directory', directory: 'a' });
  });

  it('remembers a bounded number of directories', () => {
    for (let index = 0; index < 5000; index += 1) collector.directory(`d${index}`);
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toEqual([{ kind: 'overflow' }]);
  });

  it('says no more after a failure or a close', () => {
    collector.directory('a');
    collector.fail('why');
    collector.fail('why again');
    collector.directory('b');
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toEqual([{ kind: 'overflow' }, { kind: 'failed', reason: 'why' }]);
  });

  it('includes the hints of its last look in the same drain', () => {
    const looking: HintCollector = new HintCollector(
      (hint) => hints.push(hint),
      (lost) => {
        if (!lost) looking.subtree('seen late');
      },
    );
    looking.directory('a');
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints.map((hint) => hint.kind)).toEqual(['subtree', 'directory']);
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(hints).toHaveLength(2);
  });
});
