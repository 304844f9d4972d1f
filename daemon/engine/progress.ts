import type { TransferProgress } from '../../protocol/local-api.ts';
import type { Clock } from '../effects/clock.ts';

/** Rates are means over this long. */
const WINDOW_MS = 3000;

/** Bytes a second over the last few seconds. */
export class Rate {
  readonly #clock: Clock;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get total(): number {
    return this.#total;
  }

  add(bytes: number): void {
    this.#total += bytes;
    this.#samples.push({ atMs: this.#clock.monotonicMs(), bytes });
    this.#forget();
  }

  get bytesPerSecond(): number {
    this.#forget();
    const sum = this.#samples.reduce((bytes, sample) => bytes + sample.bytes, 0);
    return Math.round((sum * 1000) / WINDOW_MS);
  }

  #forget(): void {
    const since = this.#clock.monotonicMs() - WINDOW_MS;
    let old = 0;
    while (old < this.#samples.length && (this.#samples[old]?.atMs ?? since) < since) old += 1;
    if (old > 0) this.#samples.splice(0, old);
  }
}

/** How far this disk is on the way to what the registers want, since it last was there. */
export class Progress {
  readonly rate: Rate;
  #entriesDone = 0;
  #fetchedAtStart = 0;
  /** The most that was wanted at once since the start: what was done since is the difference to what is left. */
  #wantedMost = 0;
  #active = false;

  constructor(clock: Clock) {
    this.rate = new Rate(clock);
  }

  applied(entries: number): void {
    this.#entriesDone += entries;
  }

  /**
   * @param dirty entries still to do
   * @param dirtyBytes bytes of content they need, also of those that are fetched and not yet applied
   */
  view(dirty: number, dirtyBytes: number): TransferProgress | null {
    if (dirty === 0) {
      this.#active = false;
      return null;
    }
    if (!this.#active) {
      this.#active = true;
      this.#entriesDone = 0;
      this.#wantedMost = 0;
      this.#fetchedAtStart = this.rate.total;
    }
    this.#wantedMost = Math.max(this.#wantedMost, dirtyBytes);
    const fetched = this.rate.total - this.#fetchedAtStart;
    const bytesDone = Math.min(this.#wantedMost, Math.max(fetched, this.#wantedMost - dirtyBytes));
    const { bytesPerSecond } = this.rate;
    const left = this.#wantedMost - bytesDone;
    return {
      filesDone: this.#entriesDone,
      filesTotal: this.#entriesDone + dirty,
      bytesDone,
      bytesTotal: this.#wantedMost,
      bytesPerSecond,
      remainingMs: bytesPerSecond === 0 ? null : Math.round((left * 1000) / bytesPerSecond),
    };
  }
}
