import { describe, expect, it } from 'vitest';
import { runScript } from '../simulator/world/run-script.ts';
import { scriptOf } from '../simulator/world/seed.ts';

/** Seeds one test lives through: a red one is found soon, and a test takes seconds. */
const SEEDS_EACH = 25;
/** Every so many a seed is lived through twice, and must be the same both times. */
const TWICE_EVERY = 10;
const TIMEOUT_MS = 120_000;

/** What happens in any few hundred worlds. */
const ALWAYS = [
  'a conflict copy is left',
  'a folder was halted for its root',
  'died in disk',
  'died in store',
  'fault: power-cut',
  'fault: restore',
  'user between two operations',
  'user meddles with what changes',
  'was told that all is in sync',
  'a disk had coarse stamps',
  'a folder was halted for its database',
  'a machine was rolled back',
  'a row was lost',
  'a write of a database failed',
  'five devices',
  'nobody worked at a reader',
  'registers were built anew',
  'somebody worked at a reader',
];

/**
 * Tests that live through seeds, and one that asks whether what is rare happened at all.
 * @param rare what has to happen in these besides what always does
 */
export function livesThrough(from: number, count: number, rare: readonly string[]): void {
  const counts = new Map<string, number>();
  describe(`the worlds of seeds ${from} to ${from + count - 1}`, () => {
    for (let first = from; first < from + count; first += SEEDS_EACH) {
      const seeds = Array.from({ length: Math.min(SEEDS_EACH, from + count - first) }, (_, index) => first + index);
      it(`are well from ${first}`, { timeout: TIMEOUT_MS }, async () => {
        const red: string[] = [];
        for (const seed of seeds) {
          const outcome = await runScript(scriptOf(seed));
          for (const [what, times] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + times);
          if (outcome.violations.length > 0) red.push(`seed ${seed}: ${outcome.violations.join('; ')}`);
          if (seed % TWICE_EVERY !== 0) continue;
          const again = await runScript(scriptOf(seed));
          if (again.hash !== outcome.hash) red.push(`seed ${seed}: two lives differ`);
        }
        expect(red).toEqual([]);
      });
    }

    it('were not too peaceful', () => {
      expect([...ALWAYS, ...rare].filter((what) => (counts.get(what) ?? 0) === 0)).toEqual([]);
    });
  });
}
