import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Watch, Watcher, WatchHint } from '../../daemon/effects/watcher.ts';

/** Generous, since it is only ever waited out when a hint is missing. */
const WAIT_MS = 20_000;

/** The contract of `daemon/effects/watcher.ts`, for a watcher of the real disk. */
export function watcherCompliance(name: string, create: () => Watcher): void {
  describe(`watcher: ${name}`, () => {
    let root = '';
    let outside = '';
    let hints: WatchHint[] = [];
    let watches: Watch[] = [];

    beforeEach(() => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), 'sheaf-watch-')));
      root = join(home, 'root');
      outside = join(home, 'outside');
      mkdirSync(join(root, 'a/b/c'), { recursive: true });
      mkdirSync(join(root, '.own'));
      mkdirSync(outside);
      for (const file of ['top', 'a/file', 'a/b/file', 'a/b/c/file', '.own/file']) writeFileSync(join(root, file), 'x');
      hints = [];
      watches = [];
    });
    afterEach(async () => {
      for (const watch of watches) await watch.close();
      rmSync(join(root, '..'), { recursive: true, force: true });
    });

    const start = async (): Promise<Watch> => {
      const watch = await create().watch(root, ['.own'], (hint) => hints.push(hint));
      watches.push(watch);
      return watch;
    };
    const path = (relative: string): string => join(root, relative);
    /** Does something, then waits until hints given after that cover all of these directories. */
    const expectHints = async (act: () => void, ...directories: readonly string[]): Promise<void> => {
      hints = [];
      act();
      await expect
        .poll(() => directories.filter((each) => !hints.some((hint) => covers(hint, each))), {
          timeout: WAIT_MS,
          interval: 5,
        })
        .toEqual([]);
    };

    /**
     * The same for directories that the watcher has only just learnt of: does it again and again until each has a hint
     * of its own.
     */
    const expectHintsInTime = async (act: () => void, ...directories: readonly string[]): Promise<void> => {
      hints = [];
      const missing = (): readonly string[] => {
        act();
        return directories.filter((each) => !hints.some((hint) => 'directory' in hint && hint.directory === each));
      };
      await expect.poll(missing, { timeout: WAIT_MS, interval: 50 }).toEqual([]);
    };

    it('hints at the directory of a file that is made, changed, touched, renamed or removed', async () => {
      await start();
      await expectHints(() => writeFileSync(path('new'), 'x'), '');
      await expectHints(() => writeFileSync(path('a/b/c/file'), 'changed'), 'a/b/c');
      await expectHints(() => utimesSync(path('a/b/file'), 1, 1), 'a/b');
      await expectHints(() => renameSync(path('a/file'), path('a/b/moved')), 'a', 'a/b');
      await expectHints(() => rmSync(path('a/b/moved')), 'a/b');
      await expectHints(() => symlinkSync('nowhere', path('a/link')), 'a');
    });

    it('hints at everything in a directory that appears, and at what happens in it later', async () => {
      await start();
      await expectHints(
        () => {
          mkdirSync(path('new/deep/er'), { recursive: true });
          writeFileSync(path('new/deep/er/file'), 'x');
        },
        '',
        'new',
        'new/deep',
        'new/deep/er',
      );
      await expectHintsInTime(() => writeFileSync(path('new/deep/er/file'), 'changed'), 'new/deep/er');
    });

    it('follows a directory that is moved in, and one that is moved within', async () => {
      mkdirSync(join(outside, 'in/deep'), { recursive: true });
      await start();
      await expectHints(() => renameSync(join(outside, 'in'), path('a/in')), 'a', 'a/in', 'a/in/deep');
      await expectHintsInTime(() => writeFileSync(path('a/in/deep/file'), 'x'), 'a/in/deep');
      await expectHints(() => renameSync(path('a/b'), path('b')), 'a', '', 'b', 'b/c');
      await expectHintsInTime(() => writeFileSync(path('b/c/file'), 'again'), 'b/c');
      await expectHints(() => writeFileSync(path('b/other'), 'x'), 'b');
    });

    it('notices a directory that is removed, and another that takes its place', async () => {
      await start();
      await expectHints(() => rmSync(path('a/b'), { recursive: true }), 'a');
      await expectHints(() => mkdirSync(path('a/b')), 'a', 'a/b');
      await expectHintsInTime(() => writeFileSync(path('a/b/file'), 'x'), 'a/b');
      await expectHints(
        () => {
          rmSync(path('a/b'), { recursive: true });
          mkdirSync(path('a/b'));
        },
        'a',
        'a/b',
      );
      await expectHintsInTime(() => writeFileSync(path('a/b/file'), 'x'), 'a/b');
    });

    it('notices a directory that moves away and its swap with another', async () => {
      await start();
      await expectHints(() => renameSync(path('a/b'), join(outside, 'b')), 'a');
      writeFileSync(join(outside, 'b/file'), 'nobody cares');
      mkdirSync(path('x'));
      await expectHints(
        () => {
          renameSync(path('a'), path('y'));
          renameSync(path('x'), path('a'));
        },
        '',
        'a',
        'y',
      );
      await expectHintsInTime(() => writeFileSync(path('y/file'), 'x'), 'y');
      await expectHints(() => writeFileSync(path('a/file'), 'x'), 'a');
    });

    it('says nothing about names it was told to ignore, nor about the same names further down', async () => {
      mkdirSync(path('a/.own'));
      await start();
      hints = [];
      writeFileSync(path('.own/file'), 'changed');
      mkdirSync(path('.own/new'));
      writeFileSync(path('.own/new/file'), 'x');
      await expectHints(() => writeFileSync(path('a/.own/file'), 'x'), 'a/.own');
      expect(hints.filter((hint) => 'directory' in hint && hint.directory.startsWith('.own'))).toEqual([]);
      expect(hints.filter((hint) => covers(hint, '.own'))).toEqual([]);
    });

    it('does not follow symlinks', async () => {
      symlinkSync(outside, path('link'));
      await start();
      writeFileSync(join(outside, 'file'), 'x');
      await expectHints(() => writeFileSync(path('a/file'), 'x'), 'a');
      expect(hints.filter((hint) => covers(hint, 'link'))).toEqual([]);
    });

    it('loses no directory of a burst', async () => {
      const names = Array.from({ length: 80 }, (_, index) => `many/${index % 8}/${index}`);
      await start();
      await expectHints(
        () => {
          for (const each of names) {
            mkdirSync(path(each), { recursive: true });
            writeFileSync(path(`${each}/file`), 'x');
          }
        },
        'many',
        ...names,
      );
      await expectHintsInTime(
        () => {
          for (const each of names) writeFileSync(path(`${each}/file`), 'changed');
        },
        ...names,
      );
    });

    it('gives few hints for many events', async () => {
      let count = 0;
      const watch = await create().watch(root, [], (hint) => {
        hints.push(hint);
        count += 1;
      });
      watches.push(watch);
      await expectHints(() => {
        for (let index = 0; index < 1000; index += 1) writeFileSync(path(`a/b/c/${index}`), 'x');
      }, 'a/b/c');
      await expectHintsInTime(() => writeFileSync(path('a/file'), 'x'), 'a');
      expect(count).toBeLessThan(500);
    });

    it('says that it stopped when the root goes away', async () => {
      await start();
      hints = [];
      renameSync(root, `${root}-moved`);
      await expect.poll(() => hints.map((hint) => hint.kind), { timeout: WAIT_MS, interval: 5 }).toContain('failed');
      expect(hints.map((hint) => hint.kind)).toContain('overflow');
    });

    it('says that it stopped when the root is removed', async () => {
      await start();
      hints = [];
      rmSync(root, { recursive: true });
      await expect.poll(() => hints.map((hint) => hint.kind), { timeout: WAIT_MS, interval: 5 }).toContain('failed');
    });

    it('gives no hint after it was closed, and may be closed twice', async () => {
      const watch = await start();
      await watch.close();
      await watch.close();
      hints = [];
      writeFileSync(path('a/file'), 'changed');
      mkdirSync(path('another'));
      const second = await start();
      hints = [];
      await expectHints(() => writeFileSync(path('a/file'), 'x'), 'a');
      const heard = hints.length;
      await second.close();
      expect(hints.length).toBe(heard);
    });

    it('rejects a root that is not there', async () => {
      rmSync(root, { recursive: true });
      await expect(create().watch(root, [], () => undefined)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
}

/** True when a scan that follows the hint reads `directory`. */
export function covers(hint: WatchHint, directory: string): boolean {
  switch (hint.kind) {
    case 'directory':
      return hint.directory === directory;
    case 'subtree':
      return hint.directory === '' || directory === hint.directory || directory.startsWith(`${hint.directory}/`);
    case 'overflow':
      return true;
    case 'failed':
      return false;
  }
}
