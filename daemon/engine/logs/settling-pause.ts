import type { EntryId } from '../../../protocol/ids.ts';
import type { Timer } from '../../effects/clock.ts';
import type { FolderContext } from '../context.ts';

/** So often an entry may be settled again before anybody pauses: two or three rounds are what honest conflicts take. */
const FREE_ROUNDS = 3;
/** Pauses double from round to round, up to the longest, which is beyond any round trip on land. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
/** An entry that was not settled for so long starts anew. */
const FORGET_MS = 60_000;
/** Entries remembered. More that are settled again and again at once are slowed down by those that are. */
const REMEMBERED = 1000;

/**
 * Devices that settle one thing at the same moment, each by what it knows, may do so in different ways; then each settles
 * what the others did, at the same moment again, and so on. Whoever notices that it settles an entry again and again
 * lets what arrives wait, each device for another while: the first to go on has heard all others, and is heard by them.
 */
export class SettlingPause {
  readonly #context: Pick<FolderContext, 'clock' | 'random' | 'logger'>;
  readonly #goOn: () => Promise<void>;
  readonly #rounds = new Map<EntryId, { readonly count: number; readonly atMs: number }>();
  #untilMs = 0;
  #timer: Timer | undefined;
  /** Called when what waited was looked at. */
  onOver: () => void = () => undefined;

  /** @param goOn looks at what waits */
  constructor(context: Pick<FolderContext, 'clock' | 'random' | 'logger'>, goOn: () => Promise<void>) {
    this.#context = context;
    this.#goOn = goOn;
  }

  /** These entries were settled here, because of what others published. */
  settled(entries: Iterable<EntryId>): void {
    const { clock, random } = this.#context;
    const nowMs = clock.monotonicMs();
    let most = 0;
    for (const entry of new Set(entries)) {
      const before = this.#rounds.get(entry);
      const count = before === undefined || nowMs - before.atMs > FORGET_MS ? 1 : before.count + 1;
      most = Math.max(most, count);
      // The newest last, so that the oldest are forgotten first.
      this.#rounds.delete(entry);
      this.#rounds.set(entry, { count, atMs: nowMs });
    }
    for (const entry of this.#rounds.keys()) {
      if (this.#rounds.size <= REMEMBERED) break;
      this.#rounds.delete(entry);
    }
    if (most <= FREE_ROUNDS) return;
    const [byte = 128] = random.bytes(1);
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (most - FREE_ROUNDS));
    this.#untilMs = nowMs + (longestMs * byte) / 255;
  }

  /** True when what arrived has to wait: it will be looked at when the pause is over. Nearly always false. */
  defers(): boolean {
    const { clock, logger } = this.#context;
    const leftMs = this.#untilMs - clock.monotonicMs();
    if (leftMs <= 0) return false;
    this.#timer ??= clock.after(leftMs, () => {
      this.#timer = undefined;
      this.#goOn().then(
        () => this.onOver(),
        (error: unknown) => logger.error('what waited could not be merged', { error: String(error) }),
      );
    });
    return true;
  }
}
