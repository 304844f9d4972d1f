import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chooseHome, defaultHome } from '../../../cli/home.ts';

test.each([
  ['linux', {}, join(homedir(), '.local/state/sheaf')],
  ['linux', { XDG_STATE_HOME: '/s' }, '/s/sheaf'],
  ['freebsd', { XDG_STATE_HOME: '' }, join(homedir(), '.local/state/sheaf')],
  ['darwin', { XDG_STATE_HOME: '/s' }, join(homedir(), 'Library/Application Support/sheaf')],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/sheaf'],
] as const)('the state directory on %s with %j', (platform, environment, expected) => {
  expect(defaultHome(platform, environment)).toBe(expected);
});

test('a given one is made absolute', () => {
  expect(chooseHome('state')).toBe(resolve('state'));
  expect(chooseHome('')).toBe(defaultHome(process.platform, process.env));
});
