import { expect, test } from 'vitest';
import { HELD } from '../control/fake-api.ts';
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
