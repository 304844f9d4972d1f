import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { WorkerPool } from '../../../daemon/effects/worker-pool.ts';
import { createWorkerPool, type WorkerPoolOptions } from '../../../daemon/node/worker-pool.ts';
import type { TestJob } from './worker-pool-jobs.ts';

const entry = new URL('./worker-pool-jobs.ts', import.meta.url);
const pools: WorkerPool<TestJob, unknown>[] = [];

function open(size: number, options: WorkerPoolOptions = {}): WorkerPool<TestJob, unknown> {
  const pool = createWorkerPool<TestJob, unknown>(entry, size, options);
  pools.push(pool);
  return pool;
}

function gate(): { readonly shared: SharedArrayBuffer; readonly open: () => void } {
  const shared = new SharedArrayBuffer(4);
  const words = new Int32Array(shared);
  return {
    shared,
    open: () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
  };
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('worker pool', () => {
  it('runs jobs and returns their results', async () => {
    const pool = open(2);
    const values = [1, 'two', { three: Uint8Array.of(3) }, undefined];
    expect(await Promise.all(values.map((value) => pool.run({ kind: 'echo', value })))).toEqual(values);
  });

  it('runs several at once, each on a thread of its own', async () => {
    const pool = open(2);
    const { shared, open: release } = gate();
    const waiting = pool.run({ kind: 'gate', gate: shared });
    expect(await pool.run({ kind: 'echo', value: 'past it' })).toBe('past it');
    release();
    expect(await waiting).toBe(1);
  });

  it('takes urgent jobs first and keeps the order within a priority', async () => {
    const pool = open(1);
    const { shared, open: release } = gate();
    const counter = new SharedArrayBuffer(4);
    const first = pool.run({ kind: 'gate', gate: shared });
    const normal = [pool.run({ kind: 'count', counter }), pool.run({ kind: 'count', counter })];
    const urgent = [pool.run({ kind: 'count', counter }, 'urgent'), pool.run({ kind: 'count', counter }, 'urgent')];
    release();
    await first;
    expect(await Promise.all([...urgent, ...normal])).toEqual([0, 1, 2, 3]);
  });

  it('moves the buffers a job lists and copies the others', async () => {
    const pool = open(1);
    const run = (transfer: boolean): Promise<unknown> => pool.run({ kind: 'buffer', size: 8, transfer });
    expect(await run(true)).toMatchObject({ before: undefined, buffer: new ArrayBuffer(8) });
    expect(await run(false)).toMatchObject({ before: 0 });
    expect(await run(true)).toMatchObject({ before: 8 });
  });

  it('carries over what a job throws', async () => {
    const pool = open(1);
    await expect(pool.run({ kind: 'throw', code: 'ENOSPC', message: 'no room' })).rejects.toMatchObject({
      code: 'ENOSPC',
      message: 'no room',
    });
    await expect(pool.run({ kind: 'throw', code: '', message: 'plain' })).rejects.toThrow('plain');
    await expect(pool.run({ kind: 'throw-text' })).rejects.toThrow('only text');
    await expect(pool.run({ kind: 'unclonable' })).rejects.toThrow('could not be cloned');
    expect(await pool.run({ kind: 'echo', value: 'alive' })).toBe('alive');
  });

  it('rejects a job that cannot be sent, and goes on', async () => {
    const pool = open(1);
    await expect(pool.run({ kind: 'echo', value: () => undefined })).rejects.toThrow('could not be cloned');
    expect(await pool.run({ kind: 'echo', value: 'alive' })).toBe('alive');
  });

  it.each(['exit', 'crash-later'] as const)('replaces a worker that dies: %s', async (kind) => {
    const pool = open(1);
    const dying = pool.run({ kind });
    const next = pool.run({ kind: 'echo', value: 'next' });
    await expect(dying).rejects.toMatchObject({ code: 'worker-lost' });
    expect(await next).toBe('next');
  });

  it('fails with worker-lost when the entry cannot be loaded', async () => {
    const pool = createWorkerPool<TestJob, unknown>(new URL('./no-such-entry.ts', import.meta.url), 1);
    await expect(pool.run({ kind: 'exit' })).rejects.toMatchObject({ code: 'worker-lost' });
    await pool.close();
  });

  it('works again after its workers ended for want of jobs', async () => {
    const pool = open(2, { idleMs: 1, keep: 0 });
    expect(await pool.run({ kind: 'buffer', size: 1, transfer: false })).toMatchObject({ before: undefined });
    // A fresh worker remembers nothing; the first to answer so shows that the old one is gone.
    await expect
      .poll(() => pool.run({ kind: 'buffer', size: 1, transfer: false }), { interval: 20, timeout: 20_000 })
      .toMatchObject({ before: undefined });
  });

  it('lets the running job end at close, and rejects the rest', async () => {
    const pool = open(1);
    const { shared, open: release } = gate();
    const running = pool.run({ kind: 'gate', gate: shared });
    const waiting = pool.run({ kind: 'echo', value: 1 });
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: 'pool-closed' });
    release();
    expect(await running).toBe(1);
    await closed;
    await expect(pool.run({ kind: 'echo', value: 1 })).rejects.toMatchObject({ code: 'pool-closed' });
  });

  it('does not keep the process alive when idle', async () => {
    const modulePath = new URL('../../../daemon/node/worker-pool.ts', import.meta.url).href;
    const script = `import(${JSON.stringify(modulePath)}).then(async ({ createWorkerPool }) => {
      const pool = createWorkerPool(new URL(${JSON.stringify(entry.href)}), 1);
      console.log(await pool.run({ kind: 'echo', value: 'done' }));
    });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script]);
    expect(stdout).toBe('done\n');
  });
});
