/** Gives inodes their names: ours, never used twice, and the numbers that `stat` shows, which may be used again. */
export class InodeNumbers {
  #nextId = 1;
  #nextNumber = 2n;
  #free: bigint[] = [];

  /** `used` when the number belonged to something before. */
  take(): { readonly id: number; readonly number: bigint; readonly used: boolean } {
    const free = this.#free.pop();
    const id = this.#nextId++;
    return free === undefined ? { id, number: this.#nextNumber++, used: false } : { id, number: free, used: true };
  }

  giveBack(number: bigint): void {
    this.#free.push(number);
  }

  /** Numbers given back so far are not used again: their inodes may be there again after a power cut. */
  forgetFree(): void {
    this.#free = [];
  }

  /** Goes on after another disk's names. */
  follow(other: InodeNumbers): void {
    this.#nextId = other.#nextId;
    this.#nextNumber = other.#nextNumber;
    this.#free = [];
  }
}
