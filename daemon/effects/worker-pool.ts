/**
 * Runs pure-data jobs away from the network thread, a few at a time, in the order given within one priority.
 * A job and its result are structured-cloneable; buffers listed by caller or worker are transferred, not copied.
 */
export interface WorkerPool<Job, Result> {
  /**
   * Rejects with the error the job threw (code and message survive), or 'worker-lost' when the worker died.
   * @param handOver buffers inside the job that the caller does not need any more: they may be empty afterwards
   */
  run(job: Job, priority?: 'urgent' | 'normal', handOver?: readonly ArrayBuffer[]): Promise<Result>;
  close(): Promise<void>;
}
