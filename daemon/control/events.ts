import type { ServerResponse } from 'node:http';
import type { LocalApi } from '../../protocol/local-api.ts';

/** What may wait for a reader that doesn't read: a few thousand events. More, and the stream ends instead of eating memory. */
export const EVENT_BACKLOG_LIMIT_BYTES = 1024 * 1024;

/**
 * Sends every event from now on as one JSON line each, until either side closes. A stream that its reader can't follow
 * ends with the line `{"error":{"code":"events-overrun",…}}`.
 */
export function streamEvents(api: LocalApi, response: ServerResponse, closing: AbortSignal): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  const unsubscribe = api.subscribe((event) => {
    if (response.writableEnded) return;
    response.write(`${JSON.stringify(event)}\n`);
    if (response.writableLength > EVENT_BACKLOG_LIMIT_BYTES) {
      unsubscribe();
      const error = { code: 'events-overrun', message: 'events came faster than they were read; start again' };
      response.end(`${JSON.stringify({ error })}\n`);
    }
  });
  const end = (): void => void response.end();
  closing.addEventListener('abort', end, { once: true });
  response.once('close', () => {
    unsubscribe();
    closing.removeEventListener('abort', end);
  });
  // Only after subscribing: a client that has the headers misses nothing from then on.
  response.flushHeaders();
}
