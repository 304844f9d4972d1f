import { describe, expect, it } from 'vitest';
import { runScript } from '../simulator/world/run-script.ts';
import { scriptOf } from '../simulator/world/script.ts';

describe('worlds without faults', () => {
  it.each([13, 21, 34, 49])('come to rest, equal and complete, and the same way again: seed %i', async (seed) => {
    const script = scriptOf(seed, false);
    const outcome = await runScript(script);
    expect(outcome.violations).toEqual([]);
    expect((await runScript(script)).hash).toBe(outcome.hash);
  });
});
