import { FormatError } from '../../../protocol/errors.ts';
import type { FrontierItem } from '../../../protocol/frontier.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { FRONTIER_MAX_ITEMS } from '../../../protocol/message-limits.ts';
import type { Timer } from '../../effects/clock.ts';

/** What one connected member says it has of the folder's logs, and which of them it was asked for. */
export class PeerLogs {
  readonly #claims = new Map<FeedId, FrontierItem>();
  readonly #asked = new Map<FeedId, Timer>();
  #doubted = false;

  /** How far it has a log; 0 when it did not say. */
  has(feed: FeedId): number {
    return this.#claims.get(feed)?.sequence ?? 0;
  }

  /** What it says it has, in the order in which it said so. */
  claims(): readonly (readonly [FeedId, FrontierItem])[] {
    return [...this.#claims];
  }

  /** It says that it has a log so far. Throws FormatError when it names more logs than a folder can have. */
  learn(feed: FeedId, item: FrontierItem): void {
    if (!this.#claims.has(feed) && this.#claims.size >= FRONTIER_MAX_ITEMS) {
      throw new FormatError('more logs than a folder can have');
    }
    this.raise(feed, item);
  }

  /** It was sent a log so far. */
  raise(feed: FeedId, item: FrontierItem): void {
    if (this.has(feed) < item.sequence) this.#claims.set(feed, item);
  }

  /** True when nobody else need be asked for this log: it was asked, and is not known for saying what is not so. */
  isBringing(feed: FeedId): boolean {
    return !this.#doubted && this.#asked.has(feed);
  }

  /** True when it can be asked for this log now. One that is doubted gets one question at a time. */
  mayAsk(feed: FeedId): boolean {
    return this.#doubted ? this.#asked.size === 0 : !this.#asked.has(feed);
  }

  /** @param overdue goes off when there was no answer in time */
  ask(feed: FeedId, overdue: Timer): void {
    this.#asked.set(feed, overdue);
  }

  /** It brought entries of this log. */
  answered(feed: FeedId): void {
    this.#asked.get(feed)?.cancel();
    this.#asked.delete(feed);
  }

  /** It does not have what it was asked for: it said more than is so, or has it no longer. */
  broughtNothing(): void {
    for (const feed of [...this.#asked.keys()]) {
      this.answered(feed);
      this.#claims.delete(feed);
    }
    this.#doubted = true;
  }

  /** It takes too long over this log: from now on others are asked beside it. */
  doubt(feed: FeedId): void {
    this.answered(feed);
    this.#doubted = true;
  }

  close(): void {
    for (const timer of this.#asked.values()) timer.cancel();
    this.#asked.clear();
  }
}
