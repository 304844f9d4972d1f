export interface Timer {
  cancel(): void;
}

/** Time. `now` may jump with the user's clock; `monotonicMs` never goes back. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since some fixed moment of this run. */
  monotonicMs(): number;
  /** Calls once, not before `delayMs` have passed. A pending timer does not keep the process alive. */
  after(delayMs: number, call: () => void): Timer;
}
