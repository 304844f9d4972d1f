import { CodedError } from '../../../protocol/errors.ts';
import type {
  ApiEvent,
  DeviceInfo,
  FolderInfo,
  FolderStatus,
  LocalApi,
  PeerInfo,
  Status,
  WaitRequest,
  WaitResult,
} from '../../../protocol/local-api.ts';
import type { ConflictInfo, DamagedFile, HeldBatch, ResolvedConflict } from '../../../protocol/local-api-decisions.ts';
import type { LogItem } from '../../../protocol/local-api-log.ts';

/** What a person could call a folder to take over the terminal of another: clears the screen, sets the title, reverses text. */
export const HOSTILE_NAME = 'a\u001b[2J\u001b]0;owned\u0007b\u202ecod.exe\u009b31m\r\nc';

export const DEVICE: DeviceInfo = {
  id: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
  name: 'laptop',
  addresses: ['/ip4/192.168.1.7/tcp/4001', '/ip4/127.0.0.1/tcp/4001'],
};

export const FOLDER: FolderInfo = {
  id: 'ab'.repeat(32),
  name: 'photos',
  path: '/srv/photos',
  role: 'admin',
  mode: 'two-way',
  conflicts: 'copy',
  members: 2,
};

export const PEER: PeerInfo = {
  id: '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
  name: 'desk',
  connected: true,
  address: '/ip4/192.168.1.8/tcp/4001',
  lastSeen: '2026-01-02T03:04:05.000Z',
  folders: ['photos'],
};

export const FOLDER_STATUS: FolderStatus = {
  id: FOLDER.id,
  name: FOLDER.name,
  path: FOLDER.path,
  state: 'in-sync',
  halt: null,
  files: 12_345,
  directories: 1,
  symlinks: 0,
  bytes: 3 * 1024 ** 3,
  pendingEntries: 0,
  pendingDirectories: 0,
  conflicts: 0,
  aliases: 0,
  held: [],
  problems: [],
  download: null,
  upload: { bytesPerSecond: 0, bytesDone: 0 },
  members: [{ device: PEER.id, name: PEER.name, role: 'writer', connected: true, inSync: true, behindEntries: 0 }],
};

const VERSION = {
  kind: 'file',
  bytes: 2048,
  modified: '2026-01-02T03:04:05.000Z',
  published: '2026-01-02T03:04:06.000Z',
} as const;

export const HELD: HeldBatch = {
  id: '1a2b3c4d',
  folder: FOLDER.name,
  direction: 'sending',
  code: 'mass-deletion',
  changes: 600,
  entries: 1000,
  message: '600 of 1000 entries were deleted here',
  since: '2026-01-02T03:04:05.000Z',
};

export const CONFLICT: ConflictInfo = {
  folder: FOLDER.name,
  path: 'notes.txt',
  copy: 'notes (conflict laptop 1a2b3c4d).txt',
  atPath: { ...VERSION, device: PEER.name, ours: false },
  inCopy: { ...VERSION, device: DEVICE.name, ours: true },
};

export const LOGGED: LogItem = {
  folder: FOLDER.name,
  time: '2026-01-02T03:04:05.000Z',
  device: PEER.name,
  ours: false,
  action: 'moved',
  kind: 'file',
  path: 'b/a.jpg',
  from: 'a.jpg',
  bytes: null,
  author: null,
};

const RESOLVED: ResolvedConflict = { folder: FOLDER.name, path: CONFLICT.path, copy: CONFLICT.copy, kept: 'copy' };

export const DAMAGED: DamagedFile = { folder: FOLDER.name, path: 'a.jpg', healed: false, message: 'it rotted' };

export interface FakeApi extends LocalApi {
  /** Every call so far: the operation's name and its argument. */
  readonly calls: readonly (readonly [string, unknown])[];
  /** Waits that have been given up by their client. */
  readonly cancelledWaits: number;
  readonly listeners: number;
  emit(event: ApiEvent): void;
}

export interface FakeAnswers {
  readonly status?: Status;
  readonly folders?: readonly FolderInfo[];
  readonly devices?: readonly PeerInfo[];
  readonly wait?: WaitResult | 'until-cancelled';
  readonly log?: readonly LogItem[];
  /** Thrown by every operation but `version` and `device`. */
  readonly failure?: Error;
  readonly onStop?: () => Promise<void>;
}

/** A daemon's operations without a daemon: remembers what it was asked and answers with what the test wants. */
export function createFakeApi(answers: FakeAnswers = {}): FakeApi {
  const calls: (readonly [string, unknown])[] = [];
  const listeners = new Set<(event: ApiEvent) => void>();
  let cancelledWaits = 0;
  const answer = async <Value>(name: string, request: unknown, value: Value): Promise<Value> => {
    calls.push([name, request]);
    if (answers.failure !== undefined) throw answers.failure;
    return value;
  };
  const wait = async (request: WaitRequest, cancelled: AbortSignal): Promise<WaitResult> => {
    await answer('wait', request, undefined);
    if (answers.wait !== 'until-cancelled') return answers.wait ?? { inSync: true, missing: [] };
    await new Promise<void>((resolve) => cancelled.addEventListener('abort', () => resolve(), { once: true }));
    cancelledWaits += 1;
    throw new CodedError('cancelled', 'nobody waits any more');
  };
  return {
    calls,
    get cancelledWaits() {
      return cancelledWaits;
    },
    get listeners() {
      return listeners.size;
    },
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    version: () => ({ version: '9.8.7', node: '22.0.0', protocol: 1 }),
    device: () => DEVICE,
    folders: () => answer('folders', undefined, answers.folders ?? [FOLDER]),
    devices: () => answer('devices', undefined, answers.devices ?? [PEER]),
    status: (folder) =>
      answer('status', folder, answers.status ?? { schema: 1, device: DEVICE, folders: [FOLDER_STATUS] }),
    add: (request) => answer('add', request, { ...FOLDER, ...request }),
    remove: (request) => answer('remove', request, FOLDER),
    invite: (request) =>
      answer('invite', request, {
        ticket: 'sheaf1abcdefg',
        folder: request.folder,
        role: request.role ?? 'writer',
        expires: '2026-01-02T03:14:05.000Z',
      }),
    join: ({ ticket, ...rest }) => answer('join', { ticket, ...rest }, { ...FOLDER, ...rest }),
    wait,
    pending: (folder) => answer('pending', folder, [{ ...HELD, paths: ['old', 'old/a.txt'] }]),
    approve: (request) => answer('approve', request, HELD),
    reject: (request) => answer('reject', request, HELD),
    conflicts: (request) => answer('conflicts', request, [CONFLICT]),
    resolve: (request) => answer('resolve', request, { resolved: [RESOLVED], problems: [] }),
    verify: (request) => answer('verify', request, { files: 3, bytes: 4096, skipped: 1, damaged: [DAMAGED] }),
    why: ({ path }) =>
      answer('why', { path }, { folder: 'photos', path: 'a', inSync: false, reasons: [{ code: 'c', message: 'm' }] }),
    log: (request) => answer('log', request, answers.log ?? [LOGGED]),
    scan: (request) => answer('scan', request, { directories: 3, entries: 17, changed: 2, problems: [] }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      calls.push(['stop', undefined]);
      await answers.onStop?.();
    },
  };
}
