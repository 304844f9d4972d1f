import { utf8 } from '../../../protocol/bytes.ts';
import { sha256Hex } from '../../../protocol/crypto.ts';
import type { ApiEvent } from '../../../protocol/local-api.ts';
import type { HeldBatch } from '../../../protocol/local-api-decisions.ts';
import { judgeBatch } from '../../core/brake.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Decision, DecisionRow } from '../../store/decisions.ts';
import { isoTime } from '../iso-time.ts';

/** Changes within this time count as one batch: a watcher hands a large one over in many small pieces. */
const WINDOW_MS = 10 * 60 * 1000;
/** A decision is good for so long: to delete or fetch a million files may take hours on a slow disk. */
const DECIDED_MS = 12 * 60 * 60 * 1000;
/** Digits of an id: a device has a handful of held batches, and people type these. */
const ID_DIGITS = 8;

/** What a held batch is allowed to do when it comes up again. */
export type Verdict = 'go' | 'hold' | 'undo';

/**
 * Holds what deletes or rewrites much of a folder, in one direction, until a person has decided. It keeps no batch: what
 * is held is found again, on the disk or in the registers, at the next look and after a restart. What a person decided
 * is kept, as the decision may take longer to follow than this run lasts.
 */
export class Brake {
  readonly #kind: Pick<HeldBatch, 'folder' | 'direction' | 'code'>;
  readonly #clock: Clock;
  readonly #onHeld: (held: HeldBatch) => void;
  /** Changes that went on without being asked about. */
  #recent: { readonly atMs: number; readonly changes: number }[] = [];
  readonly #row: DecisionRow;
  /** What a person decided about the next so many changes. */
  #decided: Decision | undefined;
  /** Changes that a person asked for one by one: nothing of this lasts longer than the request. */
  #asked = 0;
  #held: HeldBatch | undefined;
  #paths: readonly string[] = [];

  constructor(
    kind: Pick<HeldBatch, 'folder' | 'direction' | 'code'>,
    clock: Clock,
    row: DecisionRow,
    onHeld: (held: HeldBatch) => void,
  ) {
    this.#kind = kind;
    this.#clock = clock;
    this.#row = row;
    this.#decided = row.load();
    this.#onHeld = onHeld;
  }

  get held(): HeldBatch | undefined {
    return this.#held;
  }

  /** Some of what is held, where it can not be found again without reading it. */
  get paths(): readonly string[] {
    return this.#held === undefined ? [] : this.#paths;
  }

  /**
   * What may become of all the changes that are due.
   * @param entriesInFolder on this disk, those that change among them
   */
  judge(changes: number, entriesInFolder: number): Verdict {
    if (this.#asked > 0 && changes <= this.#asked) return 'go';
    const decided = this.#decision();
    if (decided !== undefined && changes <= decided.changes) return decided.verdict;
    const recent = this.#sumOfRecent();
    const sum = changes + recent;
    const deleting = this.#kind.code === 'mass-deletion';
    const judgement = judgeBatch({
      // What was deleted is no longer counted among the entries; what was rewritten is.
      entriesInFolder: entriesInFolder + (deleting ? recent : 0),
      deletions: deleting ? sum : 0,
      rewrites: deleting ? 0 : sum,
      highEntropyRewrites: deleting ? 0 : sum,
    });
    // A few more after a batch that passed are held too: it is that batch which goes on.
    return changes > 0 && judgement.held ? 'hold' : 'go';
  }

  /** Shows the batch until it is decided about or gone. */
  hold(changes: number, entriesInFolder: number, paths: readonly string[] = []): void {
    const { folder, direction, code } = this.#kind;
    const id = sha256Hex(utf8(`${folder}/${direction}/${code}/${changes}`)).slice(0, ID_DIGITS);
    this.#paths = paths;
    if (this.#held?.id === id) return;
    const done = this.#sumOfRecent();
    const before = done === 0 ? '' : `, after ${done} in the last minutes`;
    const message = `${changes} of ${entriesInFolder} entries were ${this.#whatHappened()}${before}`;
    this.#held = { id, ...this.#kind, changes, entries: entriesInFolder, message, since: isoTime(this.#clock.now()) };
    this.#onHeld(this.#held);
  }

  #whatHappened(): string {
    const where = this.#kind.direction === 'sending' ? 'here' : 'by others';
    return this.#kind.code === 'mass-deletion'
      ? `deleted ${where}`
      : `rewritten ${where} with bytes that look encrypted`;
  }

  /** Nothing is held any more. */
  release(): void {
    this.#held = undefined;
  }

  /** Those changes were done: approved ones count no more, others count for a while. */
  async passed(changes: number): Promise<void> {
    if (changes === 0) return;
    if (this.#asked > 0) {
      this.#asked = Math.max(0, this.#asked - changes);
      return;
    }
    const decided = this.#decision();
    if (decided !== undefined) {
      const left = decided.changes - changes;
      return this.#keep(left > 0 ? { ...decided, changes: left } : undefined);
    }
    this.#recent.push({ atMs: this.#clock.monotonicMs(), changes });
  }

  /** What passed so far turned out to be harmless. */
  forgive(): void {
    this.#recent = [];
  }

  /** From now on the held changes, and no more than these, go on or are undone. Resolves when that is durable. */
  async decide(verdict: 'go' | 'undo'): Promise<void> {
    if (this.#held === undefined) return;
    const { changes } = this.#held;
    this.#held = undefined;
    await this.#keep({ verdict, changes, atMs: this.#clock.now() });
  }

  /** Lets so many changes go on that a person asked for in so many words. */
  allow(changes: number): void {
    this.#asked = changes;
  }

  /** What was allowed and not made use of is over. */
  disallow(): void {
    this.#asked = 0;
  }

  #keep(decision: Decision | undefined): Promise<void> {
    this.#decided = decision;
    return this.#row.save(decision);
  }

  /** An old one was about something that has been undone otherwise since; so was one that a clock puts in the future. */
  #decision(): Decision | undefined {
    const { atMs } = this.#decided ?? {};
    if (atMs !== undefined && Math.abs(this.#clock.now() - atMs) > DECIDED_MS) this.#decided = undefined;
    return this.#decided;
  }

  #sumOfRecent(): number {
    const since = this.#clock.monotonicMs() - WINDOW_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs > since);
    return this.#recent.reduce((sum, { changes }) => sum + changes, 0);
  }
}

/** The brakes of one folder. */
export interface Brakes {
  /** Deletions on this disk that the others are to be told. */
  readonly sending: Brake;
  /** Files of this disk that were rewritten as if somebody had encrypted them. */
  readonly rewriting: Brake;
  /** Deletions by others. */
  readonly receiving: Brake;
  /** Files that others rewrote as if somebody had encrypted them. */
  readonly overwriting: Brake;
}

export function makeBrakes(
  folder: string,
  clock: Clock,
  rowOf: (name: keyof Brakes) => DecisionRow,
  emit: (kind: 'held', fields: Pick<ApiEvent, 'detail'>) => void,
): Brakes {
  const make = (name: keyof Brakes, direction: HeldBatch['direction'], code: HeldBatch['code']): Brake =>
    new Brake({ folder, direction, code }, clock, rowOf(name), ({ id, changes }) =>
      emit('held', { detail: { id, direction, code, changes } }),
    );
  return {
    sending: make('sending', 'sending', 'mass-deletion'),
    rewriting: make('rewriting', 'sending', 'mass-rewrite'),
    receiving: make('receiving', 'receiving', 'mass-deletion'),
    overwriting: make('overwriting', 'receiving', 'mass-rewrite'),
  };
}
