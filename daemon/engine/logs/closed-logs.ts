import type { DeviceId, FeedId } from '../../../protocol/ids.ts';
import type { Feeds } from '../../store/feeds.ts';

/** Logs of one device: it begins another each time it has lost its state. One that wants more wears everybody else out. */
const LOGS_PER_DEVICE = 64;

/** The logs of which nothing more is taken, for what their authors did. */
export class ClosedLogs {
  readonly #feeds: Feeds;
  readonly #frozen = new Map<FeedId, string>();
  /** How many of those had not even begun, by device. */
  readonly #frozenAtStart = new Map<DeviceId, number>();
  readonly #full = new Set<DeviceId>();

  constructor(feeds: Feeds) {
    this.#feeds = feeds;
  }

  /** Logs that said something no honest device says, and what that was. */
  frozen(): ReadonlyMap<FeedId, string> {
    return this.#frozen;
  }

  /** False when nothing of this log is taken, so that nobody need be asked for it. */
  takes(feed: FeedId, device: DeviceId): boolean {
    return !this.#frozen.has(feed) && (this.#feeds.head(feed) !== undefined || !this.#full.has(device));
  }

  freeze(feed: FeedId, device: DeviceId, why: string): void {
    this.#frozen.set(feed, why);
    if (this.#feeds.head(feed) !== undefined) return;
    this.#frozenAtStart.set(device, (this.#frozenAtStart.get(device) ?? 0) + 1);
  }

  /** A device is proven to begin a log. Returns false when it has begun more than anybody needs, and takes no other. */
  begin(device: DeviceId): boolean {
    const begun = this.#feeds.heads().filter((head) => head.device === device).length;
    if (begun + (this.#frozenAtStart.get(device) ?? 0) < LOGS_PER_DEVICE) return true;
    this.#full.add(device);
    return false;
  }
}
