import type { ApiError } from '../../protocol/local-api.ts';
import type { Clock, Timer } from '../effects/clock.ts';
import { problemOf } from './disk/opened-root.ts';

/** A halted folder looks again this often whether the reason is gone. */
const CHECK_MS = 5000;
/** After an error that comes back every time, it looks ever more seldom, up to this. */
const CHECK_LAST_MS = 60_000;
/** Reasons to stop that may pass: the root comes back, a place is free again, a member brings keys or the right to write. */
const PASSING: ReadonlySet<string> = new Set(['root-missing', 'root-changed', 'parked', 'no-keys', 'role-changed']);
/** So may whatever the disk or the system did not let us do. */
const ERRNO = /^E[A-Z0-9]+$/;
/** A worker thread that died, for want of memory or by a bug of ours: there is another one for the next attempt. */
const WORKER_LOST = 'worker-lost';

/** Why a folder is halted, and when it tries to go on. */
export class Halt {
  readonly #clock: Clock;
  readonly #tryResume: () => void;
  #error: ApiError | undefined;
  #timer: Timer | undefined;
  #delayMs = CHECK_MS;

  constructor(clock: Clock, tryResume: () => void) {
    this.#clock = clock;
    this.#tryResume = tryResume;
  }

  get error(): ApiError | undefined {
    return this.#error;
  }

  /** Returns true when this is another reason than before. */
  set(error: unknown): boolean {
    const before = this.#error?.code;
    this.#error = asApiError(error);
    const { code } = this.#error;
    const mayStay = ERRNO.test(code) || code === WORKER_LOST;
    if (mayStay || PASSING.has(code)) {
      this.#timer?.cancel();
      this.#timer = this.#clock.after(mayStay ? this.#delayMs : CHECK_MS, this.#tryResume);
      if (mayStay) this.#delayMs = Math.min(this.#delayMs * 2, CHECK_LAST_MS);
    }
    return code !== before;
  }

  clear(): void {
    this.#error = undefined;
  }

  /** All is well: the next halt is the first again. */
  forget(): void {
    this.#delayMs = CHECK_MS;
  }

  stop(): void {
    this.#timer?.cancel();
  }
}

function asApiError(error: unknown): ApiError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  if (ERRNO.test(code)) return { code, message: `${problemOf(error).message}; it is tried again soon` };
  return { code, message: error instanceof Error ? error.message : String(error) };
}
