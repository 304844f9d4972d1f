import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Watch, Watcher, WatchHint } from '../../daemon/effects/watcher.ts';
import { countEntries } from '../../daemon/node/watch/count-entries.ts';
import { createLightWatcher } from '../../daemon/node/watch/light-watcher.ts';
import { fatalReason } from '../../daemon/node/watch/watch-errors.ts';
import { createWatcher } from '../../daemon/node/watcher.ts';
import { covers } from './watcher.ts';

/** More than the kernel's queue holds unless somebody raised fs.inotify.max_queued_events. */
const BURST_EVENTS = 40_000;
const WAIT = { timeout: 20_000, interval: 5 } as const;

describe.runIf(process.platform === 'linux').each<[string, () => Watcher]>([
  ['chosen by size', () => createWatcher({ thread: false })],
  ['light', () => createLightWatcher()],
])('lost events: %s', (_name, create) => {
  let root = '';
  let hints: WatchHint[] = [];
  let watch: Watch;
  beforeEach(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'sheaf-burst-')));
    for (const name of ['a', 'b']) writeFileSync(join(root, name), '');
    hints = [];
    watch = await create().watch(root, [], (hint) => hints.push(hint));
  });
  afterEach(async () => {
    await watch.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('are answered by an overflow hint, and what appeared unseen is watched afterwards', async () => {
    // Two names in turn: the kernel merges an event with an equal one before it. This thread reads nothing meanwhile.
    for (let count = 0; count < BURST_EVENTS; count += 1) utimesSync(join(root, count % 2 === 0 ? 'a' : 'b'), 1, count);
    mkdirSync(join(root, 'late/deep'), { recursive: true });
    await expect.poll(() => hints.some((hint) => hint.kind === 'overflow'), WAIT).toBe(true);
    await expect
      .poll(() => {
        writeFileSync(join(root, 'late/deep/file'), String(hints.length));
        return hints.some((hint) => hint.kind === 'directory' && covers(hint, 'late/deep'));
      }, WAIT)
      .toBe(true);
  });
});

describe('limits', () => {
  it('are named together with what raises them', () => {
    const failure = (code: string): Error => Object.assign(new Error(code), { code });
    expect(fatalReason(failure('ENOSPC'), '/root')).toContain('sysctl fs.inotify.max_user_watches');
    expect(fatalReason(failure('EMFILE'), '/root')).toContain('fs.inotify.max_user_instances');
    expect(fatalReason(failure('EACCES'), '/root')).toBeUndefined();
  });

  it('counts entries no further than it has to', () => {
    const root = mkdtempSync(join(tmpdir(), 'sheaf-count-'));
    mkdirSync(join(root, 'a/b'), { recursive: true });
    mkdirSync(join(root, '.own/x'), { recursive: true });
    for (let index = 0; index < 50; index += 1) writeFileSync(join(root, 'a/b', `${index}`), '');
    expect(countEntries(root, ['.own'], 1000)).toBe(52);
    expect(countEntries(root, ['.own'], 1)).toBe(2);
    expect(countEntries(join(root, 'missing'), [], 10)).toBe(0);
    rmSync(root, { recursive: true });
  });
});
