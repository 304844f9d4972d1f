import type { DeviceId } from '../../../protocol/ids.ts';
import type { WantedChunk } from '../../../protocol/message-types.ts';

/** One answered item of a request. */
export interface Answer {
  readonly index: number;
  readonly status: 'ok' | 'gone' | 'busy';
  /** A view into `frame`. */
  readonly sealed: Uint8Array;
}

/** A connected member that may have chunks. */
export interface ChunkSource {
  readonly device: DeviceId;
  /**
   * Asks for chunks. `onAnswers` is called with every frame that comes; resolves when all items are answered, rejects
   * when the peer went away. Once `withdrawn` resolves, what was not answered is not waited for.
   */
  request(
    epoch: number,
    items: readonly WantedChunk[],
    onAnswers: (frame: Uint8Array, answers: readonly Answer[]) => Promise<void>,
    withdrawn: Promise<void>,
  ): Promise<void>;
}
