import type { DeviceId } from '../../../protocol/ids.ts';
import type { WantedChunk } from '../../../protocol/message-types.ts';
import type { PlacedChunk } from './manifests.ts';
import type { Want } from './wants.ts';

const REQUEST_BYTES = 1024 * 1024;
const REQUEST_ITEMS = 512;
/** Pieces taken from the front of the queue before the array is cut: cutting costs the length that is left. */
const COMPACT_FROM = 4096;

/** One file on its way here. */
export interface FileJob {
  readonly want: Want;
  readonly stage: string;
  /** An earlier run staged some of it. */
  readonly leftover: boolean;
  /** Set while all chunks are collected, to be looked for on this disk before anybody is asked. */
  readonly collected: PlacedChunk[] | undefined;
  /** Pieces, and among them manifest nodes, that are not here yet. */
  open: number;
  openNodes: number;
  finished: boolean;
  /** Who said that it does not have the version. */
  readonly goneAt: Set<DeviceId>;
}

/** A chunk or manifest node to ask somebody for. */
export interface Piece {
  readonly job: FileJob;
  readonly wanted: WantedChunk;
  /** What it counts for in a request. */
  readonly bytes: number;
  /** Who did not have it. */
  readonly tried: Set<DeviceId>;
}

/** Pieces that wait for a peer with room. */
export class PieceQueue {
  /** Nobody was asked for these, from `#next` on. */
  #fresh: Piece[] = [];
  #next = 0;
  #retried: Piece[] = [];

  add(piece: Piece): void {
    this.#fresh.push(piece);
  }

  /** After a peer did not have it. */
  addAgain(piece: Piece): void {
    this.#retried.push(piece);
  }

  /** Takes out the pieces that none of these devices can be asked for any more; all when there is nobody to ask. */
  takeHopeless(devices: readonly DeviceId[]): readonly Piece[] {
    const nobody = devices.length === 0;
    const waiting = nobody ? [...this.#fresh.slice(this.#next), ...this.#retried] : this.#retried;
    const hopeless = waiting.filter(({ tried }) => devices.every((device) => tried.has(device)));
    this.#retried = nobody ? [] : this.#retried.filter(({ tried }) => !devices.every((device) => tried.has(device)));
    if (nobody) {
      this.#fresh = [];
      this.#next = 0;
    }
    return hopeless;
  }

  /** The next pieces that this device has not been asked for, of one epoch, up to a request's size. */
  take(device: DeviceId): readonly Piece[] {
    const taken: Piece[] = [];
    let bytes = 0;
    const fits = (piece: Piece): boolean => {
      const epoch = taken[0]?.job.want.content.epoch ?? piece.job.want.content.epoch;
      if (bytes >= REQUEST_BYTES || taken.length >= REQUEST_ITEMS) return false;
      return !piece.tried.has(device) && piece.job.want.content.epoch === epoch;
    };
    const take = (piece: Piece): void => {
      taken.push(piece);
      bytes += piece.bytes;
    };
    const kept: Piece[] = [];
    for (const piece of this.#retried) {
      if (piece.job.finished) continue;
      if (fits(piece)) take(piece);
      else kept.push(piece);
    }
    this.#retried = kept;
    for (let piece = this.#fresh[this.#next]; piece !== undefined; piece = this.#fresh[this.#next]) {
      if (!piece.job.finished && !fits(piece)) break;
      this.#next += 1;
      if (!piece.job.finished) take(piece);
    }
    if (this.#next > COMPACT_FROM && this.#next * 2 > this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#next);
      this.#next = 0;
    }
    return taken;
  }
}
