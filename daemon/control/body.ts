import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './failure.ts';

/** The largest honest request is a ticket and two paths: a few kilobytes. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** @throws RequestRefused 413 'body-too-large', 400 'bad-json' */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_LIMIT_BYTES) throw tooLarge();
    parts.push(part);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
  } catch {
    throw new RequestRefused(400, 'bad-json', 'the body is not JSON in UTF-8');
  }
}

function tooLarge(): RequestRefused {
  return new RequestRefused(413, 'body-too-large', `a body holds at most ${BODY_LIMIT_BYTES} bytes`);
}
