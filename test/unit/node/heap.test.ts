import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../../daemon/node/heap.ts';

describe('collecting garbage', () => {
  it('frees what nobody holds, and nothing else', async () => {
    const held = { bytes: new Uint8Array(1000) };
    const references = [new WeakRef(held), new WeakRef({ bytes: new Uint8Array(1000) })];
    // A weak reference holds its object until the turn that made it is over.
    await nextTurn();
    collectGarbage();
    expect(references.map((reference) => reference.deref()?.bytes.length)).toEqual([1000, undefined]);
    expect(held.bytes.length).toBe(1000);
  });

  it('leaves the flag to other threads that are about to take the function, and nothing in this context', () => {
    collectGarbage();
    expect(runInNewContext('typeof gc')).toBe('function');
    expect('gc' in globalThis).toBe(false);
  });
});
