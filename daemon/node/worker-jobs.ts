import { parentPort } from 'node:worker_threads';
import { collectGarbage } from './heap.ts';
import type { AnswerMessage, JobMessage } from './worker-messages.ts';

/** Shorter than the time after which the whole process gives memory back. */
const REST_MS = 3000;

export interface JobAnswer<Result> {
  readonly result: Result;
  /** Buffers inside `result` that move to the other thread instead of being copied. They are empty here afterwards. */
  readonly transfer?: readonly ArrayBuffer[];
}

/**
 * The worker's side of `createWorkerPool`: call it once, at the top level of the worker's entry file. The handler runs
 * one job at a time; what it throws reaches the caller with code and message.
 */
export function serveJobs<Job, Result>(handler: (job: Job) => JobAnswer<Result> | Promise<JobAnswer<Result>>): void {
  const port = parentPort;
  if (!port) throw new Error('serveJobs works in a worker thread only');
  const rest = setTimeout(collectGarbage, REST_MS).unref();
  const answer = async (job: Job): Promise<void> => {
    try {
      const { result, transfer = [] } = await handler(job);
      port.postMessage({ kind: 'result', result } satisfies AnswerMessage, [...transfer]);
    } catch (error) {
      port.postMessage(errorMessage(error));
    }
    rest.refresh();
  };
  // The pool asserts the type of what it sends; nothing else has the other end of this port.
  port.on('message', (message: JobMessage) => void answer(message.job as Job));
}

function errorMessage(error: unknown): AnswerMessage {
  if (!(error instanceof Error)) return { kind: 'error', message: String(error), code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { kind: 'error', message: error.message, code };
}
