import { afterAll, describe, expect, it } from 'vitest';
import { campaign } from './pair-campaign.ts';
import { someEndingsOf } from './pair-endings.ts';
import { PAIR_SCENARIOS } from './pair-scenarios.ts';

/** Scenarios of names; the others are of contents. They are two files so that two processes try them. */
export const ABOUT_NAMES = /rename|swap|delet|becomes|two/;
/** How a line ends that is about a write of the database: the kind of its first row. */
const DATABASE_WRITE = / write(-durable)? \w$/;
const SCENARIO_MS = 120_000;
/** Every so many operations: a kill before it is followed by a kill at each change of the recovery. */
const AGAIN_EVERY = 32;

/**
 * Whole devices, stopped or failed at each of their operations. Every kind of ending comes at some operations here; all at
 * all of them take some minutes, in `test/long/every-n.ts`.
 */
export function tryScenarios(title: string, chosen: (name: string) => boolean): void {
  const scenarios = PAIR_SCENARIOS.filter(({ name }) => chosen(name));
  let all = 0;
  afterAll(() => console.log(`every-n, two devices, ${title}: ${all} cases`));
  describe.each(scenarios)('every operation of: $name', (scenario) => {
    it(
      'may be the last, or fail',
      async () => {
        const { cases, violations, restarts } = await campaign(scenario, {
          endingsOf: someEndingsOf,
          again: ({ number }) => number % AGAIN_EVERY === 0,
        });
        all += cases;
        expect(violations).toEqual([]);
        // A database that could not be written is opened anew by a restart only.
        expect(restarts.filter((line) => !DATABASE_WRITE.test(line))).toEqual([]);
        expect(cases).toBeGreaterThan(20);
      },
      SCENARIO_MS,
    );
  });
}
