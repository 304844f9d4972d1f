import type { KeyValueStore, Operation } from '../../daemon/effects/key-value-store.ts';
import { OrderedWrites } from '../../daemon/node/ordered-writes.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { Choose } from './disk/choices.ts';
import { Killed, Operations } from './disk/operations.ts';
import { Rows } from './store-rows.ts';

export interface VirtualStoreSettings {
  /** Shared with the disk of the same device. */
  readonly operations?: Operations;
  /** Resolves when a batch gets its turn; at once unless told otherwise. */
  readonly latency?: () => Promise<void>;
}

/** A copy of a database, for backups and clones. */
export interface StoreImage {
  readonly rows: Rows;
}

/**
 * A database in memory that behaves as LevelDB does on a machine that can die. A killed process loses only batches that
 * were not written yet. A power cut keeps all up to the last durable batch, and any number of the batches after it, in
 * order and each in full. After a write that failed all others fail too, until it is opened again; whether the one that
 * failed is there then is open.
 */
export class VirtualStore {
  readonly operations: Operations;
  /** Rows that were read in ranges, or written, so far. */
  rows = 0;
  readonly #latency: () => Promise<void>;
  #durable = new Rows();
  #visible = new Rows();
  /** Batches that are visible and not durable. */
  #waiting: (readonly Operation[])[] = [];
  /** The batch whose writing failed half way. */
  #doubtful: readonly Operation[] | undefined;
  /** True from a write that failed to the moment at which it is opened anew. */
  #failed = false;
  /** Rows that were damaged on the disk. */
  readonly #damaged = new Set<string>();
  #session: { ended: boolean } | undefined;

  constructor(settings: VirtualStoreSettings = {}) {
    this.operations = settings.operations ?? new Operations();
    this.#latency = settings.latency ?? (() => Promise.resolve());
  }

  /** Rejects with 'home-locked' when a process has it open. */
  async open(): Promise<KeyValueStore> {
    if (this.#session !== undefined) throw new CodedError('home-locked', 'the state database is in use');
    const session = { ended: false };
    this.#session = session;
    return Promise.resolve(this.#handle(session));
  }

  /** The process ends. What it was doing never returns to it. */
  kill(): void {
    this.#endSession();
    this.#reopen();
    this.operations.restarted();
  }

  /** The power goes. `choose` says how many batches after the last durable one survive. */
  powerCut(choose: Choose): void {
    this.#endSession();
    if (this.#doubtful !== undefined) this.#waiting.push(this.#doubtful);
    this.#rebuild(choose(this.#waiting.length + 1));
    this.#settle();
    this.operations.restarted();
  }

  /** How many batches a power cut would decide over now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A copy of all that is there. Take it of a database that nobody has open, as a backup would have to. */
  image(): StoreImage {
    return { rows: this.#visible.copy() };
  }

  /** Puts a copy in place of what is there: an old backup, or another device's. Nobody may have it open. */
  restore(image: StoreImage): void {
    this.#endSession();
    this.#visible = image.rows.copy();
    this.#durable = image.rows.copy();
    this.#waiting = [];
    this.#doubtful = undefined;
    this.#failed = false;
    this.#damaged.clear();
  }

  /** Deletes it. */
  erase(): void {
    this.restore({ rows: new Rows() });
  }

  /** Keys in order, as a person with a tool would see them. */
  keys(): readonly Uint8Array[] {
    return this.#visible.keys();
  }

  /** Bytes of a row changed on the disk: reading it says 'state-damaged' until it is written again. */
  damage(key: Uint8Array): void {
    this.#damaged.add(Rows.text(key));
  }

  /** A row that the disk lost: nobody can tell that it was ever there. */
  lose(key: Uint8Array): void {
    this.#visible.apply([{ kind: 'delete', key }]);
    this.#durable.apply([{ kind: 'delete', key }]);
  }

  #handle(session: { ended: boolean }): KeyValueStore {
    let open = true;
    const requireOpen = (): void => {
      if (session.ended) throw new Killed();
      if (!open) throw new Error('the store is closed');
    };
    const writes = new OrderedWrites<Operation>((batch, durable) => this.#write(session, batch, durable));
    return {
      get: (key) => {
        requireOpen();
        this.#passRead('get', key);
        this.#requireWhole(key);
        return this.#visible.get(key);
      },
      range: (range) =>
        this.#alive(session, () => {
          requireOpen();
          this.#passRead('range', range.from);
          const rows = this.#visible.range(range);
          for (const [key] of rows) this.#requireWhole(key);
          this.rows += rows.length;
          return rows;
        }),
      write: async (batch, { durable }) => {
        if (session.ended) return never();
        requireOpen();
        return writes.write(batch.map(ownCopy), durable);
      },
      recover: () =>
        this.#alive(session, () => {
          requireOpen();
          this.#passOpen();
          if (this.#failed) this.#reopen();
        }),
      close: async () => {
        if (session.ended) return never();
        open = false;
        await writes.idle();
        if (this.#session === session) this.#session = undefined;
      },
    };
  }

  async #write(session: { ended: boolean }, batch: readonly Operation[], durable: boolean): Promise<void> {
    await this.#latency();
    return this.#alive(session, () => {
      const subject = batch[0] === undefined ? '' : kindOf(batch[0].key);
      const fault = this.operations.pass('store', durable ? 'write-durable' : 'write', subject);
      if (this.#failed) throw writeError('EIO');
      this.#failed = fault?.kind === 'error' || fault?.kind === 'half' || fault?.kind === 'lost-sync';
      if (fault?.kind === 'half' || fault?.kind === 'lost-sync') this.#doubtful = batch;
      if (fault?.kind === 'error' || fault?.kind === 'half') throw writeError(fault.code);
      if (fault?.kind === 'lost-sync') throw writeError('EIO');
      this.#visible.apply(batch);
      this.rows += batch.length;
      for (const { key } of batch) this.#damaged.delete(Rows.text(key));
      this.#waiting.push(batch);
      if (durable) this.#settle();
    });
  }

  /** What a process that was killed waits for does not come. */
  async #alive<Result>(session: { ended: boolean }, work: () => Result): Promise<Result> {
    if (session.ended) return never();
    try {
      return await Promise.resolve(work());
    } catch (error) {
      if (error instanceof Killed) return never();
      throw error;
    }
  }

  #passOpen(): void {
    const fault = this.operations.pass('store', 'open', '');
    if (fault?.kind === 'error' || fault?.kind === 'half') throw readError(fault.code);
  }

  /** What was visible stays so, and what failed half way is there now. */
  #reopen(): void {
    if (this.#doubtful !== undefined) this.#waiting.push(this.#doubtful);
    this.#rebuild(this.#waiting.length);
  }

  #passRead(call: string, key: Uint8Array): void {
    const fault = this.operations.pass('store', call, kindOf(key));
    if (fault?.kind === 'error' || fault?.kind === 'half') throw readError(fault.code);
  }

  #requireWhole(key: Uint8Array): void {
    if (this.#damaged.size > 0 && this.#damaged.has(Rows.text(key))) throw readError('EIO');
  }

  #endSession(): void {
    if (this.#session !== undefined) this.#session.ended = true;
    this.#session = undefined;
  }

  #settle(): void {
    for (const batch of this.#waiting) this.#durable.apply(batch);
    this.#waiting = [];
  }

  #rebuild(kept: number): void {
    this.#waiting = this.#waiting.slice(0, kept);
    this.#doubtful = undefined;
    this.#failed = false;
    this.#visible = this.#durable.copy();
    for (const batch of this.#waiting) this.#visible.apply(batch);
  }
}

function ownCopy(operation: Operation): Operation {
  const key = operation.key.slice();
  return operation.kind === 'put' ? { kind: 'put', key, value: operation.value.slice() } : { kind: 'delete', key };
}

function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}

/** Every key starts with one ASCII letter for the kind of its row. */
function kindOf(key: Uint8Array): string {
  return String.fromCharCode(key[0] ?? 0);
}

function writeError(code: string): Error {
  const reason = code === 'ENOSPC' ? 'No space left on device' : 'Input/output error';
  return new CodedError('state-unusable', `The state database can not be written (${reason}).`);
}

function readError(code: string): CodedError {
  return code === 'EIO'
    ? new CodedError('state-damaged', 'A row in the state database is damaged.')
    : new CodedError('state-unusable', `The state database can not be used (${code}).`);
}
