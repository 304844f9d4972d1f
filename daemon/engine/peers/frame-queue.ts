import { FormatError } from '../../../protocol/errors.ts';

/**
 * What one peer may have waiting here. One that keeps to the protocol stays far below: it gets answers a mebibyte at a
 * time, and a folder's chunks are asked for in some hundred requests at most.
 */
const WAITING_BYTES = 64 * 1024 * 1024;
/** What a frame costs beside its bytes. */
const FRAME_BYTES = 256;
/** Frames taken before the array is cut: cutting costs the length that is left. */
const COMPACT_FROM = 1024;

/** Frames in the order they came. Not the messages in them: those can take a hundred times the memory. */
export class FrameQueue {
  #frames: Uint8Array[] = [];
  #next = 0;
  #bytes = 0;

  /** Throws FormatError when more waits than any honest peer sends. */
  push(frame: Uint8Array): void {
    const bytes = this.#bytes + FRAME_BYTES + frame.length;
    if (bytes > WAITING_BYTES) throw new FormatError('more at once than is taken from one peer');
    this.#bytes = bytes;
    this.#frames.push(frame);
  }

  take(): Uint8Array | undefined {
    const frame = this.#frames[this.#next];
    if (frame === undefined) return undefined;
    this.#next += 1;
    this.#bytes -= FRAME_BYTES + frame.length;
    if (this.#next === this.#frames.length || (this.#next >= COMPACT_FROM && this.#next * 2 > this.#frames.length)) {
      this.#frames = this.#frames.slice(this.#next);
      this.#next = 0;
    }
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#next = 0;
    this.#bytes = 0;
  }
}
