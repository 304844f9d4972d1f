import type { Socket } from 'node:net';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Logger } from '../../effects/logger.ts';
import type { Lane, Link, LinkHandler } from '../../effects/network.ts';
import { abortConnection } from './abort.ts';
import { ExpressLane } from './express-lane.ts';
import { HEARTBEAT_BYTES, MOVED_BYTES } from './frames.ts';
import type { LaneReader } from './lane-reader.ts';
import { LaneWriter } from './lane-writer.ts';
import type { Connection, RawConnection, Stream } from './libp2p-types.ts';
import { FAREWELL_MS, SILENT_BEATS } from './limits.ts';
import { streamOutlet } from './outlet.ts';

/** A connection whose two sides have agreed to be a link. */
export interface AgreedConnection {
  readonly device: DeviceId;
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly connection: Connection;
  readonly socket: RawConnection;
  readonly control: Stream;
  readonly controlReader: LaneReader;
  readonly bulk: Stream;
  readonly bulkReader: LaneReader;
}

/** Bulk holds back as soon as anything waits for the socket; control goes on, so that it passes bulk. */
const BULK_AHEAD_BYTES = 1;
const CONTROL_AHEAD_BYTES = 1024 * 1024;

export interface LinkOptions {
  readonly heartbeatMs: number;
  readonly logger: Logger;
  /** Called once, before the handler hears of it. */
  readonly onClosed: (link: Libp2pLink) => void;
}

export class Libp2pLink implements Link {
  readonly device: DeviceId;
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly #agreed: AgreedConnection;
  readonly #options: LinkOptions;
  readonly #writers: Readonly<Record<Lane, LaneWriter>>;
  readonly #heartbeat: NodeJS.Timeout;
  /** Where bulk goes on once both sides have it; the stream keeps what was sent over it before. */
  #express: ExpressLane | undefined;
  #bulkMovedHere = false;
  #handler: LinkHandler | undefined;
  #sentBytes = 0;
  #silentBeats = 0;
  #heardBytes = 0;
  #closed: string | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(agreed: AgreedConnection, options: LinkOptions) {
    this.device = agreed.device;
    this.inbound = agreed.inbound;
    this.remoteAddress = agreed.remoteAddress;
    this.#agreed = agreed;
    this.#options = options;
    this.#writers = {
      control: new LaneWriter(streamOutlet(agreed.control, agreed.socket), CONTROL_AHEAD_BYTES),
      bulk: new LaneWriter(streamOutlet(agreed.bulk, agreed.socket), BULK_AHEAD_BYTES),
    };
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs).unref();
  }

  /** Begins to deliver. Separate from the constructor because the handler is made for a link that exists already. */
  open(handler: LinkHandler): void {
    this.#handler = handler;
    if (this.#closed !== undefined) {
      handler.onClosed(this.#closed);
      return;
    }
    const { controlReader, bulkReader, control, bulk, connection } = this.#agreed;
    for (const stream of [control, bulk]) {
      stream.addEventListener('remoteCloseWrite', () => this.#lost(REMOTE_CLOSED));
      stream.addEventListener('close', (event) => this.#lost(lossReason(event.error)));
    }
    connection.addEventListener('close', (event) => this.#lost(lossReason(event.error)));
    if (connection.status !== 'open' || control.status !== 'open' || bulk.status !== 'open') {
      this.#lost(REMOTE_CLOSED);
      return;
    }
    controlReader.deliverTo(
      (frame) => this.#receive('control', frame),
      (reason) => this.#lost(reason),
    );
    bulkReader.deliverTo(
      (frame) => this.#receive('bulk', frame),
      (reason) => this.#lost(reason),
      () => this.#bulkMoves(),
    );
  }

  /**
   * From the next frame on bulk is sent over this socket, whose other end has shown the key that went through this very
   * link. What the other side sends over it is read after its last frame on the stream, so that the lane stays in order.
   */
  takeExpress(socket: Socket): void {
    if (this.#closed !== undefined || this.#express !== undefined) {
      socket.destroy();
      return;
    }
    this.#express = new ExpressLane(socket, (reason) => this.#lost(reason));
    this.#options.logger.debug('bulk goes on over an express lane', { device: this.device });
    this.#sentBytes += this.#writers.bulk.sendRaw(MOVED_BYTES);
    this.#readExpress();
  }

  send(lane: Lane, ...parts: readonly Uint8Array[]): void {
    if (this.#closed !== undefined) return;
    const express = lane === 'bulk' ? this.#express : undefined;
    this.#sentBytes += (express?.writer ?? this.#writers[lane]).sendFrame(parts);
  }

  queuedBytes(lane: Lane): number {
    const express = lane === 'bulk' ? this.#express : undefined;
    return this.#writers[lane].queuedBytes + (express?.writer.queuedBytes ?? 0);
  }

  async drained(lane: Lane, belowBytes: number): Promise<void> {
    const express = lane === 'bulk' ? this.#express : undefined;
    if (express === undefined) return this.#writers[lane].drained(belowBytes);
    // The little that was left on the stream when the lane moved.
    await this.#writers[lane].drained(1);
    await express.writer.drained(belowBytes);
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get receivedBytes(): number {
    const { controlReader, bulkReader } = this.#agreed;
    return controlReader.receivedBytes + bulkReader.receivedBytes + (this.#express?.receivedBytes ?? 0);
  }

  /** What waits on the control lane is still sent, if the other side takes it within a second; bulk is dropped. */
  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    const { connection, socket } = this.#agreed;
    this.#writers.control.flush();
    this.#gone = connection
      .close({ signal: AbortSignal.timeout(FAREWELL_MS) })
      .catch(() => abortConnection(connection, socket, reason));
    this.#finish(reason);
  }

  /** Resolves when the connection is really gone. */
  gone(): Promise<void> {
    return this.#gone;
  }

  /** The connection failed, or what came over it cannot be trusted: nothing more is sent. */
  #lost(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    const { connection, socket } = this.#agreed;
    abortConnection(connection, socket, reason);
    this.#finish(reason);
  }

  #finish(reason: string): void {
    clearInterval(this.#heartbeat);
    this.#agreed.controlReader.stop();
    this.#agreed.bulkReader.stop();
    this.#writers.control.stop();
    this.#writers.bulk.stop();
    this.#express?.stop();
    this.#options.onClosed(this);
    this.#handler?.onClosed(reason);
  }

  #bulkMoves(): void {
    this.#bulkMovedHere = true;
    this.#readExpress();
  }

  #readExpress(): void {
    if (this.#bulkMovedHere) this.#express?.deliverTo((frame) => this.#receive('bulk', frame));
  }

  #receive(lane: Lane, frame: Uint8Array): void {
    if (this.#closed !== undefined) return;
    try {
      this.#handler?.onFrame(lane, frame);
    } catch (error) {
      // A bug of ours, and half a frame may be acted on: the link starts afresh rather than go on in an unknown state.
      this.#options.logger.error('a frame could not be handled', { device: this.device, lane, error });
      this.#lost('this side failed to handle a frame');
    }
  }

  /**
   * Counts beats in silence rather than time: a machine that slept, or a process that was busy, wakes up to one late
   * beat and then hears what waited for it.
   */
  #beat(): void {
    const heardBytes = this.receivedBytes;
    this.#silentBeats = heardBytes === this.#heardBytes ? this.#silentBeats + 1 : 0;
    this.#heardBytes = heardBytes;
    if (this.#silentBeats >= SILENT_BEATS) {
      this.#lost(`nothing heard for ${Math.round((SILENT_BEATS * this.#options.heartbeatMs) / 1000)} seconds`);
      return;
    }
    this.#sentBytes += this.#writers.control.sendRaw(HEARTBEAT_BYTES);
  }
}

const REMOTE_CLOSED = 'the other side closed the link';

function lossReason(error: Error | undefined): string {
  return error === undefined ? REMOTE_CLOSED : `the connection was lost: ${error.message}`;
}
