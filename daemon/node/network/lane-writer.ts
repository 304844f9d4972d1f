import { frameHeader, HEADER_BYTES } from './frames.ts';
import type { Outlet } from './outlet.ts';

/**
 * Noise encrypts at most 65,519 bytes at a time and yamux puts 12 bytes before what it is given: a piece of this size
 * is four full noise messages. It is also the most that a control frame has to wait for a bulk piece under way.
 */
const PIECE_BYTES = 4 * 65_519 - 12;

/** From here on copying a part costs more than sending it by itself. */
const LARGE_BYTES = 65_519;

const NOTHING = new Uint8Array(0);

interface Waiter {
  readonly belowBytes: number;
  readonly resolve: () => void;
}

/**
 * The sending half of one lane. What is below takes everything it is given and keeps it in queues of its own that grow with
 * every drain of the socket, so frames wait here and are handed over a piece at a time, only while the socket keeps up.
 * That also lets the control lane pass the bulk lane.
 */
export class LaneWriter {
  readonly #outlet: Outlet;
  /** Bytes that may wait below this lane before it holds back. */
  readonly #aheadBytes: number;
  #parts: Uint8Array[] = [];
  #head = 0;
  /** Bytes of the first part that are gone already. */
  #headOffset = 0;
  #waitingBytes = 0;
  #scheduled = false;
  #stopped = false;
  #waiters: Waiter[] = [];

  constructor(outlet: Outlet, aheadBytes: number) {
    this.#outlet = outlet;
    this.#aheadBytes = aheadBytes;
    outlet.onDrain(this.#schedule);
  }

  /** Queues one frame; returns its size on the wire. */
  sendFrame(parts: readonly Uint8Array[]): number {
    let length = 0;
    for (const part of parts) length += part.length;
    this.#parts.push(frameHeader(length));
    for (const run of runsOf(parts)) this.#parts.push(run);
    this.#waitingBytes += HEADER_BYTES + length;
    this.#schedule();
    return HEADER_BYTES + length;
  }

  /** Queues bytes that are a frame already. */
  sendRaw(bytes: Uint8Array): number {
    this.#parts.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#schedule();
    return bytes.length;
  }

  get queuedBytes(): number {
    return this.#stopped ? 0 : this.#waitingBytes + this.#outlet.queuedBytes;
  }

  drained(belowBytes: number): Promise<void> {
    // Fewer than nothing cannot be queued, so zero means empty.
    const below = Math.max(1, belowBytes);
    if (this.queuedBytes < below) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ belowBytes: below, resolve }));
  }

  /** Hands everything that waits to libp2p at once, for the last words before closing. */
  flush(): void {
    this.#pump(Number.POSITIVE_INFINITY);
  }

  /** Forgets what is queued and lets everyone who waits go. */
  stop(): void {
    this.#stopped = true;
    this.#outlet.offDrain(this.#schedule);
    this.#parts = [];
    this.#head = 0;
    this.#waitingBytes = 0;
    this.#wake();
  }

  /**
   * Pumps at the end of the current run of code, so that frames sent one after the other leave together; after a drain
   * this comes behind libp2p's own microtasks, which first refill the socket from its own queue.
   */
  readonly #schedule = (): void => {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump(this.#aheadBytes);
    });
  };

  #pump(aheadBytes: number): void {
    if (this.#stopped) return;
    while (this.#waitingBytes > 0 && this.#outlet.takes(aheadBytes)) this.#outlet.write(this.#takePiece());
    this.#wake();
  }

  /**
   * The next bytes, at most a piece of them, as one run of memory. Small parts are copied together: each run costs a
   * cipher call and a write of its own further down, which is more than the copy. A large one is not: it goes as it is.
   */
  #takePiece(): Uint8Array {
    const first = this.#parts[this.#head];
    const left = first === undefined ? 0 : first.length - this.#headOffset;
    if (first !== undefined && left >= LARGE_BYTES) return this.#takeFrom(first, Math.min(PIECE_BYTES, left));
    const length = this.#smallBytes();
    const piece = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const part = this.#parts[this.#head];
      if (part === undefined) throw new Error('fewer bytes queued than counted');
      const end = Math.min(part.length, this.#headOffset + length - filled);
      piece.set(this.#headOffset === 0 && end === part.length ? part : part.subarray(this.#headOffset, end), filled);
      filled += end - this.#headOffset;
      if (end === part.length) this.#dropHead();
      else this.#headOffset = end;
    }
    this.#waitingBytes -= length;
    return piece;
  }

  /** Part of the first part. */
  #takeFrom(first: Uint8Array, length: number): Uint8Array {
    const start = this.#headOffset;
    this.#waitingBytes -= length;
    this.#headOffset += length;
    if (this.#headOffset === first.length) {
      this.#headOffset = 0;
      this.#dropHead();
    }
    return first.subarray(start, start + length);
  }

  /** How much comes before the next large part, at most a piece. */
  #smallBytes(): number {
    let bytes = -this.#headOffset;
    for (let at = this.#head; bytes < PIECE_BYTES; at += 1) {
      const part = this.#parts[at];
      // The rest of a large part that is under way is small by now.
      if (part === undefined || (part.length >= LARGE_BYTES && at > this.#head)) break;
      bytes += part.length;
    }
    return Math.min(PIECE_BYTES, bytes);
  }

  #dropHead(): void {
    this.#parts[this.#head] = NOTHING;
    this.#head += 1;
    this.#headOffset = 0;
    // Shifting a long array by one moves all of it, so the empty front is cut off only when it is most of the array.
    if (this.#head === this.#parts.length || (this.#head > 1024 && this.#head * 2 > this.#parts.length)) {
      this.#parts = this.#parts.slice(this.#head);
      this.#head = 0;
    }
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const queued = this.queuedBytes;
    const due = this.#waiters.filter((waiter) => queued < waiter.belowBytes);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => queued >= waiter.belowBytes);
    for (const waiter of due) waiter.resolve();
  }
}

/** The parts, those that lie behind each other in memory as one. */
function runsOf(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (const part of parts) {
    if (part.length === 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset) {
      runs[runs.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + part.length);
    } else runs.push(part);
  }
  return runs;
}
