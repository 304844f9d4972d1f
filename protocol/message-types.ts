import type { FrontierItem } from './frontier.ts';
import type { ChunkId, DeviceId, Digest, EntryId, FolderId, InstanceId, RecordId } from './ids.ts';
import type { InviteId, PairRefusal } from './pairing.ts';

/**
 * What peers say to each other on the lanes of a link; `messages.ts` turns it into bytes and back, and
 * docs/protocol/messages.md is the specification. Chunks themselves travel in chunk frames (`chunk-frame.ts`).
 */

/** Where a device was last reachable: multiaddrs without the /p2p part. Hints, never trusted. */
export interface DeviceAddresses {
  readonly device: DeviceId;
  readonly addresses: readonly string[];
}

/** First message on a link, from both sides. */
export interface Hello {
  readonly kind: 'hello';
  readonly protocol: number;
  readonly instance: InstanceId;
  readonly deviceName: string;
  /** Where the sender can be dialled. */
  readonly addresses: readonly string[];
  /** The sender's wall clock, milliseconds since 1970. For warnings about wrong clocks only. */
  readonly time: number;
}

/** Joiner → inviter: I hold the secret of this invite. */
export interface PairOpen {
  readonly kind: 'pair-open';
  readonly invite: InviteId;
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
}

/** Inviter → joiner: then prove it. */
export interface PairChallenge {
  readonly kind: 'pair-challenge';
  readonly invite: InviteId;
  /** 32 random bytes. */
  readonly nonce: Uint8Array;
}

/** Joiner → inviter. `mac` is `makeJoinProof`. */
export interface PairProof {
  readonly kind: 'pair-proof';
  readonly invite: InviteId;
  readonly mac: Uint8Array;
  readonly deviceName: string;
  readonly boxPublicKey: Uint8Array;
  /** `boxCertificate` over the box public key. */
  readonly certificate: Uint8Array;
}

/** Inviter → joiner: you are a member. `mac` is `makeInviteProof`. */
export interface PairAccept {
  readonly kind: 'pair-accept';
  readonly invite: InviteId;
  readonly mac: Uint8Array;
  /** Every membership record of the folder, parents before children; the last admits the joiner. */
  readonly records: readonly Uint8Array[];
  readonly addresses: readonly DeviceAddresses[];
}

/** Inviter → joiner: no. */
export interface PairRefuse {
  readonly kind: 'pair-refuse';
  readonly invite: InviteId;
  readonly code: PairRefusal;
}

/** Once connected, for every folder shared with the peer, and again when heads or frontier change wholesale. */
export interface FolderOpen {
  readonly kind: 'folder-open';
  readonly folder: FolderId;
  readonly membershipHeads: readonly RecordId[];
  /** All that the sender has, durably. */
  readonly frontier: readonly FrontierItem[];
  readonly addresses: readonly DeviceAddresses[];
}

/** The sender no longer serves or wants this folder on this link. */
export interface FolderClose {
  readonly kind: 'folder-close';
  readonly folder: FolderId;
}

/** Asks for the membership records that are not in the causal past of `have`. */
export interface WantRecords {
  readonly kind: 'want-records';
  readonly folder: FolderId;
  /** The asker's heads. */
  readonly have: readonly RecordId[];
}

export interface Records {
  readonly kind: 'records';
  readonly folder: FolderId;
  /** Parents before children. */
  readonly records: readonly Uint8Array[];
}

/** The sender now has, durably, these logs up to here. Only what changed. */
export interface Frontier {
  readonly kind: 'frontier';
  readonly folder: FolderId;
  readonly items: readonly FrontierItem[];
}

/** Log entries, pushed or asked for; of one log in order of sequence. */
export interface Entries {
  readonly kind: 'entries';
  readonly folder: FolderId;
  readonly entries: readonly Uint8Array[];
}

/** Asks for the entries of one log from a sequence on. */
export interface WantEntries {
  readonly kind: 'want-entries';
  readonly folder: FolderId;
  readonly device: DeviceId;
  readonly instance: InstanceId;
  /** First sequence wanted, from 1. */
  readonly from: number;
  /** The answer stops after the entry that reaches this many bytes; u32. */
  readonly limitBytes: number;
}

export interface WantedChunk {
  /** A file that holds the chunk, and the digest that names the version it is from. */
  readonly entry: EntryId;
  readonly digest: Digest;
  readonly chunk: ChunkId;
  /** 'node' for a node of the file's manifest. */
  readonly kind: 'data' | 'node';
  /** The bytes of the file that the chunk is or the node covers, 0 … 2^53 - 1. */
  readonly offset: number;
  readonly length: number;
}

/** Answered by chunk frames on the bulk lane, in any order, one answer an item. */
export interface WantChunks {
  readonly kind: 'want-chunks';
  /** Chosen by the asker, unique among its requests on this link that are not answered yet; u32. */
  readonly request: number;
  readonly folder: FolderId;
  /** The keys that made the ids. */
  readonly epoch: number;
  readonly items: readonly WantedChunk[];
}

/** Whatever of the request is not sent yet is no longer wanted. */
export interface Cancel {
  readonly kind: 'cancel';
  readonly request: number;
}

/** Asks the peer to scan, publish and apply, and then to answer with a sync-report. */
export interface SyncProbe {
  readonly kind: 'sync-probe';
  readonly folder: FolderId;
  /** Chosen by the asker; u32. */
  readonly nonce: number;
}

/** How far the sender is: what it has, and how much of that is on its disk. */
export interface SyncState {
  /** All that the sender has, durably. */
  readonly frontier: readonly FrontierItem[];
  /** True when its disk shows all of `frontier` and holds nothing unpublished. */
  readonly settled: boolean;
  /** Entries it still has to get. */
  readonly pending: number;
}

export interface SyncReport extends SyncState {
  readonly kind: 'sync-report';
  readonly folder: FolderId;
  /** The probe's. */
  readonly nonce: number;
}

/** Told, unasked, whenever it changes; the sender limits the rate. */
export interface Applied extends SyncState {
  readonly kind: 'applied';
  readonly folder: FolderId;
}

/** A request was refused. */
export interface Reject {
  readonly kind: 'reject';
  /** Null when it was not about a folder. */
  readonly folder: FolderId | null;
  /** Stable; see docs/protocol/messages.md. */
  readonly code: string;
  /** For the log of the other side. */
  readonly message: string;
}

export type PairMessage = PairOpen | PairChallenge | PairProof | PairAccept | PairRefuse;

export type FolderMessage =
  | FolderOpen
  | FolderClose
  | WantRecords
  | Records
  | Frontier
  | Entries
  | WantEntries
  | WantChunks
  | SyncProbe
  | SyncReport
  | Applied;

export type Message = Hello | PairMessage | FolderMessage | Cancel | Reject;
