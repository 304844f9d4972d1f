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
} from './local-api-decisions.ts';
import type { LogItem, LogRequest } from './local-api-log.ts';

/**
 * What the daemon answers on its local API, and what it takes. The CLI and other programs speak only this.
 * Times are ISO 8601 in UTC, sizes bytes, durations milliseconds. `schema` grows when a field changes meaning.
 */
export const LOCAL_API_SCHEMA = 1;

/** Every refusal: `code` is stable and documented in docs/cli.md, `message` says what to do. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
}

export type SyncMode = 'two-way' | 'send-only' | 'receive-only';
export type ConflictPolicy = 'copy' | 'newest' | 'review';
export type Role = 'vault' | 'reader' | 'writer' | 'admin';

export interface VersionInfo {
  readonly version: string;
  readonly node: string;
  readonly protocol: number;
}

export interface DeviceInfo {
  /** libp2p PeerId. */
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface FolderInfo {
  readonly id: string;
  readonly name: string;
  /** Where it lives here. */
  readonly path: string;
  readonly role: Role;
  readonly mode: SyncMode;
  readonly conflicts: ConflictPolicy;
  readonly members: number;
}

export interface PeerInfo {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly address: string | null;
  /** When it was last connected; null when never. */
  readonly lastSeen: string | null;
  /** Names of the folders shared with it. */
  readonly folders: readonly string[];
}

/** Something wrong at one path. */
export interface Problem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export type FolderState =
  | 'starting'
  | 'scanning'
  | 'syncing'
  /** Nothing known is left to do here, and every connected member has said the same. */
  | 'in-sync'
  /** Nothing left to do that could be done now: members are away or paths have problems. */
  | 'waiting'
  /** Stopped until a person decides; `halt` says why and what to do. */
  | 'halted';

export interface TransferProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  /** Null while it can't be told. */
  readonly remainingMs: number | null;
}

export interface MemberStatus {
  readonly device: string;
  readonly name: string;
  readonly role: Role;
  readonly connected: boolean;
  /** True when it last told us it has, durably, all we have, and the other way round. */
  readonly inSync: boolean;
  /** What it still has to get, as far as known; null when it never told. */
  readonly behindEntries: number | null;
}

export interface FolderStatus {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly state: FolderState;
  readonly halt: ApiError | null;
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly bytes: number;
  /** Entries that the members have in another version than this disk. */
  readonly pendingEntries: number;
  /** Directories still to be scanned. */
  readonly pendingDirectories: number;
  /** Files on this disk that are conflict copies, by their names. */
  readonly conflicts: number;
  /** Entries that have another name on this disk than elsewhere, as the disk can not hold theirs. */
  readonly aliases: number;
  /** Batches that wait for a person. */
  readonly held: readonly HeldBatch[];
  readonly problems: readonly Problem[];
  readonly download: TransferProgress | null;
  readonly upload: { readonly bytesPerSecond: number; readonly bytesDone: number };
  readonly members: readonly MemberStatus[];
}

export interface Status {
  readonly schema: number;
  readonly device: DeviceInfo;
  readonly folders: readonly FolderStatus[];
}

export interface AddRequest {
  /** Absolute path of an existing directory. */
  readonly path: string;
  readonly name?: string;
  readonly mode?: SyncMode;
  readonly conflicts?: ConflictPolicy;
}

export interface InviteRequest {
  /** Name or id of a folder. */
  readonly folder: string;
  readonly role?: Role;
  readonly expiresMs?: number;
}

export interface Invite {
  readonly ticket: string;
  readonly folder: string;
  readonly role: Role;
  readonly expires: string;
}

export interface JoinRequest {
  readonly ticket: string;
  /** Absolute path; created when it does not exist (its parent must). */
  readonly path: string;
  readonly name?: string;
  readonly mode?: SyncMode;
  readonly conflicts?: ConflictPolicy;
}

export interface WaitRequest {
  readonly folder?: string;
  /** Name or id of a member; without it every member must be in sync. */
  readonly peer?: string;
  /** At least this many other devices instead of every member. */
  readonly copies?: number;
  readonly timeoutMs: number;
}

export interface WaitResult {
  readonly inSync: boolean;
  /** When not: one line a folder and member that says what is missing. */
  readonly missing: readonly string[];
}

export interface RemoveRequest {
  readonly folder: string;
  /** True leaves the directory as it is; false (default) does too, but also removes sheaf's hidden directory in it. */
  readonly keepState: boolean;
}

export interface ScanRequest {
  readonly folder?: string;
  /** Root-relative directory, '/' between names. */
  readonly path?: string;
}

export interface ScanResult {
  readonly directories: number;
  readonly entries: number;
  readonly changed: number;
  readonly problems: readonly Problem[];
}

/** One line of the event stream. `kind` is one of a documented list; more fields may come. */
export interface ApiEvent {
  readonly sequence: number;
  readonly time: string;
  readonly kind:
    | 'folder-added'
    | 'folder-removed'
    | 'folder-state'
    | 'scan-finished'
    | 'published'
    | 'received'
    | 'applied'
    | 'conflict'
    | 'held'
    | 'problem'
    | 'peer-connected'
    | 'peer-disconnected'
    | 'member-joined'
    | 'invite-used'
    | 'invite-refused';
  readonly folder?: string;
  readonly device?: string;
  readonly path?: string;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** The operations behind the local API. The engine implements it; `daemon/control` puts it on HTTP. */
export interface LocalApi {
  version(): VersionInfo;
  device(): DeviceInfo;
  folders(): Promise<readonly FolderInfo[]>;
  devices(): Promise<readonly PeerInfo[]>;
  status(folder?: string): Promise<Status>;
  add(request: AddRequest): Promise<FolderInfo>;
  remove(request: RemoveRequest): Promise<FolderInfo>;
  invite(request: InviteRequest): Promise<Invite>;
  join(request: JoinRequest): Promise<FolderInfo>;
  /** Resolves at the latest after `timeoutMs`. */
  wait(request: WaitRequest, cancelled: AbortSignal): Promise<WaitResult>;
  scan(request: ScanRequest): Promise<ScanResult>;
  pending(folder?: string): Promise<readonly PendingBatch[]>;
  /** Lets a held batch go on. Rejects with 'unknown-batch' when there is none with this id. */
  approve(request: DecideRequest): Promise<HeldBatch>;
  /** Undoes a held batch: what was deleted comes back, here or on the other devices. */
  reject(request: DecideRequest): Promise<HeldBatch>;
  conflicts(request: ConflictsRequest): Promise<readonly ConflictInfo[]>;
  resolve(request: ResolveRequest): Promise<ResolveResult>;
  /** Reads every file: takes as long as that takes. */
  verify(request: VerifyRequest): Promise<VerifyResult>;
  /** Rejects with 'not-shared' when the path is in no folder. */
  why(request: WhyRequest): Promise<WhyResult>;
  /** Newest first. Rejects with 'unknown-device' when nobody is called so. */
  log(request: LogRequest): Promise<readonly LogItem[]>;
  /** Calls for every event from now on until the returned function is called. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** Resolves when the daemon has let go of everything. */
  stop(): Promise<void>;
}
