import { expect, it } from 'vitest';
import { checkInvite } from '../../../../daemon/engine/members/invite-request.ts';

it('invites a writer for ten minutes unless told otherwise', () => {
  expect(checkInvite({ folder: 'photos' })).toEqual({ role: 'writer', expiresMs: 600_000 });
});

it('invites no vault while there are none', () => {
  expect(() => checkInvite({ folder: 'photos', role: 'vault' })).toThrow(/no vaults yet/);
});

it.each([0, -1, Number.NaN, 31 * 24 * 3600 * 1000])('refuses to be good for %s ms', (expiresMs) => {
  expect(() => checkInvite({ folder: 'photos', expiresMs })).toThrow(expect.objectContaining({ code: 'bad-expiry' }));
});
