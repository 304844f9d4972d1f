import { expect, test } from 'vitest';
import type { LogItem } from '../../../protocol/local-api-log.ts';
import { FOLDER, HOSTILE_NAME, LOGGED } from '../control/fake-api.ts';
import { runCli } from './run-cli.ts';
import { servedHome } from './served-home.ts';

const NOW: LogItem = { ...LOGGED, from: null, path: 'a' };

async function wordsOf(item: LogItem): Promise<string | undefined> {
  const { home } = await servedHome({ log: [item] });
  return (await runCli({ home }, 'log')).stdout.split('\n')[1]?.replace(/^.*?desk {4}/, '');
}

test.each<readonly [Partial<LogItem>, string]>([
  [{ action: 'created', bytes: 2048 }, 'created a (2.0 KiB)'],
  [{ action: 'created', kind: 'directory' }, 'created the directory a'],
  [{ action: 'edited', bytes: 1 }, 'edited a (1 B)'],
  [{ action: 'edited', kind: 'directory' }, 'made a a directory'],
  [{ action: 'touched' }, 'changed the time or mode of a'],
  [{ action: 'renamed', from: 'b', kind: 'directory' }, 'renamed the directory b to a'],
  [{ action: 'moved', from: 'b/a' }, 'moved b/a to a'],
  [{ action: 'moved' }, 'moved a there'],
  [{ action: 'deleted', kind: 'symlink' }, 'deleted the symlink a'],
  [{ action: 'restored', kind: null }, 'put a back'],
  [{ action: 'conflict-copy', author: 'bob' }, 'kept what bob wrote beside it as a'],
  [{ action: 'conflict-copy', from: 'b' }, 'kept b under the name a'],
  [{ action: 'settled', author: 'bob' }, 'settled on what bob wrote in a'],
  [{ action: 'settled' }, 'settled where a is'],
])('%o in words', async (part, words) => {
  expect(await wordsOf({ ...NOW, ...part })).toBe(words);
});

test('log asks for what it is told to, and answers with lines or JSON', async () => {
  const { home, api } = await servedHome();
  const { stdout } = await runCli({ home }, 'log');
  expect(stdout).toMatch(/^WHEN +DEVICE +WHAT\n.* {2}desk {4}moved a\.jpg to b\/a\.jpg\n$/);
  const json = await runCli({ home }, 'log', 'photos', '--path', '*.jpg', '--by', 'desk', '-n', '7', '--json');
  expect(json.json()).toEqual({ schema: 1, items: [LOGGED] });
  await runCli({ home }, 'log', '--since', '2026-01-02T03:04:05Z');
  expect(api.calls).toEqual([
    ['log', { limit: 50 }],
    ['log', { folder: 'photos', path: '*.jpg', by: 'desk', limit: 7 }],
    ['log', { since: '2026-01-02T03:04:05.000Z', limit: 50 }],
  ]);
  for (const wrong of [
    ['--since', 'soon'],
    ['-n', '0'],
    ['a', 'b'],
  ]) {
    expect((await runCli({ home }, 'log', ...wrong)).code).toBe(2);
  }
});

test('log names folders when there are several, and escapes what others called them', async () => {
  const { home } = await servedHome({ log: [NOW, { ...NOW, folder: HOSTILE_NAME, device: HOSTILE_NAME }] });
  const { stdout } = await runCli({ home }, 'log');
  expect(stdout.split('\n')[0]).toMatch(/FOLDER +WHAT$/);
  expect(stdout).toContain(`  ${FOLDER.name}  `);
  expect(stdout).not.toContain('\u001b');
});

test('log says when there is nothing', async () => {
  const { home } = await servedHome({ log: [] });
  expect(await runCli({ home }, 'log')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing that matches.\n' });
});
