import type { KeyValueStore, Operation } from '../../daemon/effects/key-value-store.ts';

/**
 * A key-value store in memory. Never fails, keeps nothing, and hands out copies, so that a caller who changes a
 * buffer afterwards changes nothing here.
 */
export function createMemoryStore(): KeyValueStore {
  /** One character a byte, so that strings sort as the bytes do. */
  const values = new Map<string, Uint8Array>();
  let sorted: string[] | undefined = [];
  let open = true;

  const requireOpen = (): void => {
    if (!open) throw new Error('the store is closed');
  };
  const sortedKeys = (): readonly string[] => {
    // Code units, not `localeCompare`: the order of the bytes.
    sorted ??= [...values.keys()].sort();
    return sorted;
  };
  const apply = (operation: Operation): void => {
    const key = textOf(operation.key);
    if (operation.kind === 'put') {
      if (!values.has(key)) sorted = undefined;
      values.set(key, operation.value.slice());
    } else if (values.delete(key)) {
      sorted = undefined;
    }
  };

  return {
    get(key) {
      requireOpen();
      return values.get(textOf(key))?.slice();
    },
    async range({ from, to, limit = Number.POSITIVE_INFINITY, reverse = false }) {
      requireOpen();
      const keys = sortedKeys();
      const found = keys.slice(firstAtLeast(keys, textOf(from)), firstAtLeast(keys, textOf(to)));
      if (reverse) found.reverse();
      return found.slice(0, limit).map((key) => [bytesOf(key), values.get(key)?.slice() ?? new Uint8Array()] as const);
    },
    async write(batch) {
      requireOpen();
      for (const operation of batch) apply(operation);
    },
    async recover() {
      requireOpen();
    },
    async close() {
      open = false;
    },
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The index of the first of the sorted `keys` that is not before `key`. */
function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
