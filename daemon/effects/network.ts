import type { DeviceId } from '../../protocol/ids.ts';

/**
 * Authenticated, encrypted connections to other devices, each with two ordered lanes of frames.
 * `control` carries small messages and is never kept waiting by `bulk`, which carries chunks and log entries.
 * At most one link per device is open at a time. Compliance suite: `test/compliance/network.ts`.
 */
export type Lane = 'control' | 'bulk';

/** Largest frame on either lane; a longer one closes the link. */
export const FRAME_LIMIT_BYTES = 4 * 1024 * 1024;

export interface Link {
  readonly device: DeviceId;
  /** True when the other side dialled. */
  readonly inbound: boolean;
  /** The other side's address, for people and for the address book. */
  readonly remoteAddress: string;
  /**
   * Queues one frame made of the given parts. The bytes must not change afterwards. Does nothing once closed.
   * Never blocks and never drops: callers keep the queue short with `queuedBytes` and `drained`.
   */
  send(lane: Lane, ...parts: readonly Uint8Array[]): void;
  queuedBytes(lane: Lane): number;
  /** Resolves when fewer than `belowBytes` are queued, or when the link is closed. */
  drained(lane: Lane, belowBytes: number): Promise<void>;
  /** Bytes on the wire of this link so far, for statistics; lanes together. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  close(reason: string): void;
}

export interface LinkHandler {
  onFrame(lane: Lane, frame: Uint8Array): void;
  onClosed(reason: string): void;
}

export interface NetworkHandler {
  /** Asked after the other side proved its identity and before it may open a stream. False closes the connection. */
  admit(device: DeviceId, inbound: boolean): boolean;
  /** A link is ready in both directions. Returns who hears from it. */
  onLink(link: Link): LinkHandler;
  /** A device of some identity was seen at these addresses on the local network. */
  onDiscovered(device: DeviceId, addresses: readonly string[]): void;
}

export interface Network {
  /** Listens and starts discovery. Rejects with code 'address-in-use' when a wanted port is taken. */
  start(handler: NetworkHandler): Promise<void>;
  /** Addresses others can dial (multiaddrs, without the /p2p part), loopback last. */
  addresses(): readonly string[];
  /**
   * Resolves once a link to the device exists, dialling the addresses if needed. Rejects with a coded error, whose
   * message lists the addresses tried: 'unreachable', 'wrong-identity', 'refused' (the other side's gate closed it).
   * @param withinMs dials no longer than that: all addresses get a share of it
   */
  connect(device: DeviceId, addresses: readonly string[], withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}
