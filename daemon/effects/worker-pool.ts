/**
 * Runs pure-data jobs away from the network thread, a few at a time, in the order given within one priority.
 * A job and its result are structured-cloneable; buffers listed by the worker are transferred, not copied.
 */
export interface WorkerPool<Job, Result> {
  /** Rejects with the error the job threw (code and message survive), or 'worker-lost' when the worker died. */
  run(job: Job, priority?: 'urgent' | 'normal'): Promise<Result>;
  close(): Promise<void>;
}
