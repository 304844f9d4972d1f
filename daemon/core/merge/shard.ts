import * as Automerge from '@automerge/automerge';
import { FormatError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { compareOpIds, type OpId } from './change-format.ts';

/** One of the values of a register, and the operation that put it. */
export interface RegisterValue extends OpId {
  readonly value: Uint8Array;
}

type Handle = ReturnType<typeof Automerge.getBackend>;
const ROOT = '_root';

/**
 * One Automerge document that holds registers. The only file that knows Automerge.
 *
 * It uses the handle behind the JavaScript API (`getBackend`, exported but marked hidden): that API copies the whole
 * root object on every change, and offers neither reads at older heads nor uncompressed saves. The version is pinned,
 * and test/unit/core/merge-automerge.test.ts holds all that this file relies on.
 *
 * Methods throw what Automerge throws. After an error for which `isWasmTrap` holds, every later call fails.
 */
export class ShardDocument {
  readonly #handle: Handle;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Hashes of the changes that no other change builds on, ascending. */
  heads(): readonly string[] {
    return this.#handle.getHeads().sort();
  }

  /** The changes must be valid (change-validator.ts), new, and in causal order. */
  apply(changes: readonly Uint8Array[]): void {
    this.#handle.applyChanges([...changes]);
  }

  /** The concurrent values of a register, the winner first, then by falling operation id. Empty: never written. */
  values(key: string): readonly RegisterValue[] {
    return this.#handle.getAll(ROOT, key).map(toRegisterValue).sort(winnerFirst);
  }

  /** The same as it looked to a device that knew just `heads` and what they build on. All of them must be known. */
  valuesAt(key: string, heads: readonly string[]): readonly RegisterValue[] {
    return this.#handle
      .getAll(ROOT, key, [...heads])
      .map(toRegisterValue)
      .sort(winnerFirst);
  }

  /** Counter of a change's last operation; undefined when the change is not known. */
  maxOpOf(hash: string): number | undefined {
    return this.#handle.getChangeMetaByHash(hash)?.maxOp;
  }

  /** Not compressed: the bytes are mostly random, and deflate would cost six times the rest for a twentieth. */
  save(): Uint8Array {
    return this.#handle.saveNoCompress();
  }

  /** To be called once, at the end: memory of the wasm instance is not collected. */
  free(): void {
    this.#handle.free();
  }
}

/** New documents are copies of this one, at a quarter of the cost of `init`. Its actor never writes. */
let emptyHandle: Handle | undefined;
const NOBODY = '00';

export function createShardDocument(): ShardDocument {
  return new ShardDocument(cloneEmpty());
}

/** Loads what `save` returned. Damage mostly throws, but some of it shows only in the heads: compare them. */
export function loadShardDocument(saved: Uint8Array): ShardDocument {
  const handle = cloneEmpty();
  try {
    handle.loadIncremental(saved);
  } catch (error) {
    handle.free();
    throw error;
  }
  return new ShardDocument(handle);
}

/** True when the whole wasm instance is lost, not just this call: nothing helps but a new process or worker. */
export function isWasmTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || /module terminated/i.test(error.message));
}

export function winnerFirst(left: OpId, right: OpId): number {
  return compareOpIds(right, left);
}

function cloneEmpty(): Handle {
  emptyHandle ??= Automerge.getBackend(Automerge.init({ actor: NOBODY }));
  return emptyHandle.clone(NOBODY);
}

function toRegisterValue([type, value, id]: readonly unknown[]): RegisterValue {
  const [counter, actor] = String(id).split('@');
  if (type !== 'bytes' || !(value instanceof Uint8Array) || actor === undefined) {
    throw new FormatError('a shard holds something that is not a register');
  }
  return { value, counter: Number(counter), actor: actor as FeedId };
}
