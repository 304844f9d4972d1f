import type { SyncState } from '../../../protocol/message-types.ts';
import type { Clock, Timer } from '../../effects/clock.ts';

/** `applied` is told at most this often. */
const EVERY_MS = 200;

/** Tells members how far this disk is, soon, and only when that is news. */
export class AppliedNews {
  readonly #clock: Clock;
  readonly #state: () => SyncState;
  readonly #tell: (state: SyncState) => void;
  #timer: Timer | undefined;
  #last = '';
  #stopped = false;

  constructor(clock: Clock, state: () => SyncState, tell: (state: SyncState) => void) {
    this.#clock = clock;
    this.#state = state;
    this.#tell = tell;
  }

  /** @param toSomebodyNew what was told before is news again */
  soon(toSomebodyNew = false): void {
    if (toSomebodyNew) this.#last = '';
    if (this.#stopped) return;
    this.#timer ??= this.#clock.after(EVERY_MS, () => {
      this.#timer = undefined;
      const state = this.#state();
      const told = JSON.stringify(state);
      if (told === this.#last) return;
      this.#last = told;
      this.#tell(state);
    });
  }

  /** For good: whoever stops closes what the state is read from. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}
