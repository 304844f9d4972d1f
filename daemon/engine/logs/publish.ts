import { CodedError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import type { SeenFeed, ShardChange } from '../../../protocol/log-body.ts';
import { encodeLogEntry, NO_RECORD } from '../../../protocol/log-entry.ts';
import type { RegisterChange } from '../../core/settle.ts';
import type { Operation } from '../../effects/key-value-store.ts';
import type { FeedHead } from '../../store/feeds.ts';
import type { IndexDraft } from '../../store/index-draft.ts';
import { currentKeys, type FolderContext } from '../context.ts';

/**
 * Bytes of changes put into one log entry. Registers hold mostly random bytes and deflate to about two thirds; this
 * leaves room below the limit of a sealed body even when nothing deflates.
 */
const ENTRY_CHANGE_BYTES = 224 * 1024;

/** Told when entries became durable here: sessions pass them on, `status` counts them. */
export type OnEntries = (head: FeedHead, entries: readonly Uint8Array[], from: 'here' | 'elsewhere') => void;

/**
 * Writes this device's register changes: documents, log entries and index rows in one durable batch, and only then
 * tells anybody. Runs inside a turn of the folder.
 */
export class Publisher {
  readonly #context: FolderContext;
  readonly #onEntries: OnEntries;
  /** Frontier that the newest entry of our own already mentions. */
  readonly #mentioned = new Map<FeedId, number>();

  constructor(context: FolderContext, onEntries: OnEntries) {
    this.#context = context;
    this.#onEntries = onEntries;
  }

  /**
   * Commits a draft and whatever it publishes.
   * @param also rows that belong to the same moment
   * @param heads feeds of others that go on in the same moment: what is published follows them
   */
  async commit(
    draft: IndexDraft,
    changes: readonly RegisterChange[],
    also: readonly Operation[] = [],
    heads: readonly FeedHead[] = [],
  ): Promise<void> {
    const context = this.#context;
    // Found out between a look at the disk and this: nothing of it may be signed, and the next look knows better.
    if (changes.length > 0 && !context.membership.mayWrite(context.device.id)) {
      throw new CodedError('role-changed', `this device may no longer write in ${context.config.name}`);
    }
    const prepared = changes.length === 0 ? undefined : await this.#prepare(changes, heads);
    const batch = [...draft.operations(), ...also, ...(prepared?.operations ?? [])];
    if (batch.length === 0) return;
    try {
      await context.store.write(batch, { durable: true });
    } catch (error) {
      if (prepared !== undefined || also.length > 0) await context.documents.forget();
      throw error;
    }
    context.documents.committed();
    for (const head of heads) context.feeds.advance(head);
    if (prepared === undefined || prepared.head === undefined) return;
    context.feeds.advance(prepared.head);
    for (const { feed, sequence } of prepared.seen) this.#mentioned.set(feed, sequence);
    this.#onEntries(prepared.head, prepared.entries, 'here');
    context.emit('published', { detail: { registers: changes.length, entries: prepared.entries.length } });
  }

  async #prepare(
    changes: readonly RegisterChange[],
    heads: readonly FeedHead[],
  ): Promise<{
    readonly operations: readonly Operation[];
    readonly entries: readonly Uint8Array[];
    readonly head: FeedHead | undefined;
    readonly seen: readonly SeenFeed[];
  }> {
    const { documents, feeds, feed, device, membership, clock, config } = this.#context;
    const keys = currentKeys(this.#context);
    const written = await documents.write(feed, keys.epoch, changes);
    const operations: Operation[] = [...written.operations];
    const entries: Uint8Array[] = [];
    let head = feeds.head(feed);
    let seen = this.#newlySeen(heads);
    const first = seen;
    for (const part of intoEntries(written.changes)) {
      const { bytes, id } = encodeLogEntry(
        {
          folder: config.folder,
          device: device.id,
          instance: config.instance,
          sequence: (head?.sequence ?? 0) + 1,
          previous: head?.last ?? NO_RECORD,
          epoch: keys.epoch,
          membershipHeads: membership.current.heads,
        },
        { seen, wallTime: clock.now(), changes: part },
        keys,
        device.signingKey,
      );
      head = { feed, device: device.id, instance: config.instance, sequence: (head?.sequence ?? 0) + 1, last: id };
      operations.push(...feeds.append(head, bytes));
      entries.push(bytes);
      seen = [];
    }
    return { operations, entries, head: entries.length === 0 ? undefined : head, seen: first };
  }

  /** Feeds that went on since our last entry mentioned them: what this entry causally follows. */
  #newlySeen(upcoming: readonly FeedHead[]): readonly SeenFeed[] {
    const { feeds, feed: own } = this.#context;
    const heads = new Map([...feeds.heads(), ...upcoming].map((head) => [head.feed, head]));
    return [...heads.values()]
      .toSorted((a, b) => (a.feed < b.feed ? -1 : 1))
      .filter(({ feed, sequence }) => feed !== own && this.#mentioned.get(feed) !== sequence)
      .map(({ feed, sequence }) => ({ feed, sequence }));
  }
}

function* intoEntries(changes: readonly ShardChange[]): Generator<readonly ShardChange[]> {
  let part: ShardChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    if (part.length > 0 && bytes + change.change.length > ENTRY_CHANGE_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(change);
    bytes += change.change.length;
  }
  if (part.length > 0) yield part;
}
