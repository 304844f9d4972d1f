import { CodedError, FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, FeedId } from '../../../protocol/ids.ts';
import type { LogBody } from '../../../protocol/log-body.ts';
import {
  type DecodedLogEntry,
  decodeLogEntry,
  NO_RECORD,
  openLogBody,
  verifyLogEntry,
} from '../../../protocol/log-entry.ts';
import type { RegisterState } from '../../core/merge/merge-jobs.ts';
import { settleRegisters, takeRegisters } from '../../core/settle-registers.ts';
import type { Operation } from '../../effects/key-value-store.ts';
import type { FeedHead } from '../../store/feeds.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import type { FolderContext } from '../context.ts';
import { ClosedLogs } from './closed-logs.ts';
import { EarlyEntries, type EarlyEntry } from './early-entries.ts';
import { follow, isFollowed, isReached } from './following.ts';
import type { OnEntries, Publisher } from './publish.ts';
import { recallForgotten } from './recall.ts';
import { SettlingPause } from './settling-pause.ts';

/** Entries merged in one turn: enough to share its costs, few enough not to keep others waiting. */
const TURN_ENTRIES = 32;

interface Accepted {
  readonly bytes: Uint8Array;
  readonly entry: DecodedLogEntry;
  readonly body: LogBody;
  readonly from: DeviceId;
}

/** Refused: no honest device sends it; dropped: of a log not taken any further; later: can't be judged yet. */
type Not = 'refused' | 'dropped' | 'later';

/** Validates log entries of others, merges them in causal order, and commits what they come to. */
export class Receiver {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #onEntries: OnEntries;
  readonly #onRemoteChange: () => void;
  readonly #early = new EarlyEntries();
  readonly #closed: ClosedLogs;
  readonly pause: SettlingPause;
  /** While false nothing is settled here: old conflicts of a history half heard were settled by others long ago. */
  heardAll: boolean;

  constructor(context: FolderContext, publisher: Publisher, onEntries: OnEntries, onRemoteChange: () => void) {
    this.#context = context;
    this.#closed = new ClosedLogs(context.feeds);
    this.heardAll = context.config.scanned || context.membership.current.members.length < 2;
    this.pause = new SettlingPause(context, () => this.again());
    this.#publisher = publisher;
    this.#onEntries = onEntries;
    this.#onRemoteChange = onRemoteChange;
  }

  /** Logs that said something no honest device says, and what that was. */
  frozen(): ReadonlyMap<FeedId, string> {
    return this.#closed.frozen();
  }

  /** False for a log of which nothing is taken, so that nobody need be asked for it. */
  takes(feed: FeedId, device: DeviceId): boolean {
    return this.#closed.takes(feed, device);
  }

  /**
   * Returns the logs they are of. Throws FormatError when an entry is not what any device of the folder would send.
   * @param from the member that sent them
   */
  async receive(entries: readonly Uint8Array[], from: DeviceId): Promise<ReadonlySet<FeedId>> {
    const decoded = entries.map((bytes) => ({ bytes, entry: decodeLogEntry(bytes) }));
    for (const { entry } of decoded) {
      if (entry.header.folder !== this.#context.config.folder) throw new FormatError('a log entry of another folder');
    }
    const { turn, feeds } = this.#context;
    await turn.take(async () => {
      const news = decoded.filter(
        ({ entry: { feed, header } }) =>
          header.sequence > (feeds.head(feed)?.sequence ?? 0) && this.#closed.takes(feed, header.device),
      );
      const early = news.map(({ bytes, entry }) => this.#early.add(entry, bytes, from));
      try {
        if (!this.pause.defers()) await this.#mergeAll();
      } finally {
        this.#early.trim(from, early);
      }
    });
    return new Set(decoded.map(({ entry }) => entry.feed));
  }

  /** Membership has changed: entries may have waited for their author's admission. */
  async again(): Promise<void> {
    await this.#context.turn.take(() => this.#mergeAll());
  }

  /** A member is gone: what it sent and nobody could use yet is asked of others. */
  forget(from: DeviceId): void {
    this.#early.forget(from);
  }

  /** Bytes of entries that wait for others. */
  get waitingBytes(): number {
    return this.#early.bytes;
  }

  async #mergeAll(): Promise<void> {
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#merge(batch);
  }

  /** Takes the entries that can be merged now, in an order in which each follows all that it had seen. */
  #nextBatch(): readonly Accepted[] {
    const reached = new Map(this.#context.feeds.heads().map((head) => [head.feed, head]));
    const followed = new Map<FeedId, number>();
    const batch: Accepted[] = [];
    let found = true;
    while (found && batch.length < TURN_ENTRIES) {
      found = false;
      for (const first of this.#early.next(reached)) {
        let early: EarlyEntry | undefined = first;
        while (early !== undefined && batch.length < TURN_ENTRIES) {
          const look = this.#look(early, reached, followed);
          if (look.further) found = true;
          if (look.accepted === undefined) break;
          const { entry } = look.accepted;
          const following = this.#early.after(early);
          this.#early.merged(entry.feed, entry.header.sequence);
          reached.set(entry.feed, headOf(entry));
          batch.push(look.accepted);
          found = true;
          early = following;
        }
      }
    }
    return batch;
  }

  /** Can this entry be merged after these? `further` when it vouches for more of other logs than is known. */
  #look(
    early: EarlyEntry,
    reached: ReadonlyMap<FeedId, FeedHead>,
    followed: Map<FeedId, number>,
  ): { readonly accepted?: Accepted; readonly further: boolean } {
    const { membership } = this.#context;
    const head = reached.get(early.feed);
    const { waitsFor } = early;
    // It may have gone with its sender's others, or another member's copy of it was taken.
    if (!this.#early.has(early)) return { further: false };
    if (waitsFor?.kind === 'membership' && waitsFor.not === membership.current) return { further: false };
    const entry = decodeLogEntry(early.bytes);
    // Of a device that is no member any more, only what a member's entry follows: it may have written the rest since.
    const counts = membership.isMember(entry.header.device) || isFollowed(entry, followed);
    if (waitsFor?.kind === 'entries') {
      if (!counts) return { further: false };
      const further = follow(waitsFor.seen, followed);
      if (!isReached(waitsFor.seen, reached)) return { further };
    }
    const accepted = this.#accept(entry, early, head);
    if (accepted === 'refused') {
      // Whoever sends one such entry has thousands: each costs a signature.
      this.#early.forget(early.from);
      return { further: false };
    }
    if (accepted === 'dropped') this.#early.forgetLog(early.feed);
    if (accepted === 'later') early.waitsFor = { kind: 'membership', not: membership.current };
    if (accepted === 'dropped' || accepted === 'later') return { further: false };
    const { seen } = accepted.body;
    early.waitsFor = { kind: 'entries', seen };
    if (!counts) return { further: false };
    const further = follow(seen, followed);
    return isReached(seen, reached) ? { accepted, further } : { further };
  }

  #accept(entry: DecodedLogEntry, { bytes, from }: EarlyEntry, head: FeedHead | undefined): Accepted | Not {
    const { membership } = this.#context;
    const { device, membershipHeads, epoch } = entry.header;
    if (!this.#closed.takes(entry.feed, device)) return 'dropped';
    // By what its author knew, so that every device judges it alike, whatever it has heard since.
    const mayWrite = membership.mayWriteAt(device, membershipHeads);
    const keys = membership.keys(epoch);
    // Its author's admission, or the keys, may still be on their way.
    if (mayWrite === undefined || keys === undefined) return 'later';
    if (!mayWrite) return this.#refuse(entry, 'its device may not write here');
    // Before anything is held against its author: a peer may have made it up.
    if (!verifyLogEntry(entry)) return this.#refuse(entry, 'its signature is wrong');
    if (head === undefined && !this.#closed.begin(device)) return this.#turnAway(entry);
    if (entry.header.previous !== (head?.last ?? NO_RECORD)) {
      return this.#freeze(entry, 'it does not follow the entry we have before it: two histories under one name');
    }
    try {
      return { bytes, entry, from, body: openLogBody(entry, keys) };
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

  #freeze(entry: DecodedLogEntry, why: string): 'dropped' {
    const { device, sequence } = entry.header;
    this.#closed.freeze(entry.feed, device, why);
    this.#tell(entry, `the log of ${this.#nameOf(device)} is not taken any further at ${sequence}: ${why}`, why);
    return 'dropped';
  }

  #turnAway(entry: DecodedLogEntry): 'dropped' {
    const why = 'it has begun more logs than a device needs';
    this.#tell(entry, `no other log of ${this.#nameOf(entry.header.device)} is taken: ${why}`, why);
    return 'dropped';
  }

  #nameOf(device: DeviceId): string {
    return this.#context.membership.nameOf(device.slice(0, 16));
  }

  #tell(entry: DecodedLogEntry, message: string, why: string): void {
    const { problems, emit } = this.#context;
    problems.report('', 'bad-log', message);
    emit('problem', { device: entry.header.device, detail: { code: 'bad-log', why } });
    this.#refuse(entry, why);
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
    const recalled = await recallForgotten(this.#context, draft, registers);
    const { device, membership } = this.#context;
    const settles = this.heardAll && membership.mayWrite(device.id);
    const settled = settles
      ? settleRegisters(draft, recalled, (author) => membership.nameOf(author))
      : takeRegisters(draft, recalled);
    for (const { entry } of settled.rivals) this.#context.emit('conflict', { detail: { entry } });
    const heads = new Map<FeedId, FeedHead>();
    for (const { entry, bytes } of batch) {
      const head = headOf(entry);
      heads.set(entry.feed, head);
      operations.push(...feeds.append(head, bytes));
    }
    const publishable = settles ? settled.changes : [];
    await this.#publisher.commit(draft, publishable, operations, [...heads.values()]);
    this.pause.settled(publishable.map(({ entry }) => entry));
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
    for (const later of batch.slice(index + 1)) this.#early.add(later.entry, later.bytes, later.from);
    if (rest.length > 0) await this.#merge(rest);
  }
}

function headOf(entry: DecodedLogEntry): FeedHead {
  const { device, instance, sequence } = entry.header;
  return { feed: entry.feed, device, instance, sequence, last: entry.id };
}
