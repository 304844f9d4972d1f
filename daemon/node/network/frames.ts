import { FormatError } from '../../../protocol/errors.ts';
import { FRAME_LIMIT_BYTES } from '../../effects/network.ts';

/**
 * How frames lie on a stream: a 32-bit big-endian length, then that many bytes. Two lengths are none: nothing follows
 * `HEARTBEAT`, and it is never shown to anyone; after `MOVED` the lane goes on over its express lane. Any other length above the
 * limit is an error.
 */
export const HEADER_BYTES = 4;

const HEARTBEAT = 0xffff_ffff;
const MOVED = 0xffff_fffe;

/** Frames shorter than this come from the garbage-collected heap, which is cheaper than memory of their own. */
const SMALL_FRAME_BYTES = 4096;

export function frameHeader(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

export const HEARTBEAT_BYTES: Uint8Array = frameHeader(HEARTBEAT);
export const MOVED_BYTES: Uint8Array = frameHeader(MOVED);

/** Memory that belongs to this frame alone, so that whoever gets it may hand it to another thread. */
function frameMemory(length: number): Uint8Array {
  if (length < SMALL_FRAME_BYTES) return new Uint8Array(length);
  // Not zeroed first, as every byte is written before anyone sees it; and not from Node's shared pool.
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Cuts a stream of bytes, in pieces of any size, back into frames. */
export class Deframer {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #onMoved: (() => void) | undefined;
  #header = 0;
  #headerBytes = 0;
  #frame: Uint8Array | undefined;
  #filled = 0;

  /** @param onMoved called when the lane goes on elsewhere; without it that is an error */
  constructor(onFrame: (frame: Uint8Array) => void, onMoved?: () => void) {
    this.#onFrame = onFrame;
    this.#onMoved = onMoved;
  }

  /** Calls back once for each frame that is now complete. Throws `FormatError` on a length that is not allowed. */
  push(bytes: Uint8Array): void {
    let position = 0;
    while (position < bytes.length) {
      position =
        this.#frame === undefined ? this.#readHeader(bytes, position) : this.#fill(this.#frame, bytes, position);
    }
  }

  #readHeader(bytes: Uint8Array, start: number): number {
    let position = start;
    while (this.#headerBytes < HEADER_BYTES && position < bytes.length) {
      this.#header = ((this.#header << 8) | (bytes[position] ?? 0)) >>> 0;
      this.#headerBytes += 1;
      position += 1;
    }
    if (this.#headerBytes < HEADER_BYTES) return position;
    const length = this.#header;
    this.#header = 0;
    this.#headerBytes = 0;
    if (length === HEARTBEAT) return position;
    if (length === MOVED && this.#onMoved !== undefined) {
      this.#onMoved();
      return position;
    }
    if (length > FRAME_LIMIT_BYTES) {
      throw new FormatError(`too-large frame: ${length} bytes announced, at most ${FRAME_LIMIT_BYTES} are allowed`);
    }
    const frame = frameMemory(length);
    if (length === 0) this.#onFrame(frame);
    else this.#frame = frame;
    return position;
  }

  #fill(frame: Uint8Array, bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + frame.length - this.#filled);
    frame.set(bytes.subarray(start, end), this.#filled);
    this.#filled += end - start;
    if (this.#filled === frame.length) {
      this.#frame = undefined;
      this.#filled = 0;
      this.#onFrame(frame);
    }
    return end;
  }
}
