import { CodedError } from '../../../protocol/errors.ts';
import type { InviteRequest, Role } from '../../../protocol/local-api.ts';

/** How long an invite is good unless told otherwise. */
const INVITE_MS = 10 * 60 * 1000;
const INVITE_MOST_MS = 30 * 24 * 60 * 60 * 1000;

/** What a person asked for, checked. Throws 'not-supported' or 'bad-expiry'. */
export function checkInvite(request: InviteRequest): { readonly role: Role; readonly expiresMs: number } {
  const { role = 'writer', expiresMs = INVITE_MS } = request;
  if (role === 'vault') {
    throw new CodedError(
      'not-supported',
      'this version has no vaults yet: invite a reader, which gets the files and changes nothing, or a writer',
    );
  }
  if (!(expiresMs > 0 && expiresMs <= INVITE_MOST_MS)) {
    throw new CodedError('bad-expiry', 'an invite is good for more than nothing and at most 30 days');
  }
  return { role, expiresMs };
}
