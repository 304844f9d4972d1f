import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './failure.ts';
import { isBearer } from './token.ts';

/** What HTTP clients on a Unix socket send. Anything else is a page that found a way to the socket through a proxy. */
const OWN_HOSTS: ReadonlySet<string> = new Set(['localhost', 'sheaf']);
/** Browsers add these by themselves and scripts in a page can't leave them out. */
const BROWSER_HEADERS = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode'] as const;

/** @throws RequestRefused 403 'forbidden', 401 'unauthorized', 415 'unsupported-media-type' */
export function guardRequest(request: IncomingMessage, token: string): void {
  const host = request.headers.host;
  if (host !== undefined && !OWN_HOSTS.has(host)) {
    throw new RequestRefused(403, 'forbidden', 'this Host is not served here');
  }
  if (BROWSER_HEADERS.some((name) => request.headers[name] !== undefined)) {
    throw new RequestRefused(403, 'forbidden', 'web pages are not served here');
  }
  if (!isBearer(request.headers.authorization, token)) {
    throw new RequestRefused(
      401,
      'unauthorized',
      'the token is missing or wrong; it is in control.token in the state directory',
    );
  }
  if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
    throw new RequestRefused(415, 'unsupported-media-type', 'send application/json');
  }
}

function isJson(header: string | undefined): boolean {
  return /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(header ?? '');
}
