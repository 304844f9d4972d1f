import type { z } from 'zod';
import { LOCAL_API_SCHEMA, type LocalApi } from '../../protocol/local-api.ts';
import { RequestRefused } from './failure.ts';
import {
  addRequest,
  conflictsRequest,
  decideRequest,
  folderSelector,
  inviteRequest,
  joinRequest,
  logRequest,
  noRequest,
  removeRequest,
  resolveRequest,
  scanRequest,
  verifyRequest,
  waitRequest,
  whyRequest,
} from './schemas.ts';

/** One request, as far as a route has to know it. */
export interface Call {
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Aborted when the client has gone or the server closes. */
  readonly cancelled: AbortSignal;
}

/** Returns what goes into the answer; `schema` is added to it. */
export type Route = (api: LocalApi, call: Call) => Promise<object>;

/** Answered by the server itself, since neither is one request and one answer. */
export const EVENTS_ROUTE = 'GET /v1/events';
export const STOP_ROUTE = 'POST /v1/stop';

/** Reads are GET, everything that changes something or takes long is POST. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /v1/version', async (api) => api.version()],
  ['GET /v1/device', async (api) => api.device()],
  ['GET /v1/folders', async (api) => ({ folders: await api.folders() })],
  ['GET /v1/devices', async (api) => ({ devices: await api.devices() })],
  ['GET /v1/status', async (api, call) => api.status(selectedFolder(call.query))],
  ['POST /v1/add', async (api, call) => api.add(parse(addRequest, call.body))],
  ['POST /v1/remove', async (api, call) => api.remove(parse(removeRequest, call.body))],
  ['POST /v1/invite', async (api, call) => api.invite(parse(inviteRequest, call.body))],
  ['POST /v1/join', async (api, call) => api.join(parse(joinRequest, call.body))],
  ['POST /v1/wait', async (api, call) => api.wait(parse(waitRequest, call.body), call.cancelled)],
  ['GET /v1/pending', async (api, call) => ({ pending: await api.pending(selectedFolder(call.query)) })],
  ['POST /v1/approve', async (api, call) => api.approve(parse(decideRequest, call.body))],
  ['POST /v1/reject', async (api, call) => api.reject(parse(decideRequest, call.body))],
  ['POST /v1/conflicts', async (api, call) => ({ conflicts: await api.conflicts(parse(conflictsRequest, call.body)) })],
  ['POST /v1/resolve', async (api, call) => api.resolve(parse(resolveRequest, call.body))],
  ['POST /v1/verify', async (api, call) => api.verify(parse(verifyRequest, call.body))],
  ['POST /v1/why', async (api, call) => api.why(parse(whyRequest, call.body))],
  ['POST /v1/log', async (api, call) => ({ items: await api.log(parse(logRequest, call.body)) })],
  ['POST /v1/scan', async (api, call) => api.scan(parse(scanRequest, call.body))],
]);

export function checkNoRequest(body: unknown): void {
  parse(noRequest, body);
}

/** @throws RequestRefused 404 'unknown-route', 405 'wrong-method' */
export function unknownRoute(method: string, path: string): RequestRefused {
  const known = [...ROUTES.keys(), EVENTS_ROUTE, STOP_ROUTE].some((route) => route.endsWith(` ${path}`));
  if (known) return new RequestRefused(405, 'wrong-method', `${method} does not work on ${path}`);
  return new RequestRefused(404, 'unknown-route', `this daemon has no ${path}; is the client newer than the daemon?`);
}

/** Every JSON object that the API answers with says which schema it follows. */
export function withSchema(answer: object): object {
  return { schema: LOCAL_API_SCHEMA, ...answer };
}

function selectedFolder(query: URLSearchParams): string | undefined {
  const folder = query.get('folder');
  return folder === null ? undefined : parse(folderSelector, folder);
}

/** @throws RequestRefused 400 'bad-request' naming the field */
function parse<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the request' : `"${issue.path.join('.')}"`;
  throw new RequestRefused(400, 'bad-request', `${field}: ${issue?.message ?? 'is not valid'}`);
}
