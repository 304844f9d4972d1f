/** Questions of one member that wait; it asks the oldest again when it hears nothing. */
const WAITING = 64;

/** How far we are, as one member wants to know it: each answer takes a scan, so what comes during one waits for the next. */
export class ProbeQueue {
  #nonces: number[] = [];
  #busy = false;

  /** @param answer called with all that wait, oldest first; one call at a time; must not reject */
  async add(nonce: number, answer: (nonces: readonly number[]) => Promise<void>): Promise<void> {
    this.#nonces = [...this.#nonces, nonce].slice(-WAITING);
    if (this.#busy) return;
    this.#busy = true;
    while (this.#nonces.length > 0) {
      const nonces = this.#nonces;
      this.#nonces = [];
      await answer(nonces);
    }
    this.#busy = false;
  }
}
