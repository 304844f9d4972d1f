/** Operations joined into one batch at most: longer batches hold up the reads and writes behind them. */
const JOINED_OPERATIONS = 5000;

interface Waiting<Operation> {
  readonly operations: readonly Operation[];
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes batches strictly one after another. LevelDB's own batches run on a pool of threads and overtake each other:
 * of 50 given at once the 49th was seen to win over the 50th. Batches that wait while one is written go together in
 * the next, so that many small durable writes share one flush.
 */
export class OrderedWrites<Operation> {
  readonly #writeBatch: (operations: readonly Operation[], durable: boolean) => Promise<void>;
  #waiting: Waiting<Operation>[] = [];
  #running: Promise<void> | undefined;

  constructor(writeBatch: (operations: readonly Operation[], durable: boolean) => Promise<void>) {
    this.#writeBatch = writeBatch;
  }

  /** Resolves when these operations, and all given before, are written. Rejects when any batch before them fails. */
  write(operations: readonly Operation[], durable: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operations, durable, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const joined = this.#takeNext();
      const operations =
        joined.length === 1 ? (joined[0]?.operations ?? []) : joined.flatMap((each) => each.operations);
      try {
        await this.#writeBatch(
          operations,
          joined.some((each) => each.durable),
        );
        for (const each of joined) each.resolve();
      } catch (error) {
        // What was given after a batch that failed was meant to come after it: none of it may be written alone.
        for (const each of [...joined, ...this.#waiting.splice(0)]) each.reject(error);
      }
    }
    this.#running = undefined;
  }

  #takeNext(): readonly Waiting<Operation>[] {
    let count = 0;
    let operations = 0;
    for (const each of this.#waiting) {
      operations += each.operations.length;
      if (count > 0 && operations > JOINED_OPERATIONS) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
