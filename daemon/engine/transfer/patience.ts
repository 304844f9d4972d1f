import type { DeviceId } from '../../../protocol/ids.ts';
import type { Clock, Timer } from '../../effects/clock.ts';

/** A member that is asked for chunks and brings none for so long, the first time. Twice as long after each time. */
const LEAST_MS = 20_000;
const MOST_MS = 320_000;
/** A slower member is taken for one that brings nothing: what it brings buys it time at this rate. */
const BYTES_PER_SECOND = 32 * 1024;
/** For so many times as long as it kept us waiting nothing is asked of it, while there are others. */
const REST_FACTOR = 8;

interface State {
  patienceMs: number;
  deadlineMs: number;
  restUntilMs: number;
  timer: Timer | undefined;
  readonly watches: Set<() => void>;
}

/** One request under way. */
export interface Watch {
  /** Resolves when its member has been silent for too long. */
  readonly over: Promise<void>;
  /** The request is over; whatever way. */
  end(): void;
}

/** Who of those that are asked for chunks brings them, and how long the others are waited for. */
export class Patience {
  readonly #clock: Clock;
  readonly #states = new Map<DeviceId, State>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those worth asking: all but members that kept us waiting lately; all when there are no others. */
  amongst<Source extends { readonly device: DeviceId }>(sources: readonly Source[]): readonly Source[] {
    const now = this.#clock.monotonicMs();
    const awake = sources.filter(({ device }) => (this.#states.get(device)?.restUntilMs ?? now) <= now);
    return awake.length > 0 ? awake : sources;
  }

  watch(device: DeviceId): Watch {
    const state = this.#stateOf(device);
    if (state.watches.size === 0) state.deadlineMs = this.#clock.monotonicMs() + state.patienceMs;
    let giveUp = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    state.watches.add(giveUp);
    this.#arm(state);
    return {
      over,
      end: () => {
        state.watches.delete(giveUp);
        if (state.watches.size > 0) return;
        state.timer?.cancel();
        state.timer = undefined;
      },
    };
  }

  /** It brought so many bytes of what it was asked for, and they are what they should be. */
  brought(device: DeviceId, bytes: number): void {
    const state = this.#states.get(device);
    if (state === undefined) return;
    const bought = state.deadlineMs + (bytes * 1000) / BYTES_PER_SECOND;
    state.deadlineMs = Math.min(bought, this.#clock.monotonicMs() + state.patienceMs);
  }

  #stateOf(device: DeviceId): State {
    const known = this.#states.get(device);
    if (known !== undefined) return known;
    const state: State = {
      patienceMs: LEAST_MS,
      deadlineMs: 0,
      restUntilMs: Number.NEGATIVE_INFINITY,
      timer: undefined,
      watches: new Set(),
    };
    this.#states.set(device, state);
    return state;
  }

  #arm(state: State): void {
    const leftMs = state.deadlineMs - this.#clock.monotonicMs();
    state.timer ??= this.#clock.after(Math.max(1, leftMs), () => {
      state.timer = undefined;
      if (this.#clock.monotonicMs() < state.deadlineMs) this.#arm(state);
      else this.#giveUp(state);
    });
  }

  #giveUp(state: State): void {
    state.restUntilMs = this.#clock.monotonicMs() + REST_FACTOR * state.patienceMs;
    state.patienceMs = Math.min(MOST_MS, 2 * state.patienceMs);
    for (const giveUp of [...state.watches]) giveUp();
    state.watches.clear();
  }
}
