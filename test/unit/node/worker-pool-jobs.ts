import { serveJobs } from '../../../daemon/node/worker-jobs.ts';
import { CodedError } from '../../../protocol/errors.ts';

/** What the worker of the pool's tests can do. `gate` waits until another thread sets the first word to 1. */
export type TestJob =
  | { readonly kind: 'echo'; readonly value: unknown }
  | { readonly kind: 'gate'; readonly gate: SharedArrayBuffer }
  | { readonly kind: 'count'; readonly counter: SharedArrayBuffer }
  | { readonly kind: 'buffer'; readonly size: number; readonly transfer: boolean }
  | { readonly kind: 'throw'; readonly code: string; readonly message: string }
  | { readonly kind: 'throw-text' }
  | { readonly kind: 'unclonable' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'crash-later' };

let detached: ArrayBuffer | undefined;

serveJobs<TestJob, unknown>(async (job) => {
  switch (job.kind) {
    case 'echo':
      return { result: job.value };
    case 'gate': {
      const words = new Int32Array(job.gate);
      Atomics.wait(words, 0, 0);
      return { result: words[0] };
    }
    case 'count':
      return { result: Atomics.add(new Int32Array(job.counter), 0, 1) };
    case 'buffer': {
      const before = detached?.byteLength;
      const buffer = new ArrayBuffer(job.size);
      detached = buffer;
      return { result: { before, buffer }, transfer: job.transfer ? [buffer] : [] };
    }
    case 'throw':
      throw job.code === '' ? new Error(job.message) : new CodedError(job.code, job.message);
    case 'throw-text':
      return Promise.reject('only text');
    case 'unclonable':
      return { result: () => 'a function' };
    case 'exit':
      process.exit(3);
      break;
    case 'crash-later':
      setImmediate(() => {
        throw new Error('outside of any job');
      });
      return new Promise(() => undefined);
  }
});
