import { describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../daemon/effects/key-value-store.ts';
import { VirtualStore } from '../simulator/store.ts';
import { keyValueStoreCompliance } from './key-value-store.ts';

keyValueStoreCompliance('simulated', () => new VirtualStore().open());

describe('the simulated database', () => {
  it('keeps what was written when the process is killed, and never answers it again', async () => {
    const database = new VirtualStore();
    const store = await database.open();
    await put(store, 1, false);
    let answered = false;
    const waiting = put(store, 2, false).then(() => {
      answered = true;
    });
    database.kill();
    expect(() => store.get(key(1))).toThrow('killed');
    const again = await database.open();
    await Promise.race([waiting, put(again, 3, true)]);
    expect(answered).toBe(false);
    expect([1, 2, 3].map((each) => again.get(key(each))?.[0])).toEqual([1, undefined, 3]);
  });

  it('keeps durable batches and a chosen number of those after them when the power goes', async () => {
    for (const kept of [0, 1, 2]) {
      const database = new VirtualStore();
      const store = await database.open();
      await put(store, 1, false);
      await put(store, 2, true);
      await put(store, 3, false);
      await put(store, 4, false);
      expect(database.waiting).toBe(2);
      database.powerCut((options) => {
        expect(options).toBe(3);
        return kept;
      });
      const again = await database.open();
      const found = [1, 2, 3, 4].filter((each) => again.get(key(each)) !== undefined);
      expect(found).toEqual([1, 2, 3, 4].slice(0, 2 + kept));
    }
  });

  it('fails every write after one that failed, whose fate is told by the restart', async () => {
    const database = new VirtualStore();
    const store = await database.open();
    database.operations.before = ({ number }) => (number === 1 ? { kind: 'half', code: 'ENOSPC' } : undefined);
    await expect(put(store, 1, true)).rejects.toMatchObject({ code: 'state-unusable' });
    await expect(put(store, 2, true)).rejects.toMatchObject({ code: 'state-unusable' });
    expect(store.get(key(1))).toBeUndefined();
    database.kill();
    const again = await database.open();
    expect([again.get(key(1)), again.get(key(2))]).toEqual([key(1), undefined]);
  });

  it.each([{ kind: 'error', code: 'ENOSPC' }, { kind: 'half', code: 'EIO' }, { kind: 'lost-sync' }] as const)(
    'goes on after a write that failed (%o) once it is opened anew',
    async (fault) => {
      const database = new VirtualStore();
      const store = await database.open();
      await put(store, 1, false);
      database.operations.before = ({ call }) => (call === 'open' ? { kind: 'error', code: 'EACCES' } : fault);
      await expect(put(store, 2, true)).rejects.toMatchObject({ code: 'state-unusable' });
      await expect(store.recover()).rejects.toMatchObject({ code: 'state-unusable' });
      database.operations.before = undefined;
      await expect(put(store, 3, true)).rejects.toMatchObject({ code: 'state-unusable' });
      await store.recover();
      await put(store, 4, true);
      const there = [1, 2, 3, 4].map((each) => store.get(key(each)) !== undefined);
      expect(there).toEqual([true, fault.kind !== 'error', false, true]);
    },
  );

  it('is copied, restored, erased, damaged, and opened once', async () => {
    const database = new VirtualStore();
    const store = await database.open();
    await expect(database.open()).rejects.toMatchObject({ code: 'home-locked' });
    await put(store, 1, true);
    const backup = database.image();
    await put(store, 2, true);
    await store.close();
    database.restore(backup);
    const restored = await database.open();
    expect([restored.get(key(1)), restored.get(key(2))]).toEqual([key(1), undefined]);
    database.damage(key(1));
    expect(() => restored.get(key(1))).toThrow(expect.objectContaining({ code: 'state-damaged' }));
    await expect(restored.range({ from: key(0), to: key(9) })).rejects.toMatchObject({ code: 'state-damaged' });
    await put(restored, 1, false);
    expect(restored.get(key(1))).toEqual(key(1));
    database.lose(key(1));
    expect(restored.get(key(1))).toBeUndefined();
    await restored.close();
    database.erase();
    expect(database.keys()).toEqual([]);
  });
});

function key(byte: number): Uint8Array {
  return Uint8Array.of(byte);
}

function put(store: KeyValueStore, byte: number, durable: boolean): Promise<void> {
  return store.write([{ kind: 'put', key: key(byte), value: key(byte) }], { durable });
}
