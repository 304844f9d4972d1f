import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyValueStore, Operation } from '../../daemon/effects/key-value-store.ts';

/** The contract of `daemon/effects/key-value-store.ts`. `open` gives an empty store, `cleanUp` runs once it is closed. */
export function keyValueStoreCompliance(name: string, open: () => Promise<KeyValueStore>, cleanUp?: () => void): void {
  describe(`key-value store: ${name}`, () => {
    let store: KeyValueStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await store.close();
      cleanUp?.();
    });
    const write = (...batch: readonly Operation[]): Promise<void> => store.write(batch, { durable: false });

    it('returns what was put, and nothing for what was not', async () => {
      await write(put([1, 2], [3, 4, 5]), put([9], []));
      expect(store.get(key(1, 2))).toEqual(key(3, 4, 5));
      expect(store.get(key(9))).toEqual(key());
      expect(store.get(key(1))).toBeUndefined();
    });

    it('replaces and deletes, the last operation of a batch winning', async () => {
      await write(put([1], [1]), put([2], [2]));
      await write(put([1], [7]), put([1], [8]), remove([2]), remove([3]));
      expect(store.get(key(1))).toEqual(key(8));
      expect(store.get(key(2))).toBeUndefined();
      await write(put([1], [1]), remove([1]));
      expect(store.get(key(1))).toBeUndefined();
    });

    it('shows a write once its promise resolves, durable or not', async () => {
      await store.write([put([1], [1])], { durable: true });
      expect(store.get(key(1))).toEqual(key(1));
      await store.write([], { durable: true });
    });

    it('keeps its own copy of keys and values, and gives away others', async () => {
      const value = key(1, 2, 3);
      const name = key(1);
      await store.write([{ kind: 'put', key: name, value }], { durable: false });
      value.fill(0);
      name.fill(9);
      store.get(key(1))?.fill(7);
      expect(store.get(key(1))).toEqual(key(1, 2, 3));
    });

    it('sorts keys by their bytes, a prefix first', async () => {
      const keys = [[255, 255], [0], [1], [128], [127, 255], [1, 0], [255], [0, 0], [200, 1], [1, 255]];
      await write(...keys.map((each) => put(each, each)));
      const rows = await store.range({ from: key(0), to: key(255, 255, 255) });
      expect(rows.map(([each]) => [...each])).toEqual([
        ...[[0], [0, 0], [1], [1, 0], [1, 255], [127, 255], [128], [200, 1], [255], [255, 255]],
      ]);
      expect(rows.map(([each, value]) => [...each].join() === [...value].join())).not.toContain(false);
    });

    it('includes the start of a range and excludes its end', async () => {
      await write(...[1, 2, 3, 4].map((each) => put([each], [each])));
      expect(firstBytes(await store.range({ from: key(2), to: key(4) }))).toEqual([2, 3]);
      expect(await store.range({ from: key(2), to: key(2) })).toEqual([]);
      expect(await store.range({ from: key(5), to: key(9) })).toEqual([]);
    });

    it('pages from either end', async () => {
      await write(...[1, 2, 3, 4, 5].map((each) => put([each], [each])));
      const all = { from: key(1), to: key(9) };
      expect(firstBytes(await store.range({ ...all, limit: 2 }))).toEqual([1, 2]);
      expect(firstBytes(await store.range({ ...all, limit: 2, reverse: true }))).toEqual([5, 4]);
      expect(firstBytes(await store.range({ ...all, reverse: true }))).toEqual([5, 4, 3, 2, 1]);
      expect(await store.range({ ...all, limit: 0 })).toEqual([]);
    });

    it('returns ranges and values of any size', async () => {
      const count = 3500;
      const batch = Array.from({ length: count }, (_, index) => put([1, index >> 8, index & 255], [index & 255]));
      const large = new Uint8Array(300_000).fill(7);
      await write(...batch, { kind: 'put', key: key(2), value: large });
      const rows = await store.range({ from: key(1), to: key(2) });
      expect(rows).toHaveLength(count);
      expect(rows[3000]).toEqual([key(1, 3000 >> 8, 3000 & 255), key(3000 & 255)]);
      expect(store.get(key(2))).toEqual(large);
    });

    it('applies batches in the order they were given', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, index) => write(put([1], [index]), put([2], [index]))));
      expect(store.get(key(1))).toEqual(key(49));
      expect(store.get(key(2))).toEqual(key(49));
    });

    it('is as it was when it is opened anew without need', async () => {
      await write(put([1], [1]));
      await store.recover();
      expect(store.get(key(1))).toEqual(key(1));
      await write(put([1], [2]));
      expect(store.get(key(1))).toEqual(key(2));
    });

    it('serves nothing after it was closed', async () => {
      await store.close();
      expect(() => store.get(key(1))).toThrow();
      await expect(write(put([1], [1]))).rejects.toThrow();
      await expect(store.range({ from: key(0), to: key(1) })).rejects.toThrow();
    });
  });
}

function key(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

function put(name: readonly number[], value: readonly number[]): Operation {
  return { kind: 'put', key: key(...name), value: key(...value) };
}

function remove(name: readonly number[]): Operation {
  return { kind: 'delete', key: key(...name) };
}

function firstBytes(rows: readonly (readonly [Uint8Array, Uint8Array])[]): readonly (number | undefined)[] {
  return rows.map(([name]) => name[0]);
}
