import { FormatError } from '../../../protocol/errors.ts';
import { Deframer } from './frames.ts';
import type { Stream } from './libp2p-types.ts';

/**
 * The receiving half of one lane. Until someone takes its frames the stream keeps them (up to its window); a reader
 * never pauses the stream and never iterates over it, since libp2p loses data with the one and bounds nothing with
 * the other.
 */
export class LaneReader {
  readonly #stream: Stream;
  readonly #deframer: Deframer;
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #onBroken: ((reason: string) => void) | undefined;
  #onMoved: (() => void) | undefined;
  #receivedBytes = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#deframer = new Deframer(
      (frame) => this.#onFrame?.(frame),
      () => {
        if (this.#onMoved === undefined) throw new FormatError('the lane goes on elsewhere, but nobody offered that');
        this.#onMoved();
      },
    );
  }

  /**
   * Hands every frame from now on to `onFrame`; called again, it hands over to someone else, also in the middle of a
   * run of frames. `onBroken` is called when the bytes make no sense, after which nothing more is read; `onMoved` after the
   * last frame, when the rest comes over an express lane (without it that makes no sense).
   */
  deliverTo(onFrame: (frame: Uint8Array) => void, onBroken: (reason: string) => void, onMoved?: () => void): void {
    const first = this.#onFrame === undefined;
    this.#onFrame = onFrame;
    this.#onBroken = onBroken;
    this.#onMoved = onMoved;
    if (first) this.#stream.addEventListener('message', this.#onMessage);
  }

  stop(): void {
    this.#onFrame = undefined;
    this.#onBroken = undefined;
    this.#stream.removeEventListener('message', this.#onMessage);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  readonly #onMessage = (event: { readonly data: Uint8Array | Iterable<Uint8Array> }): void => {
    try {
      const { data } = event;
      for (const bytes of data instanceof Uint8Array ? [data] : data) {
        if (this.#onFrame === undefined) return;
        this.#receivedBytes += bytes.length;
        this.#deframer.push(bytes);
      }
    } catch (error) {
      const onBroken = this.#onBroken;
      this.stop();
      onBroken?.(error instanceof Error ? error.message : String(error));
    }
  };
}
