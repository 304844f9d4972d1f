import type { Socket } from 'node:net';
import { Deframer } from './frames.ts';
import { LaneWriter } from './lane-writer.ts';
import { socketOutlet } from './outlet.ts';

/** Bytes that wait in the socket before the lane holds back: two pieces, so that one is encrypted while the other leaves. */
const AHEAD_BYTES = 512 * 1024;
/** A connection that is silent for so long is asked whether it is still there. */
const KEEP_ALIVE_MS = 60_000;

/** Frames over an encrypted socket of their own, beside a link that vouches for it. */
export class ExpressLane {
  readonly writer: LaneWriter;
  readonly #socket: Socket;
  readonly #deframer: Deframer;
  readonly #onLost: (reason: string) => void;
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #receivedBytes = 0;
  #stopped = false;

  /** @param onLost called at most once, also when the other side ends it in good order */
  constructor(socket: Socket, onLost: (reason: string) => void) {
    this.#socket = socket;
    this.#onLost = onLost;
    this.writer = new LaneWriter(socketOutlet(socket), AHEAD_BYTES);
    this.#deframer = new Deframer((frame) => this.#onFrame?.(frame));
    socket.pause();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', (error) => this.#lose(`the express lane was lost: ${error.message}`));
    socket.on('close', () => this.#lose('the other side closed the express lane'));
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Until then nothing is read, and the other side is held back. */
  deliverTo(onFrame: (frame: Uint8Array) => void): void {
    this.#onFrame = onFrame;
    this.#socket.on('data', (bytes: Uint8Array) => {
      if (this.#onFrame === undefined) return;
      this.#receivedBytes += bytes.length;
      try {
        this.#deframer.push(bytes);
      } catch (error) {
        this.#lose(error instanceof Error ? error.message : String(error));
      }
    });
    this.#socket.resume();
  }

  stop(): void {
    this.#stopped = true;
    this.#onFrame = undefined;
    this.writer.stop();
    this.#socket.destroy();
  }

  #lose(reason: string): void {
    if (this.#stopped) return;
    this.stop();
    this.#onLost(reason);
  }
}
