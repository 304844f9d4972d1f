import { CodedError, FormatError } from '../../protocol/errors.ts';
import type { FeedId } from '../../protocol/ids.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import {
  type DecodedLogEntry,
  decodeLogEntry,
  NO_RECORD,
  openLogBody,
  verifyLogEntry,
} from '../../protocol/log-entry.ts';
import type { RegisterState } from '../core/merge/merge-jobs.ts';
import { settleRegisters, takeRegisters } from '../core/settle-registers.ts';
import type { Operation } from '../effects/key-value-store.ts';
import type { FeedHead } from '../store/feeds.ts';
import { IndexDraft } from '../store/index-draft.ts';
import type { FolderContext } from './context.ts';
import type { OnEntries, Publisher } from './publish.ts';

/** Entries merged in one turn: enough to share its costs, few enough not to keep others waiting. */
const TURN_ENTRIES = 32;

/** Entries that arrived before what they follow, kept until it comes. Beyond that they are asked for again later. */
const HELD_BYTES = 32 * 1024 * 1024;

interface Accepted {
  readonly bytes: Uint8Array;
  readonly entry: DecodedLogEntry;
  readonly body: LogBody;
}

/** Validates log entries of others, merges them in causal order, and commits what they come to. */
export class Receiver {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #onEntries: OnEntries;
  readonly #onRemoteChange: () => void;
  /** By feed and sequence. */
  readonly #held = new Map<string, Uint8Array>();
  #heldBytes = 0;
  /** Feeds that sent something no honest device sends, and why: nothing more is taken from them. */
  readonly #frozen = new Map<FeedId, string>();

  constructor(context: FolderContext, publisher: Publisher, onEntries: OnEntries, onRemoteChange: () => void) {
    this.#context = context;
    this.#publisher = publisher;
    this.#onEntries = onEntries;
    this.#onRemoteChange = onRemoteChange;
  }

  frozen(): ReadonlyMap<FeedId, string> {
    return this.#frozen;
  }

  /** Throws FormatError when an entry is not what any device of the folder would send. */
  async receive(entries: readonly Uint8Array[]): Promise<void> {
    const decoded = entries.map((bytes) => ({ bytes, entry: decodeLogEntry(bytes) }));
    for (const { entry } of decoded) {
      if (entry.header.folder !== this.#context.config.folder) throw new FormatError('a log entry of another folder');
    }
    await this.#context.turn.take(async () => {
      for (const { bytes, entry } of decoded) this.#hold(entry, bytes);
      let batch = this.#nextBatch();
      while (batch.length > 0) {
        await this.#merge(batch);
        batch = this.#nextBatch();
      }
    });
  }

  #hold(entry: DecodedLogEntry, bytes: Uint8Array): void {
    const { feeds } = this.#context;
    if (entry.header.sequence <= (feeds.head(entry.feed)?.sequence ?? 0)) return;
    const key = heldKey(entry.feed, entry.header.sequence);
    if (this.#held.has(key) || this.#heldBytes + bytes.length > HELD_BYTES) return;
    this.#held.set(key, bytes);
    this.#heldBytes += bytes.length;
  }

  /** Takes the entries that can be merged now, in an order in which each follows all that it had seen. */
  #nextBatch(): readonly Accepted[] {
    const { feeds, membership } = this.#context;
    const reached = new Map(feeds.heads().map((head) => [head.feed, head]));
    const followed = new Map<FeedId, number>();
    const batch: Accepted[] = [];
    let found = true;
    while (found && batch.length < TURN_ENTRIES) {
      found = false;
      for (const [key, bytes] of this.#held) {
        const entry = decodeLogEntry(bytes);
        const head = reached.get(entry.feed);
        if (entry.header.sequence !== (head?.sequence ?? 0) + 1) continue;
        const accepted = this.#accept(entry, bytes, head);
        if (accepted === 'refused') this.#drop(key, bytes);
        if (accepted === 'refused' || accepted === 'later') continue;
        // Of a device that is no member any more, only what a member's entry follows: it may have written the rest since.
        const counts = membership.isMember(entry.header.device) || isFollowed(entry, followed);
        if (!counts) continue;
        if (follow(accepted.body.seen, followed)) found = true;
        if (accepted.body.seen.some(({ feed, sequence }) => (reached.get(feed)?.sequence ?? 0) < sequence)) continue;
        this.#drop(key, bytes);
        reached.set(entry.feed, headOf(entry));
        batch.push(accepted);
        found = true;
        if (batch.length >= TURN_ENTRIES) break;
      }
    }
    return batch;
  }

  #drop(key: string, bytes: Uint8Array): void {
    this.#held.delete(key);
    this.#heldBytes -= bytes.length;
  }

  #accept(entry: DecodedLogEntry, bytes: Uint8Array, head: FeedHead | undefined): Accepted | 'refused' | 'later' {
    const { membership } = this.#context;
    if (this.#frozen.has(entry.feed)) return 'refused';
    const { device, membershipHeads, epoch } = entry.header;
    // By what its author knew, so that every device judges it alike, whatever it has heard since.
    const mayWrite = membership.mayWriteAt(device, membershipHeads);
    const keys = membership.keys(epoch);
    // Its author's admission, or the keys, may still be on their way.
    if (mayWrite === undefined || keys === undefined) return 'later';
    if (!mayWrite) return this.#refuse(entry, 'its device may not write here');
    // Before anything is held against its author: a peer may have made it up.
    if (!verifyLogEntry(entry)) return this.#refuse(entry, 'its signature is wrong');
    if (entry.header.previous !== (head?.last ?? NO_RECORD)) {
      return this.#freeze(entry, 'it does not follow the entry we have before it: two histories under one name');
    }
    try {
      return { bytes, entry, body: openLogBody(entry, keys) };
    } catch (error) {
      if (error instanceof FormatError) return this.#freeze(entry, error.message);
      throw error;
    }
  }

  #refuse(entry: DecodedLogEntry, why: string): 'refused' {
    const { logger } = this.#context;
    logger.warn('refused a log entry', { device: entry.header.device, sequence: entry.header.sequence, why });
    return 'refused';
  }

  #freeze(entry: DecodedLogEntry, why: string): 'refused' {
    const { membership, problems, emit } = this.#context;
    const name = membership.nameOf(entry.header.device.slice(0, 16));
    this.#frozen.set(entry.feed, why);
    problems.report('', 'bad-log', `the log of ${name} is not taken any further at ${entry.header.sequence}: ${why}`);
    emit('problem', { device: entry.header.device, detail: { code: 'bad-log', why } });
    return this.#refuse(entry, why);
  }

  async #merge(batch: readonly Accepted[]): Promise<void> {
    const { documents, feeds } = this.#context;
    const changes = batch.flatMap(({ entry, body }, index) =>
      body.changes.map((change) => ({ ...change, actor: entry.feed, index, epoch: entry.header.epoch })),
    );
    const epochs = new Set(changes.map(({ epoch }) => epoch));
    const registers: RegisterState[] = [];
    const operations: Operation[] = [];
    for (const epoch of [...epochs].toSorted((a, b) => a - b)) {
      const mine = changes.filter((change) => change.epoch === epoch);
      const merged = await documents.apply(epoch, mine);
      const bad = merged.refused[0];
      if (bad !== undefined) {
        await documents.forget();
        return this.#withoutCulprit(batch, mine[bad.index]?.index ?? 0, bad.reason);
      }
      registers.push(...merged.registers);
      operations.push(...merged.operations);
    }
    const draft = new IndexDraft(this.#context.index);
    const { device, membership } = this.#context;
    const mayWrite = membership.mayWrite(device.id);
    const settled = mayWrite
      ? settleRegisters(draft, registers, (author) => membership.nameOf(author))
      : takeRegisters(draft, registers);
    for (const { entry } of settled.rivals) this.#context.emit('conflict', { detail: { entry } });
    const heads = new Map<FeedId, FeedHead>();
    for (const { entry, bytes } of batch) {
      const head = headOf(entry);
      heads.set(entry.feed, head);
      operations.push(...feeds.append(head, bytes));
    }
    const publishable = mayWrite ? settled.changes : [];
    await this.#publisher.commit(draft, publishable, operations, [...heads.values()]);
    for (const [feed, head] of heads) {
      const entries = batch.filter(({ entry }) => entry.feed === feed).map(({ bytes }) => bytes);
      this.#onEntries(head, entries, 'elsewhere');
    }
    this.#context.emit('received', { detail: { registers: registers.length, entries: batch.length } });
    this.#onRemoteChange();
  }

  /** Everything before the entry that was refused is fine and is merged again without it. */
  async #withoutCulprit(batch: readonly Accepted[], index: number, reason: string): Promise<void> {
    const culprit = batch[index];
    if (culprit === undefined) throw new CodedError('internal', `a change was refused that nobody sent: ${reason}`);
    this.#freeze(culprit.entry, reason);
    const rest = batch.slice(0, index);
    for (const later of batch.slice(index + 1)) this.#hold(later.entry, later.bytes);
    if (rest.length > 0) await this.#merge(rest);
  }
}

function isFollowed({ feed, header }: DecodedLogEntry, followed: ReadonlyMap<FeedId, number>): boolean {
  return (followed.get(feed) ?? 0) >= header.sequence;
}

/** Notes how far an entry that counts follows other logs. Returns true when that is further than known. */
function follow(seen: LogBody['seen'], followed: Map<FeedId, number>): boolean {
  const further = seen.filter(({ feed, sequence }) => (followed.get(feed) ?? 0) < sequence);
  for (const { feed, sequence } of further) followed.set(feed, sequence);
  return further.length > 0;
}

function heldKey(feed: FeedId, sequence: number): string {
  return `${feed}/${sequence}`;
}

function headOf(entry: DecodedLogEntry): FeedHead {
  const { device, instance, sequence } = entry.header;
  return { feed: entry.feed, device, instance, sequence, last: entry.id };
}
