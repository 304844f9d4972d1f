import { createDiskHost, transferOf } from './engine/disk/disk-host.ts';
import type { DiskJob, DiskResult } from './engine/disk/jobs.ts';
import { createNodeFileSystem } from './node/file-system.ts';
import { serveJobs } from './node/worker-jobs.ts';

/** Entry of the worker threads that read, hash, seal, open and write. */
const host = createDiskHost(createNodeFileSystem());

serveJobs<DiskJob, DiskResult>((job) => {
  const result = host(job);
  return { result, transfer: transferOf(result) };
});
