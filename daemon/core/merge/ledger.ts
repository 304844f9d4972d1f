import type { FeedId } from '../../../protocol/ids.ts';
import type { HashedChange } from './change-format.ts';

/** The last change of one actor in one shard. */
export interface LastChange {
  readonly seq: number;
  /** Counter of its last operation. */
  readonly maxOp: number;
  readonly hash: string;
}

/** Where the history of a shard ends: what the next change is made from or checked against, without asking Automerge. */
export class Ledger {
  /** Hashes of the changes that no other change builds on, ascending. */
  #heads: readonly string[];
  readonly #actors: Map<FeedId, LastChange>;
  #maxOp = 0;

  constructor(heads: readonly string[] = [], actors: Iterable<readonly [FeedId, LastChange]> = []) {
    this.#heads = heads;
    this.#actors = new Map(actors);
    for (const { maxOp } of this.#actors.values()) this.#maxOp = Math.max(this.#maxOp, maxOp);
  }

  get heads(): readonly string[] {
    return this.#heads;
  }

  /** Highest counter of any operation; 0 when there is none. */
  get maxOp(): number {
    return this.#maxOp;
  }

  /** Ascending by actor. */
  get actors(): readonly (readonly [FeedId, LastChange])[] {
    return [...this.#actors].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  lastOf(actor: FeedId): LastChange | undefined {
    return this.#actors.get(actor);
  }

  /** Counter of a change's last operation, when it is the last change of its actor; each head is. */
  maxOpOf(hash: string): number | undefined {
    for (const last of this.#actors.values()) {
      if (last.hash === hash) return last.maxOp;
    }
    return undefined;
  }

  /** What a change of `actor` made now would name as its dependencies: the heads and its own last change. */
  depsFor(actor: FeedId): readonly string[] {
    const own = this.#actors.get(actor)?.hash;
    return own === undefined || this.#heads.includes(own) ? this.#heads : [...this.#heads, own].sort();
  }

  /** The change must be valid and new. */
  record(change: HashedChange): void {
    const maxOp = change.startOp + change.ops.length - 1;
    this.#actors.set(change.actor, { seq: change.seq, maxOp, hash: change.hash });
    this.#maxOp = Math.max(this.#maxOp, maxOp);
    this.#heads = [...this.#heads.filter((head) => !change.deps.includes(head)), change.hash].sort();
  }
}
