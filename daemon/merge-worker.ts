import { createMergeHost, type MergeJob, type MergeResult } from './core/merge/merge-jobs.ts';
import { serveJobs } from './node/worker-jobs.ts';

/** Entry of the worker thread that merges registers. Started again when it fails: it holds nothing that is not stored. */
const host = createMergeHost();

serveJobs<MergeJob, MergeResult>((job) => ({ result: host(job) }));
