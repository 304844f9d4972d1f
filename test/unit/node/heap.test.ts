import { setImmediate as nextTurn } from 'node:timers/promises';
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

  it('leaves no way to collect for others to find', () => {
    collectGarbage();
    expect('gc' in globalThis).toBe(false);
  });
});
