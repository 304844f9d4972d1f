import { describe, expect, it } from 'vitest';
import { OrderedWrites } from '../../../daemon/node/ordered-writes.ts';

interface Call {
  readonly operations: readonly number[];
  readonly durable: boolean;
  readonly finish: (error?: Error) => void;
}

function setUp(): { readonly writes: OrderedWrites<number>; readonly calls: Call[] } {
  const calls: Call[] = [];
  const writes = new OrderedWrites<number>(
    (operations, durable) =>
      new Promise((resolve, reject) => {
        calls.push({ operations, durable, finish: (error) => (error ? reject(error) : resolve()) });
      }),
  );
  return { writes, calls };
}

describe('ordered writes', () => {
  it('joins what waits, durable if any of it is', async () => {
    const { writes, calls } = setUp();
    const first = writes.write([1], false);
    const rest = [writes.write([2], false), writes.write([3, 4], true)];
    expect(calls).toHaveLength(1);
    calls[0]?.finish();
    await first;
    expect(calls[1]).toMatchObject({ operations: [2, 3, 4], durable: true });
    calls[1]?.finish();
    await Promise.all(rest);
    await writes.idle();
    expect(calls).toHaveLength(2);
  });

  it('writes nothing that was given after a batch that failed', async () => {
    const { writes, calls } = setUp();
    const failing = writes.write([1], true);
    const later = writes.write([2], true);
    calls[0]?.finish(new Error('disk full'));
    await expect(failing).rejects.toThrow('disk full');
    await expect(later).rejects.toThrow('disk full');
    expect(calls).toHaveLength(1);
    const next = writes.write([3], false);
    calls[1]?.finish();
    await next;
    expect(calls[1]?.operations).toEqual([3]);
  });

  it('joins no more than a bounded number of operations', async () => {
    const { writes, calls } = setUp();
    const large = Array.from({ length: 4000 }, (_, index) => index);
    const all = [writes.write([0], false), writes.write(large, false), writes.write(large, false)];
    calls[0]?.finish();
    await all[0];
    expect(calls[1]?.operations).toHaveLength(4000);
    calls[1]?.finish();
    await all[1];
    calls[2]?.finish();
    await Promise.all(all);
    expect(calls).toHaveLength(3);
  });
});
