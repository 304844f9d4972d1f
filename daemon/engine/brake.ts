import { utf8 } from '../../protocol/bytes.ts';
import { sha256Hex } from '../../protocol/crypto.ts';
import type { ApiEvent } from '../../protocol/local-api.ts';
import type { HeldBatch } from '../../protocol/local-api-decisions.ts';
import { judgeBatch } from '../core/brake.ts';
import type { Clock } from '../effects/clock.ts';
import { isoTime } from './iso-time.ts';

/** Deletions within this time count as one batch: a watcher hands a large one over in many small pieces. */
const WINDOW_MS = 10 * 60 * 1000;
/** Digits of an id: a device has a handful of held batches, and people type these. */
const ID_DIGITS = 8;

/** What a held batch is allowed to do when it comes up again. */
export type Verdict = 'go' | 'hold' | 'undo';

/**
 * Holds what deletes much of a folder, in one direction, until a person has decided. It keeps no batch: what is held
 * is found again, on the disk or in the registers, at the next look and after a restart.
 */
export class Brake {
  readonly #folder: string;
  readonly #direction: HeldBatch['direction'];
  readonly #clock: Clock;
  readonly #onHeld: (held: HeldBatch) => void;
  /** Deletions that went on without being asked about. */
  #recent: { readonly atMs: number; readonly deletions: number }[] = [];
  /** What a person decided about the next so many deletions. */
  #decided: { readonly verdict: 'go' | 'undo'; readonly deletions: number } | undefined;
  #held: HeldBatch | undefined;

  constructor(folder: string, direction: HeldBatch['direction'], clock: Clock, onHeld: (held: HeldBatch) => void) {
    this.#folder = folder;
    this.#direction = direction;
    this.#clock = clock;
    this.#onHeld = onHeld;
  }

  get held(): HeldBatch | undefined {
    return this.#held;
  }

  /**
   * What may become of all the deletions that are due.
   * @param entriesInFolder on this disk, those to be deleted among them
   */
  judge(deletions: number, entriesInFolder: number): Verdict {
    if (this.#decided !== undefined && deletions <= this.#decided.deletions) return this.#decided.verdict;
    const recent = this.#sumOfRecent();
    const judgement = judgeBatch({
      entriesInFolder: entriesInFolder + recent,
      deletions: deletions + recent,
      rewrites: 0,
      highEntropyRewrites: 0,
    });
    // A few more after a batch that passed are held too: it is that batch which goes on.
    return deletions > 0 && judgement.held ? 'hold' : 'go';
  }

  /** Shows the batch until it is decided about or gone. */
  hold(deletions: number, entriesInFolder: number): void {
    const id = sha256Hex(utf8(`${this.#folder}/${this.#direction}/${deletions}`)).slice(0, ID_DIGITS);
    if (this.#held?.id === id) return;
    const done = this.#sumOfRecent();
    const verb = this.#direction === 'sending' ? 'deleted here' : 'deleted by others';
    const before = done === 0 ? '' : `, after ${done} in the last minutes`;
    this.#held = {
      id,
      folder: this.#folder,
      direction: this.#direction,
      code: 'mass-deletion',
      deletions,
      entries: entriesInFolder,
      message: `${deletions} of ${entriesInFolder} entries were ${verb}${before}`,
      since: isoTime(this.#clock.now()),
    };
    this.#onHeld(this.#held);
  }

  /** Nothing is held any more. */
  release(): void {
    this.#held = undefined;
  }

  /** Those deletions were done: approved ones count no more, others count for a while. */
  passed(deletions: number): void {
    if (deletions === 0) return;
    const decided = this.#decided;
    if (decided !== undefined) {
      const left = decided.deletions - deletions;
      this.#decided = left > 0 ? { ...decided, deletions: left } : undefined;
      return;
    }
    this.#recent.push({ atMs: this.#clock.monotonicMs(), deletions });
  }

  /** From now on the held deletions, and no more than these, go on or are undone. */
  decide(verdict: 'go' | 'undo'): void {
    if (this.#held === undefined) return;
    this.allow(this.#held.deletions, verdict);
    this.#held = undefined;
  }

  /** Lets so many deletions go on that a person asked for in so many words. */
  allow(deletions: number, verdict: 'go' | 'undo' = 'go'): void {
    this.#decided = { verdict, deletions };
  }

  #sumOfRecent(): number {
    const since = this.#clock.monotonicMs() - WINDOW_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs > since);
    return this.#recent.reduce((sum, { deletions }) => sum + deletions, 0);
  }
}

/** The brakes of one folder. */
export interface Brakes {
  readonly sending: Brake;
  readonly receiving: Brake;
}

export function makeBrakes(
  folder: string,
  clock: Clock,
  emit: (kind: 'held', fields: Pick<ApiEvent, 'detail'>) => void,
): Brakes {
  const onHeld = ({ id, direction, deletions }: HeldBatch): void =>
    emit('held', { detail: { id, direction, deletions } });
  return {
    sending: new Brake(folder, 'sending', clock, onHeld),
    receiving: new Brake(folder, 'receiving', clock, onHeld),
  };
}
