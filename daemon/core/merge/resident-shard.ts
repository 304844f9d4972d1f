import type { HashedChange, OpId } from './change-format.ts';
import { parseChange } from './change-parser.ts';
import { Ledger } from './ledger.ts';
import {
  createShardDocument,
  isWasmTrap,
  loadShardDocument,
  type RegisterValue,
  type ShardDocument,
  winnerFirst,
} from './shard.ts';
import { shardDamaged } from './shard-damaged.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';

/** A shard as the caller stores it. */
export interface StoredShard {
  readonly shard: number;
  /** What `ShardUpdate.snapshot` last held; undefined before there was one. */
  readonly snapshot: Uint8Array | undefined;
  /** Changes after the snapshot, in order. */
  readonly tail: readonly Uint8Array[];
}

/** What to change in a `StoredShard`. */
export interface ShardUpdate {
  readonly shard: number;
  /** To go to the end of the tail. Empty when there is a snapshot. */
  readonly appended: readonly Uint8Array[];
  /** When set, replaces the snapshot; the stored tail is then to be dropped. */
  readonly snapshot: Uint8Array | undefined;
}

/**
 * A tail beyond either bound is folded into a new snapshot. The bound in bytes is at least half the snapshot's length,
 * so that an import does not save a growing shard over and over.
 */
const TAIL_BYTES = 16 * 1024;
const TAIL_CHANGES = 64;

/**
 * Memory of a shard, as measured: a document takes twice the bytes it was loaded from, and five times those of the changes
 * that were applied to it since.
 */
const BASE_BYTES = 4 * 1024;
const LOADED_FACTOR = 2;
const APPLIED_FACTOR = 5;

/**
 * One shard in memory. Recorded changes are first kept aside, where `values` sees them; Automerge gets them with
 * `flush`, many at once, because a call of it costs more than the operations in it.
 */
export class ResidentShard {
  readonly ledger: Ledger;
  #document: ShardDocument;
  #documentIsEmpty: boolean;
  /** Recorded, and not yet in the document. */
  #unapplied: Uint8Array[] = [];
  #unappliedBytes = 0;
  /** Of changes that the document was not loaded with. */
  #appliedBytes = 0;
  /** Recorded, and not yet in an update. */
  #unsaved: Uint8Array[] = [];
  /** The values of the registers that were read or recorded lately. */
  readonly #recent = new Map<string, readonly RegisterValue[]>();
  #recentBytes = 0;
  #snapshotBytes: number;
  #tailBytes = 0;
  #tailChanges = 0;
  #doubtful = false;

  private constructor(document: ShardDocument, ledger: Ledger, snapshotBytes: number) {
    this.#document = document;
    this.ledger = ledger;
    this.#snapshotBytes = snapshotBytes;
    this.#documentIsEmpty = snapshotBytes === 0;
  }

  /** Throws CodedError 'shard-damaged' when the bytes are not those that were stored. */
  static open(stored: StoredShard): ResidentShard {
    let document: ShardDocument | undefined;
    try {
      const snapshot = stored.snapshot && decodeSnapshot(stored.snapshot);
      document = snapshot ? loadShardDocument(snapshot.saved) : createShardDocument();
      const shard = new ResidentShard(document, snapshot?.ledger ?? new Ledger(), stored.snapshot?.length ?? 0);
      shard.#checkHeads();
      for (const bytes of stored.tail) shard.#recordTail(bytes);
      shard.flush();
      shard.#checkHeads();
      return shard;
    } catch (error) {
      if (isWasmTrap(error)) throw error;
      document?.free();
      throw shardDamaged(stored.shard, error);
    }
  }

  /** True when a snapshot failed its proof: what is in memory may be damaged and should be loaded anew. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  get approximateBytes(): number {
    const loaded = LOADED_FACTOR * this.#snapshotBytes;
    return BASE_BYTES + loaded + APPLIED_FACTOR * this.#appliedBytes + this.#unappliedBytes + this.#recentBytes;
  }

  /** The concurrent values of a register, the winner first, then by falling operation id. Empty: never written. */
  values(key: string): readonly RegisterValue[] {
    const known = this.#recent.get(key);
    if (known) return known;
    const values = this.#documentIsEmpty ? [] : this.#document.values(key);
    this.#remember(key, values);
    return values;
  }

  /** The same as it looked to a device that knew just `deps`, which must all be known, and what they build on. */
  valuesAt(key: string, deps: readonly string[]): readonly RegisterValue[] {
    // Values are only ever replaced: a register without any now had none before.
    if (this.values(key).length === 0) return [];
    this.flush();
    return this.#document.valuesAt(key, deps);
  }

  /** Counter of a change's last operation; undefined when the change is not known. */
  maxOpOf(hash: string): number | undefined {
    const last = this.ledger.maxOpOf(hash);
    if (last !== undefined) return last;
    this.flush();
    return this.#document.maxOpOf(hash);
  }

  /** The change must be valid here and now (change-validator.ts), and new. */
  record(change: HashedChange, bytes: Uint8Array): void {
    for (const [index, op] of change.ops.entries()) {
      const mine: RegisterValue = { value: op.value, actor: change.actor, counter: change.startOp + index };
      const others = this.values(op.key).filter((value) => !includesOp(op.preds, value));
      this.#remember(op.key, others.length === 0 ? [mine] : [mine, ...others].sort(winnerFirst));
    }
    this.ledger.record(change);
    this.#addUnapplied(bytes);
    this.#unsaved.push(bytes);
  }

  /** Brings the document up to date. Throws what Automerge throws; the shard is of no use then. */
  flush(): void {
    if (this.#unapplied.length === 0) return;
    this.#document.apply(this.#unapplied);
    this.#unapplied = [];
    this.#appliedBytes += this.#unappliedBytes;
    this.#unappliedBytes = 0;
    this.#documentIsEmpty = false;
    // Who wins among several values is Automerge's word, not ours.
    for (const [key, values] of this.#recent) {
      if (values.length > 1) this.#forget(key);
    }
  }

  /** What to store since the last call; undefined when nothing was recorded. Throws like `flush`. */
  takeUpdate(shard: number): ShardUpdate | undefined {
    const appended = this.#unsaved;
    if (appended.length === 0) return undefined;
    this.#unsaved = [];
    for (const bytes of appended) this.#tailBytes += bytes.length;
    this.#tailChanges += appended.length;
    const bound = Math.max(TAIL_BYTES, this.#snapshotBytes / 2);
    const snapshot = this.#tailBytes > bound || this.#tailChanges > TAIL_CHANGES ? this.#snapshot() : undefined;
    if (snapshot === undefined) return { shard, appended, snapshot };
    this.#snapshotBytes = snapshot.length;
    this.#tailBytes = 0;
    this.#tailChanges = 0;
    return { shard, appended: [], snapshot };
  }

  /** Drops the copies of values that the document can give again. */
  settle(): void {
    if (this.#unapplied.length > 0) return;
    this.#recent.clear();
    this.#recentBytes = 0;
  }

  /** To be called once, at the end. */
  free(): void {
    this.#document.free();
  }

  /**
   * A saved document that was seen to load again, which some versions of Automerge did not always do; undefined when it
   * does not. The loaded one takes the place of the old: it needs a third of its memory.
   */
  #snapshot(): Uint8Array | undefined {
    this.flush();
    const saved = this.#document.save();
    const copy = loadProven(saved, this.ledger.heads);
    if (copy === undefined) {
      this.#doubtful = true;
      return undefined;
    }
    this.#document.free();
    this.#document = copy;
    this.#appliedBytes = 0;
    return encodeSnapshot(this.ledger, saved);
  }

  #recordTail(bytes: Uint8Array): void {
    this.ledger.record(parseChange(bytes));
    this.#addUnapplied(bytes);
    this.#tailBytes += bytes.length;
    this.#tailChanges++;
  }

  #addUnapplied(bytes: Uint8Array): void {
    this.#unapplied.push(bytes);
    this.#unappliedBytes += bytes.length;
  }

  #checkHeads(): void {
    if (!sameHeads(this.#document.heads(), this.ledger.heads)) throw new Error('the heads are not those stored');
  }

  #remember(key: string, values: readonly RegisterValue[]): void {
    this.#forget(key);
    this.#recent.set(key, values);
    this.#recentBytes += recentBytesOf(values);
  }

  #forget(key: string): void {
    const values = this.#recent.get(key);
    if (values === undefined) return;
    this.#recent.delete(key);
    this.#recentBytes -= recentBytesOf(values);
  }
}

function loadProven(saved: Uint8Array, heads: readonly string[]): ShardDocument | undefined {
  try {
    const copy = loadShardDocument(saved);
    if (sameHeads(copy.heads(), heads)) return copy;
    copy.free();
  } catch (error) {
    if (isWasmTrap(error)) throw error;
  }
  return undefined;
}

function includesOp(ops: readonly OpId[], op: OpId): boolean {
  return ops.some(({ counter, actor }) => counter === op.counter && actor === op.actor);
}

function sameHeads(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((head, index) => head === right[index]);
}

/** A map slot, a key and an object or two take about as much as a hundred bytes. */
function recentBytesOf(values: readonly RegisterValue[]): number {
  return values.reduce((sum, { value }) => sum + value.length + 64, 64);
}
