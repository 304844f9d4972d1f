import type { DeviceId } from '../../../protocol/ids.ts';
import type { SyncState } from '../../../protocol/message-types.ts';
import type { Clock } from '../../effects/clock.ts';

/** Questions to members that were not answered yet. */
export class Probes {
  readonly #clock: Clock;
  readonly #open = new Map<number, { readonly device: DeviceId; readonly settle: (state: SyncState) => void }>();
  #nextNonce = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends a question and resolves with its answer; undefined when none came in time. */
  ask(device: DeviceId, timeoutMs: number, send: (nonce: number) => void): Promise<SyncState | undefined> {
    const nonce = this.#nextNonce;
    this.#nextNonce = (this.#nextNonce % 0xffff_fffe) + 1;
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeoutMs, () => {
        this.#open.delete(nonce);
        resolve(undefined);
      });
      const settle = (state: SyncState): void => {
        timer.cancel();
        resolve(state);
      };
      this.#open.set(nonce, { device, settle });
      send(nonce);
    });
  }

  /** Only the member that was asked can answer. */
  answered(device: DeviceId, nonce: number, state: SyncState): void {
    const question = this.#open.get(nonce);
    if (question?.device !== device) return;
    this.#open.delete(nonce);
    question.settle(state);
  }
}
