import { describe, expect, it } from 'vitest';
import { operationsOf, preparePair } from './pair-case.ts';
import { MORE_PAIR_SCENARIOS } from './pair-scenarios-more.ts';

/** With faults they are tried in the long form, which needs them to end well without. */
describe.each(MORE_PAIR_SCENARIOS)('two devices: $name', (scenario) => {
  it('ends with the same, and the right, files on both', async () => {
    const operations = await operationsOf(scenario, await preparePair(scenario));
    expect(operations.every(({ length }) => length > 0)).toBe(true);
  });
});
