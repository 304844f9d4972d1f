/**
 * One at a time: publishing, receiving and applying each read the index, decide, and commit, and none may see another
 * half-way.
 */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after all that came before; its failure is the caller's and does not stop those that follow. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
