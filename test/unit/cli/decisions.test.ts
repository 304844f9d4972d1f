import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFLICT, DAMAGED, DEVICE, FOLDER_STATUS, HELD } from '../control/fake-api.ts';
import { temporaryHome } from '../control/temporary-home.ts';
import { runCli } from './run-cli.ts';
import { servedHome } from './served-home.ts';

test('pending shows what is held, why, and how to decide', async () => {
  const { home, api } = await servedHome();
  const { code, stdout } = await runCli({ home }, 'pending', 'photos');
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    `${HELD.id}  photos: 600 of 1000 entries were deleted here`,
    '    old',
    '    old/a.txt',
    '    … 600 entries in all',
  ]);
  expect(stdout).toContain(`sheaf approve ${HELD.id}`);
  expect((await runCli({ home }, 'pending', '--json')).json()).toMatchObject({ schema: 1, pending: [HELD] });
  expect(api.calls).toEqual([
    ['pending', 'photos'],
    ['pending', undefined],
  ]);
});

test.each([
  ['approve', 'approved'],
  ['reject', 'rejected'],
] as const)('%s takes an id', async (command, said) => {
  const { home, api } = await servedHome();
  expect((await runCli({ home }, command, HELD.id)).stdout).toBe(`${said} ${HELD.id}: photos: ${HELD.message}\n`);
  expect((await runCli({ home }, command, HELD.id, '--json')).json()).toMatchObject({ schema: 1, ...HELD });
  expect((await runCli({ home }, command)).code).toBe(2);
  expect(api.calls).toEqual([
    [command, { id: HELD.id }],
    [command, { id: HELD.id }],
  ]);
});

test('conflicts lists paths, and shows both versions when asked', async () => {
  const { home, api } = await servedHome();
  expect((await runCli({ home }, 'conflicts')).stdout).toBe('photos: notes.txt\n');
  const { stdout } = await runCli({ home }, 'conflicts', 'show', '*.txt', '--folder', 'photos');
  expect(stdout).toContain('  notes.txt: 2.0 KiB, changed ');
  expect(stdout).toMatch(/ {2}notes \(conflict laptop 1a2b3c4d\)\.txt: .* on laptop \(this device\)\n/);
  expect((await runCli({ home }, 'conflicts', 'list', '--json')).json()).toEqual({ schema: 1, conflicts: [CONFLICT] });
  expect(api.calls).toEqual([
    ['conflicts', {}],
    ['conflicts', { folder: 'photos', pattern: '*.txt' }],
    ['conflicts', {}],
  ]);
});

test('conflicts resolve needs a pattern and one choice', async () => {
  const { home, api } = await servedHome();
  const done = await runCli({ home }, 'conflicts', 'resolve', '**', '--newest');
  expect(done).toMatchObject({ code: 0, stdout: `photos: notes.txt: kept the version in ${CONFLICT.copy}\n` });
  const dry = await runCli({ home }, 'conflicts', 'resolve', 'a', '--ours', '-n', '--folder', 'photos');
  expect(dry.stdout).toContain('would keep');
  for (const wrong of [['resolve', '--ours'], ['resolve', '**'], ['resolve', '**', '--ours', '--both'], ['undo']]) {
    expect((await runCli({ home }, 'conflicts', ...wrong)).code).toBe(2);
  }
  expect(api.calls).toEqual([
    ['resolve', { pattern: '**', keep: 'newest', dryRun: false }],
    ['resolve', { folder: 'photos', pattern: 'a', keep: 'ours', dryRun: true }],
  ]);
});

test('verify fails when damage remains', async () => {
  const { home, api } = await servedHome();
  expect(await runCli({ home }, 'verify', 'photos', '--heal')).toMatchObject({
    code: 1,
    stdout: `3 files, 4.0 KiB: 1 damaged; 1 changed since the last scan and were left out\n  photos: a.jpg: ${DAMAGED.message}\n`,
  });
  expect((await runCli({ home }, 'verify', '--json')).json()).toMatchObject({ schema: 1, damaged: [DAMAGED] });
  expect(api.calls).toEqual([
    ['verify', { folder: 'photos', heal: true }],
    ['verify', { heal: false }],
  ]);
});

test('why asks by the real path, of which the last parts need not exist', async () => {
  const { home, api } = await servedHome();
  const directory = await temporaryHome();
  const link = join(await temporaryHome(), 'link');
  symlinkSync(directory, link);
  const answer = await runCli({ home, directory }, 'why', 'gone/a');
  expect(answer).toMatchObject({ code: 3, stdout: 'photos: a: not in sync\n  m (c)\n' });
  await runCli({ home }, 'why', join(link, 'a'));
  expect(api.calls).toEqual([
    ['why', { path: join(directory, 'gone', 'a') }],
    ['why', { path: join(directory, 'a') }],
  ]);
});

test('status shows what is held, and says so in its exit code', async () => {
  const folders = [{ ...FOLDER_STATUS, state: 'waiting' as const, held: [HELD] }];
  const { home } = await servedHome({ status: { schema: 1, device: DEVICE, folders } });
  const { code, stdout } = await runCli({ home }, 'status', '--exit-code');
  expect(code).toBe(4);
  expect(stdout).toContain('photos  waiting: for you to approve or reject\n');
  expect(stdout).toContain(
    `  ! held: ${HELD.message}. "sheaf pending" shows it, "sheaf approve ${HELD.id}" lets it go on`,
  );
});
