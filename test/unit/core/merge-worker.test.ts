import { afterAll, describe, expect, it } from 'vitest';
import type { MergeJob, MergeResult } from '../../../daemon/core/merge/merge-jobs.ts';
import { missingShards } from '../../../daemon/core/merge/shard-missing.ts';
import { createWorkerPool } from '../../../daemon/node/worker-pool.ts';
import { CodedError } from '../../../protocol/errors.ts';
import { sampleFeed, sampleKey } from '../../support/merge-device.ts';

const entry = new URL('../../../daemon/merge-worker.ts', import.meta.url);
const pool = createWorkerPool<MergeJob, MergeResult>(entry, 1);

afterAll(() => pool.close());

describe('the merge worker', () => {
  it('answers jobs, keeps its own copies, and names the shards that it misses', async () => {
    const [shard, key] = [3, sampleKey(1)];
    const value = new Uint8Array(8192).fill(1);
    const load = [{ shard, snapshot: undefined, tail: [] }];
    const job = { folder: 'f', epoch: 1, load, evict: [] };
    const read: MergeJob = { ...job, kind: 'read', load: [], keys: [{ shard, key }] };
    const missing = await pool.run(read).catch((error: unknown) => error);
    expect(missing instanceof CodedError ? missingShards(missing) : missing).toEqual([shard]);

    const writes = [1, 2, 3].map((number) => ({ key: sampleKey(number), value }));
    const write: MergeJob = { ...job, kind: 'write', actor: sampleFeed(1), writes: [{ shard, writes }] };
    const written = await pool.run(write);
    expect(written).toMatchObject({ updates: [{ shard, appended: [], snapshot: expect.any(Uint8Array) }] });
    expect(await pool.run(read)).toMatchObject({ registers: [{ values: [{ value }] }], resident: [shard] });
  });
});
