import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LocalApi } from '../../protocol/local-api.ts';
import type { Logger } from '../effects/logger.ts';
import { readJsonBody } from './body.ts';
import { alreadyRunning, chooseSocket, clearStaleSocket, removeRecord, writeRecord } from './endpoint.ts';
import { streamEvents } from './events.ts';
import { failureOf } from './failure.ts';
import { guardRequest } from './guard.ts';
import { ensurePrivateDirectory } from './private-files.ts';
import { checkNoRequest, EVENTS_ROUTE, ROUTES, STOP_ROUTE, unknownRoute, withSchema } from './routes.ts';
import { ensureToken } from './token.ts';

/** Enough for many waiting scripts; a runaway one can't use up the process's file descriptors. */
const CONNECTION_LIMIT = 256;
/** A request's headers and body arrive at once from a process on this machine. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How long `close` waits for clients that don't read their answer. */
const CLOSE_GRACE_MS = 2_000;

export interface ControlOptions {
  readonly api: LocalApi;
  /** The state directory, absolute; made private when it isn't. */
  readonly home: string;
  readonly logger: Logger;
}

export interface ControlServer {
  readonly socketPath: string;
  /** Settles once a client asked to stop and `api.stop` has settled: the process should close this server and end. */
  readonly stopped: Promise<void>;
  /** Ends waits and event streams, answers what is under way, then frees the socket. */
  close(): Promise<void>;
}

interface Serving {
  readonly api: LocalApi;
  readonly token: string;
  readonly logger: Logger;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  readonly onStopped: () => void;
}

/**
 * Serves `api` on this home's socket until closed.
 * @throws CodedError 'already-running' when a living daemon serves this home; 'home-not-private', 'home-path-too-long'
 */
export async function serveControl(options: ControlOptions): Promise<ControlServer> {
  const { api, home, logger } = options;
  await ensurePrivateDirectory(home);
  const socketPath = await chooseSocket(home);
  await clearStaleSocket(socketPath, home);
  const token = await ensureToken(home);
  const closing = new AbortController();
  const stopRequested = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stopRequested.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const onStopped = (): void => stopRequested.abort();
  const serving: Serving = { api, token, logger, closing: closing.signal, onStopped };

  // Nobody is answered while the record is that of a killed daemon before us: its socket had the same path, and whoever
  // wants to see this process end has to know which one it is.
  let recorded: () => void = () => undefined;
  const whenRecorded = new Promise<void>((resolve) => {
    recorded = resolve;
  });
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void whenRecorded.then(() => serveRequest(serving, request, response)),
  );
  server.maxConnections = CONNECTION_LIMIT;
  await listen(server, socketPath, home);
  server.on('error', (error) => logger.error('the local API failed', { error: error.message }));
  await writeRecord(home, socketPath);
  recorded();
  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    await removeRecord(home);
    await new Promise<void>((resolve) => {
      const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      server.close(() => {
        clearTimeout(grace);
        resolve();
      });
    });
  };
  return { socketPath, stopped, close };
}

async function listen(server: Server, socketPath: string, home: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw await alreadyRunning(home);
    throw error;
  }
  // The directory is private already; this keeps the socket so should somebody open the directory.
  if (process.platform !== 'win32') await chmod(socketPath, 0o600);
}

async function serveRequest(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const cancel = new AbortController();
  const onClosing = (): void => cancel.abort();
  if (serving.closing.aborted) cancel.abort();
  serving.closing.addEventListener('abort', onClosing, { once: true });
  response.once('close', () => {
    serving.closing.removeEventListener('abort', onClosing);
    cancel.abort();
  });
  try {
    guardRequest(request, serving.token);
    await dispatch(serving, request, response, cancel.signal);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.unexpected) {
      serving.logger.error('a request to the local API failed', {
        route: request.url?.split('?')[0],
        error: stackOf(error),
      });
    }
    if (!response.headersSent) answer(response, failure.status, failure.body);
    // What is left of a refused body is not read.
    if (!request.complete) response.once('finish', () => request.destroy());
  }
}

async function dispatch(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  cancelled: AbortSignal,
): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://localhost');
  const key = `${method} ${url.pathname}`;
  if (key === EVENTS_ROUTE) return streamEvents(serving.api, response, serving.closing);
  const route = ROUTES.get(key);
  if (route === undefined && key !== STOP_ROUTE) throw unknownRoute(method, url.pathname);
  const body = method === 'POST' ? await readJsonBody(request) : undefined;
  if (route === undefined) return stop(serving, body, response);
  const result = await route(serving.api, { query: url.searchParams, body, cancelled });
  answer(response, 200, withSchema(result));
}

/** `api.stop` may itself close this server, which waits for this very answer: so the closing is enough to answer. */
async function stop(serving: Serving, body: unknown, response: ServerResponse): Promise<void> {
  checkNoRequest(body);
  const closing = new Promise<void>((resolve) => {
    if (serving.closing.aborted) resolve();
    serving.closing.addEventListener('abort', () => resolve(), { once: true });
  });
  const stopping = serving.api.stop();
  stopping.then(serving.onStopped, serving.onStopped);
  await Promise.race([stopping, closing]);
  answer(response, 200, withSchema({ stopped: true }));
}

function answer(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    // Clients send one request each; connections that stay open would only hold up `close`.
    connection: 'close',
  });
  response.end(bytes);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
