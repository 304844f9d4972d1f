import { Worker } from 'node:worker_threads';
import { CodedError } from '../../protocol/errors.ts';
import type { WorkerPool } from '../effects/worker-pool.ts';
import type { AnswerMessage, JobMessage } from './worker-messages.ts';

export interface WorkerPoolOptions {
  /** Workers that stay however long nothing is to do. */
  readonly keep?: number;
  /** Milliseconds without a job after which a worker beyond `keep` ends and gives its memory back. */
  readonly idleMs?: number;
  /** Structured-cloneable; every worker finds it as `workerData`. */
  readonly workerData?: unknown;
}

const DEFAULT_IDLE_MS = 30_000;

interface Task<Job, Result> {
  readonly job: Job;
  readonly handOver: readonly ArrayBuffer[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Slot<Job, Result> {
  readonly worker: Worker;
  task: Task<Job, Result> | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

/**
 * Up to `size` threads that run the file at `entry`, which calls `serveJobs` (`worker-jobs.ts`). Threads start when
 * jobs come. A thread without a job does not keep the process alive; one with a job does. `close` lets running jobs
 * end and rejects waiting ones with 'pool-closed'.
 */
export function createWorkerPool<Job, Result>(
  entry: URL,
  size: number,
  options: WorkerPoolOptions = {},
): WorkerPool<Job, Result> {
  return new NodeWorkerPool<Job, Result>(entry, size, options);
}

class NodeWorkerPool<Job, Result> implements WorkerPool<Job, Result> {
  readonly #entry: URL;
  readonly #size: number;
  readonly #options: WorkerPoolOptions;
  readonly #urgent: Task<Job, Result>[] = [];
  readonly #normal: Task<Job, Result>[] = [];
  /** Longest idle first. */
  readonly #idle: Slot<Job, Result>[] = [];
  readonly #slots = new Set<Slot<Job, Result>>();
  #closed = false;
  readonly #onDrained: (() => void)[] = [];

  constructor(entry: URL, size: number, options: WorkerPoolOptions) {
    this.#entry = entry;
    this.#size = size;
    this.#options = options;
  }

  run(job: Job, priority: 'urgent' | 'normal' = 'normal', handOver: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise<Result>((resolve, reject) => {
      (priority === 'urgent' ? this.#urgent : this.#normal).push({ job, handOver, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of [...this.#urgent.splice(0), ...this.#normal.splice(0)]) task.reject(closedError());
    if (this.#busy() > 0) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
    await Promise.all([...this.#slots].map((slot) => this.#end(slot)));
  }

  #busy(): number {
    return this.#slots.size - this.#idle.length;
  }

  #dispatch(): void {
    while (this.#urgent.length + this.#normal.length > 0) {
      // The one that worked last has the warmest caches, and the others can grow old enough to end.
      const slot = this.#idle.pop() ?? (this.#slots.size < this.#size ? this.#start() : undefined);
      if (!slot) return;
      const task = this.#urgent.shift() ?? this.#normal.shift();
      if (task) this.#give(slot, task);
    }
  }

  #give(slot: Slot<Job, Result>, task: Task<Job, Result>): void {
    clearTimeout(slot.idleTimer);
    slot.task = task;
    slot.worker.ref();
    try {
      slot.worker.postMessage({ job: task.job } satisfies JobMessage, [...task.handOver]);
    } catch (error) {
      // The job cannot be cloned: its caller's mistake, and the worker never saw it.
      this.#free(slot);
      task.reject(error);
    }
  }

  #start(): Slot<Job, Result> {
    const worker = new Worker(this.#entry, { workerData: this.#options.workerData });
    const slot: Slot<Job, Result> = { worker, task: undefined, idleTimer: undefined };
    this.#slots.add(slot);
    worker.on('message', (message: AnswerMessage) => this.#answered(slot, message));
    worker.on('messageerror', (error) => this.#lost(slot, error));
    worker.on('error', (error) => this.#lost(slot, error));
    worker.on('exit', (code) => this.#lost(slot, new Error(`the worker ended with code ${code}`)));
    return slot;
  }

  #answered(slot: Slot<Job, Result>, message: AnswerMessage): void {
    const task = slot.task;
    this.#free(slot);
    if (message.kind === 'result') task?.resolve(message.result as Result);
    else task?.reject(jobError(message));
    this.#settle();
  }

  /** The worker is gone, or as good as gone; its place is free for another. */
  #lost(slot: Slot<Job, Result>, cause: unknown): void {
    if (!this.#slots.has(slot)) return;
    const task = slot.task;
    void this.#end(slot);
    const reason = cause instanceof Error ? cause.message : String(cause);
    task?.reject(new CodedError('worker-lost', `A worker thread died during its job: ${reason}`, { cause }));
    this.#settle();
  }

  #free(slot: Slot<Job, Result>): void {
    slot.task = undefined;
    slot.worker.unref();
    this.#idle.push(slot);
    const { keep = 0, idleMs = DEFAULT_IDLE_MS } = this.#options;
    if (this.#slots.size <= keep) return;
    slot.idleTimer = setTimeout(() => {
      if (this.#slots.size > keep) void this.#end(slot);
    }, idleMs);
    slot.idleTimer.unref();
  }

  #settle(): void {
    this.#dispatch();
    if (this.#busy() === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  async #end(slot: Slot<Job, Result>): Promise<void> {
    clearTimeout(slot.idleTimer);
    this.#slots.delete(slot);
    const at = this.#idle.indexOf(slot);
    if (at >= 0) this.#idle.splice(at, 1);
    await slot.worker.terminate();
  }
}

function closedError(): CodedError {
  return new CodedError('pool-closed', 'The daemon is stopping; the job was not run.');
}

function jobError({ code, message }: { readonly code: string; readonly message: string }): Error {
  return code === '' ? new Error(message) : new CodedError(code, message);
}
