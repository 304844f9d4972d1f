import { CodedError } from '../protocol/errors.ts';
import { createMergeHost, type MergeJob, type MergeResult } from './core/merge/merge-jobs.ts';
import { serveJobs } from './node/worker-jobs.ts';

/** Entry of the worker thread that merges registers. Started again when it fails: it holds nothing that is not stored. */
const host = createMergeHost();

serveJobs<MergeJob, MergeResult>((job) => {
  try {
    const result = host(job);
    return { result, transfer: snapshotsIn(result) };
  } catch (error) {
    // The wasm instance cannot be revived in this thread. The pool rejects the job with 'worker-lost' and starts another.
    if (error instanceof CodedError && error.code === 'merge-crashed') process.exit(1);
    throw error;
  }
});

/** The only large buffers in a result that the host does not go on using. */
function snapshotsIn(result: MergeResult): ArrayBuffer[] {
  if (result.kind !== 'written' && result.kind !== 'applied') return [];
  return result.updates.flatMap(({ snapshot }) => (snapshot?.buffer instanceof ArrayBuffer ? [snapshot.buffer] : []));
}
