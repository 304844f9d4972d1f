import type { DeviceId, FeedId } from '../../../protocol/ids.ts';
import type { LogBody } from '../../../protocol/log-body.ts';
import type { DecodedLogEntry } from '../../../protocol/log-entry.ts';
import type { Membership } from '../../core/membership.ts';
import type { FeedHead } from '../../store/feeds.ts';

/** What one member may make us keep. What does not fit is forgotten and asked for again when something has changed. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 1024;

/** A log entry that came before what it follows. Nothing in it is proven. */
export interface EarlyEntry {
  readonly feed: FeedId;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** The member that sent it. */
  readonly from: DeviceId;
  /** What it was found to wait for, so that it is not looked at again in vain. */
  waitsFor: WaitsFor | undefined;
}

export type WaitsFor =
  /** Records or keys that this membership does not have. */
  | { readonly kind: 'membership'; readonly not: Membership }
  /** Entries of other logs. */
  | { readonly kind: 'entries'; readonly seen: LogBody['seen'] };

interface Sent {
  readonly feeds: Map<FeedId, Map<number, EarlyEntry>>;
  bytes: number;
}

/**
 * Entries that wait, by who sent them. Each member has room of its own, and what one sends never hides what another
 * does: a peer that sends what can never be placed keeps nobody waiting but itself.
 */
export class EarlyEntries {
  readonly #sent = new Map<DeviceId, Sent>();

  /** Takes an entry in, whatever its size: `trim` follows when all that can be merged is. */
  add({ feed, header }: DecodedLogEntry, bytes: Uint8Array, from: DeviceId): EarlyEntry {
    const sent = this.#sent.get(from) ?? { feeds: new Map(), bytes: 0 };
    this.#sent.set(from, sent);
    const entries = sent.feeds.get(feed) ?? new Map<number, EarlyEntry>();
    sent.feeds.set(feed, entries);
    const known = entries.get(header.sequence);
    if (known !== undefined) this.drop(known);
    const early: EarlyEntry = { feed, sequence: header.sequence, bytes, from, waitsFor: undefined };
    // Emptied and so forgotten when it held nothing but what is replaced.
    sent.feeds.set(feed, entries);
    entries.set(early.sequence, early);
    sent.bytes += costOf(early);
    return early;
  }

  drop(early: EarlyEntry): void {
    const sent = this.#sent.get(early.from);
    const entries = sent?.feeds.get(early.feed);
    if (sent === undefined || entries?.get(early.sequence) !== early) return;
    entries.delete(early.sequence);
    if (entries.size === 0) sent.feeds.delete(early.feed);
    sent.bytes -= costOf(early);
  }

  has(early: EarlyEntry): boolean {
    return this.#sent.get(early.from)?.feeds.get(early.feed)?.get(early.sequence) === early;
  }

  /** Forgets all of one member. */
  forget(from: DeviceId): void {
    this.#sent.delete(from);
  }

  /** Of every member, the entry that would continue each log it sent of; a copy, so that entries may come and go. */
  next(reached: ReadonlyMap<FeedId, FeedHead>): readonly EarlyEntry[] {
    const found: EarlyEntry[] = [];
    for (const { feeds } of this.#sent.values()) {
      for (const [feed, entries] of feeds) {
        const early = entries.get((reached.get(feed)?.sequence ?? 0) + 1);
        if (early !== undefined) found.push(early);
      }
    }
    return found;
  }

  /** The entry of the same sender that follows in the same log. */
  after({ from, feed, sequence }: EarlyEntry): EarlyEntry | undefined {
    return this.#sent
      .get(from)
      ?.feeds.get(feed)
      ?.get(sequence + 1);
  }

  /** An entry is merged: nobody's copy of it is needed any more. */
  merged(feed: FeedId, sequence: number): void {
    for (const { feeds } of this.#sent.values()) {
      const early = feeds.get(feed)?.get(sequence);
      if (early !== undefined) this.drop(early);
    }
  }

  /** Nothing of this log is taken any more. */
  forgetLog(feed: FeedId): void {
    for (const { feeds } of this.#sent.values()) {
      for (const early of [...(feeds.get(feed)?.values() ?? [])]) this.drop(early);
    }
  }

  /** Of the newest entries of one member, oldest first, forgets the last ones until the rest fits. */
  trim(from: DeviceId, newest: readonly EarlyEntry[]): void {
    for (const early of newest.toReversed()) {
      if ((this.#sent.get(from)?.bytes ?? 0) <= KEPT_BYTES) return;
      this.drop(early);
    }
  }

  /** Bytes that all members together make us keep. */
  get bytes(): number {
    return [...this.#sent.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function costOf({ bytes }: EarlyEntry): number {
  return ENTRY_BYTES + bytes.length;
}
