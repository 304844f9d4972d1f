import { fromHex, toHex } from '../../protocol/bytes.ts';
import { decode, encode, readArray, readBytes, readInteger } from '../../protocol/codec.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { FrontierItem } from '../../protocol/frontier.ts';
import type { DeviceId, FeedId, InstanceId, RecordId } from '../../protocol/ids.ts';
import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { folderKey, unsigned64 } from './keys.ts';
import { rowsUnder } from './pages.ts';

/** How far one feed is known here, durably. */
export interface FeedHead extends FrontierItem {
  readonly feed: FeedId;
  /** Id of the entry at `sequence`. */
  readonly last: RecordId;
}

/** The logs of one folder: who wrote how much, and the signed entries themselves. */
export class Feeds {
  readonly #store: KeyValueStore;
  readonly #folder: number;
  readonly #heads = new Map<FeedId, FeedHead>();

  constructor(store: KeyValueStore, folder: number) {
    this.#store = store;
    this.#folder = folder;
  }

  async load(): Promise<void> {
    for (const [key, row] of await rowsUnder(this.#store, folderKey('f', this.#folder))) {
      const feed = toHex(key.subarray(5)) as FeedId;
      const fields = readArray(decode(row), 4);
      this.#heads.set(feed, {
        feed,
        device: toHex(readBytes(fields[0], 32)) as DeviceId,
        instance: toHex(readBytes(fields[1], 16)) as InstanceId,
        sequence: readInteger(fields[2], 1, Number.MAX_SAFE_INTEGER),
        last: toHex(readBytes(fields[3], 32)) as RecordId,
      });
    }
  }

  head(feed: FeedId): FeedHead | undefined {
    return this.#heads.get(feed);
  }

  heads(): readonly FeedHead[] {
    return [...this.#heads.values()].toSorted((a, b) => (a.feed < b.feed ? -1 : 1));
  }

  frontier(): readonly FrontierItem[] {
    return this.heads().map(({ device, instance, sequence }) => ({ device, instance, sequence }));
  }

  /** Stores one entry that continues its feed; the caller commits, then calls `advance`. */
  append(head: FeedHead, bytes: Uint8Array): readonly Operation[] {
    const value = encode([fromHex(head.device), fromHex(head.instance), head.sequence, fromHex(head.last)]);
    return [
      { kind: 'put', key: this.#entryKey(head.feed, head.sequence), value: bytes },
      { kind: 'put', key: folderKey('f', this.#folder, fromHex(head.feed)), value },
    ];
  }

  /** After the commit. */
  advance(head: FeedHead): void {
    this.#heads.set(head.feed, head);
  }

  /**
   * Entries of a feed from a sequence on, until `limitBytes` are reached (at least one).
   * Throws 'state-damaged' when one that was stored is missing.
   */
  async read(feed: FeedId, from: number, limitBytes: number): Promise<readonly Uint8Array[]> {
    const head = this.#heads.get(feed);
    if (head === undefined || from > head.sequence) return [];
    const found: Uint8Array[] = [];
    let bytes = 0;
    for (let sequence = from; sequence <= head.sequence && bytes < limitBytes; sequence++) {
      const entry = this.#store.get(this.#entryKey(feed, sequence));
      if (entry === undefined) {
        throw new CodedError(
          'state-damaged',
          `entry ${sequence} of a log is missing from the state of this device: the database lost it. Remove the folder ` +
            'here with "sheaf remove" and join it again with a new ticket; the files are kept and recognised.',
        );
      }
      found.push(entry);
      bytes += entry.length;
    }
    return found;
  }

  #entryKey(feed: FeedId, sequence: number): Uint8Array {
    return folderKey('l', this.#folder, fromHex(feed), unsigned64(sequence));
  }
}
