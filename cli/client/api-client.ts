import { CodedError } from '../../protocol/errors.ts';
import type {
  AddRequest,
  ApiEvent,
  DeviceInfo,
  FolderInfo,
  Invite,
  InviteRequest,
  JoinRequest,
  PeerInfo,
  RemoveRequest,
  ScanRequest,
  ScanResult,
  Status,
  VersionInfo,
  WaitRequest,
  WaitResult,
} from '../../protocol/local-api.ts';
import type {
  ConflictInfo,
  ConflictsRequest,
  DecideRequest,
  HeldBatch,
  PendingBatch,
  ResolveRequest,
  ResolveResult,
  VerifyRequest,
  VerifyResult,
  WhyRequest,
  WhyResult,
} from '../../protocol/local-api-decisions.ts';
import type { LogItem, LogRequest } from '../../protocol/local-api-log.ts';
import { CommandFailure } from '../failure.ts';
import { readEndpoint } from './endpoint.ts';
import { connectionLost, exchange, type Request } from './exchange.ts';
import { readJsonLines } from './json-lines.ts';

/** The daemon's operations, as seen from another process. Every one throws CommandFailure 'no-daemon' when there is none. */
export interface ApiClient {
  version(): Promise<VersionInfo>;
  device(): Promise<DeviceInfo>;
  folders(): Promise<readonly FolderInfo[]>;
  devices(): Promise<readonly PeerInfo[]>;
  status(folder?: string, cancelled?: AbortSignal): Promise<Status>;
  add(request: AddRequest): Promise<FolderInfo>;
  remove(request: RemoveRequest): Promise<FolderInfo>;
  invite(request: InviteRequest): Promise<Invite>;
  join(request: JoinRequest): Promise<FolderInfo>;
  /** The daemon gives up waiting when `cancelled` is aborted or this process ends. */
  wait(request: WaitRequest, cancelled?: AbortSignal): Promise<WaitResult>;
  scan(request: ScanRequest): Promise<ScanResult>;
  pending(folder?: string): Promise<readonly PendingBatch[]>;
  approve(request: DecideRequest): Promise<HeldBatch>;
  reject(request: DecideRequest): Promise<HeldBatch>;
  conflicts(request: ConflictsRequest): Promise<readonly ConflictInfo[]>;
  resolve(request: ResolveRequest): Promise<ResolveResult>;
  verify(request: VerifyRequest): Promise<VerifyResult>;
  why(request: WhyRequest): Promise<WhyResult>;
  log(request: LogRequest): Promise<readonly LogItem[]>;
  /** Resolves once the daemon has let go of everything; returns its process id. */
  stop(): Promise<number>;
  /** Process id of the daemon that last served this home. */
  processId(): Promise<number>;
  /** Every event from now on, until the daemon ends or `cancelled` is aborted. Subscribed when it resolves. */
  events(cancelled?: AbortSignal): Promise<AsyncIterable<ApiEvent>>;
}

export function createApiClient(home: string): ApiClient {
  const get = <Answer>(target: string, cancelled?: AbortSignal): Promise<Answer> =>
    call(home, { method: 'GET', target, ...(cancelled && { cancelled }) });
  const post = <Answer>(target: string, body: object, cancelled?: AbortSignal): Promise<Answer> =>
    call(home, { method: 'POST', target, body, ...(cancelled && { cancelled }) });
  const processId = async (): Promise<number> => (await readEndpoint(home)).pid;
  return {
    version: () => get('/v1/version'),
    device: () => get('/v1/device'),
    folders: async () => (await get<{ folders: readonly FolderInfo[] }>('/v1/folders')).folders,
    devices: async () => (await get<{ devices: readonly PeerInfo[] }>('/v1/devices')).devices,
    status: (folder) => get(about('/v1/status', folder)),
    pending: async (folder) => (await get<{ pending: readonly PendingBatch[] }>(about('/v1/pending', folder))).pending,
    approve: (request) => post('/v1/approve', request),
    reject: (request) => post('/v1/reject', request),
    conflicts: async (request) =>
      (await post<{ conflicts: readonly ConflictInfo[] }>('/v1/conflicts', request)).conflicts,
    resolve: (request) => post('/v1/resolve', request),
    verify: (request) => post('/v1/verify', request),
    why: (request) => post('/v1/why', request),
    log: async (request) => (await post<{ items: readonly LogItem[] }>('/v1/log', request)).items,
    add: (request) => post('/v1/add', request),
    remove: (request) => post('/v1/remove', request),
    invite: (request) => post('/v1/invite', request),
    join: (request) => post('/v1/join', request),
    wait: (request, cancelled) => post('/v1/wait', request, cancelled),
    scan: (request) => post('/v1/scan', request),
    stop: async () => {
      const pid = await processId();
      // A loaded machine may end the daemon before its answer is read: it ended, and that is what was asked.
      await post('/v1/stop', {}).catch((error: unknown) => {
        if (!(error instanceof CommandFailure) || error.code !== 'connection-lost') throw error;
      });
      return pid;
    },
    processId,
    events: (cancelled) => events(home, cancelled),
  };
}

function about(route: string, folder: string | undefined): string {
  return folder === undefined ? route : `${route}?folder=${encodeURIComponent(folder)}`;
}

async function call<Answer>(home: string, request: Request): Promise<Answer> {
  const response = await exchange(home, await readEndpoint(home), request);
  const bytes = await readAll(response.body);
  if (response.contentLength !== bytes.length) throw connectionLost();
  const answer: unknown = JSON.parse(bytes.toString('utf8'));
  if (response.status !== 200) throw refusal(answer);
  // Both ends are the same package and the daemon is trusted with all of the user's data, so its types are, too.
  return answer as Answer;
}

async function events(home: string, cancelled: AbortSignal | undefined): Promise<AsyncIterable<ApiEvent>> {
  const request: Request = { method: 'GET', target: '/v1/events' };
  const response = await exchange(
    home,
    await readEndpoint(home),
    cancelled === undefined ? request : { ...request, cancelled },
  );
  if (response.status !== 200) throw refusal(JSON.parse((await readAll(response.body)).toString('utf8')));
  return eventsOf(response.body);
}

async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<ApiEvent> {
  for await (const line of readJsonLines(body)) {
    if (typeof line === 'object' && line !== null && 'error' in line) throw refusal(line.error);
    yield line as ApiEvent;
  }
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

function refusal(answer: unknown): CodedError {
  const { code, message } = (answer ?? {}) as { code?: unknown; message?: unknown };
  return new CodedError(String(code ?? 'bad-answer'), String(message ?? 'the daemon refused without saying why'));
}
