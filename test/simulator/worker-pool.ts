import type { WorkerPool } from '../../daemon/effects/worker-pool.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { Life } from './life.ts';

/** Until a free worker has begun, and from its end until its answer is heard. */
const START_MS = 0.5;
const ANSWER_MS = 8;

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * As the real pool: `size` workers, urgent jobs first. A job runs in one moment of the world's time; what others do
 * before it begins and before its answer arrives is up to the dice.
 */
export function createSimulatedPool<Job extends { readonly kind: string }, Result>(
  life: Life,
  name: string,
  size: number,
  host: (job: Job) => Result,
): WorkerPool<Job, Result> {
  const { dice } = life.schedule;
  const urgent: Waiting<Job, Result>[] = [];
  const normal: Waiting<Job, Result>[] = [];
  let working = 0;
  let closed = false;

  const dispatch = (): void => {
    while (working < size) {
      const task = urgent.shift() ?? normal.shift();
      if (task === undefined) return;
      working += 1;
      void work(task);
    }
  };
  const work = async (task: Waiting<Job, Result>): Promise<void> => {
    const outcome = await life
      .later(dice.delay(0, START_MS), `${name} ${task.job.kind}`, () => host(task.job))
      .then(
        (result) => () => task.resolve(result),
        (error: unknown) => () => task.reject(asHeard(error)),
      );
    await life.later(dice.delay(0, ANSWER_MS), `${name} ${task.job.kind} answer`, outcome);
    working -= 1;
    dispatch();
  };
  return {
    run(job, priority = 'normal') {
      if (closed) return Promise.reject(new CodedError('pool-closed', 'The daemon is stopping; the job was not run.'));
      return new Promise((resolve, reject) => {
        (priority === 'urgent' ? urgent : normal).push({ job, resolve, reject });
        dispatch();
      });
    },
    async close() {
      closed = true;
      while (working > 0) await life.later(1, `${name} closing`, () => undefined);
    },
  };
}

/** What is left of an error on its way from one thread to another. */
function asHeard(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code !== '') return new CodedError(code, error.message);
  // Kept whole: in a world without threads the place of a bug is worth more than the likeness.
  return error;
}
