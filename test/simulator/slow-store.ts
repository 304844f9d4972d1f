import type { KeyValueStore, Operation } from '../../daemon/effects/key-value-store.ts';
import type { Life } from './life.ts';

const RANGE_MS = 2;
const WRITE_MS = 2;
const FLUSH_MS = 15;

interface Waiting {
  readonly batch: readonly Operation[];
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A store that takes time: ranges see the moment at which they are read, writes happen one after another, and those
 * that wait go together in one batch, as in the real one.
 */
export function createSlowStore(life: Life, inner: KeyValueStore): KeyValueStore {
  const { dice } = life.schedule;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const joined = waiting;
      waiting = [];
      const durable = joined.some((each) => each.durable);
      const batch = joined.flatMap((each) => each.batch);
      try {
        await life.later(dice.delay(0, WRITE_MS), 'store write', () => inner.write(batch, { durable }));
        await life.later(dice.delay(0, durable ? FLUSH_MS : 1), 'store written', () => undefined);
        for (const each of joined) each.resolve();
      } catch (error) {
        for (const each of [...joined, ...waiting.splice(0)]) each.reject(error);
      }
    }
    running = undefined;
  };
  return {
    get: (key) => inner.get(key),
    range: (range) => life.later(dice.delay(0, RANGE_MS), 'store range', () => inner.range(range)),
    write: (batch, { durable }) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, durable, resolve, reject });
        running ??= run();
      }),
    async recover() {
      await running;
      await life.later(dice.delay(0, FLUSH_MS), 'store opened again', () => inner.recover());
    },
    async close() {
      await running;
      await inner.close();
    },
  };
}
