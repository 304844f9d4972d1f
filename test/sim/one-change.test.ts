import { expect, it } from 'vitest';
import { costOfChanges } from '../support/one-change.ts';

const SMALL = 200;
const LARGE = 2000;
const TIMEOUT_MS = 120_000;

/** `node test/long/one-change.ts` asks the same of 1,000 and 100,000 files. */
it('costs the same to change one thing in a folder of ten times the files, but for its depth', {
  timeout: TIMEOUT_MS,
}, async () => {
  const small = await costOfChanges(SMALL);
  const large = await costOfChanges(LARGE);
  expect(Object.keys(small)).toEqual(['create', 'edit', 'rename', 'rename of a directory', 'delete']);
  for (const [name, cost] of Object.entries(small)) {
    expect(cost, name).toBeGreaterThan(50);
    expect((large[name] ?? Number.NaN) / cost, name).toBeLessThan(1.5);
  }
});
