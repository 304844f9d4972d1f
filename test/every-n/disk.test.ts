import { afterAll, describe, expect, it } from 'vitest';
import { seededChoices } from '../simulator/disk/choices.ts';
import { chosenCut, NAMED_CUTS, type PowerCut } from '../simulator/disk/power-cut.ts';
import { DiskCase } from './disk-case.ts';
import { faultsOf } from './disk-faults.ts';
import { DISK_SCENARIOS, type DiskScenario } from './disk-scenarios.ts';

/** Random cuts for each operation, beside the named ones. */
const RANDOM_CUTS = 6;

const cuts: readonly PowerCut[] = [
  ...Object.values(NAMED_CUTS),
  ...Array.from({ length: RANDOM_CUTS }, (_, seed) => chosenCut(seededChoices(seed))),
];

let cases = 0;

function newCase(scenario: DiskScenario): DiskCase {
  cases += 1;
  return new DiskCase(scenario);
}

afterAll(() => console.log(`every-n, disk jobs: ${cases} cases`));

/** Nothing that was there is lost, nothing is torn where a user looks, and every path shows one of its versions. */
function expectSound(test: DiskCase): void {
  const { before, after } = test.scenario;
  const found = test.picture();
  const known = new Set([...Object.values(before), ...Object.values(after)]);
  for (const [path, content] of Object.entries(found)) expect(known, path).toContain(content);
  const contents = test.contents();
  for (const content of Object.values(before)) expect(contents).toContain(content);
  for (const [path, content] of Object.entries(before)) {
    if (after[path] === content) expect(found[path]).toBe(content);
  }
}

/** A path that has a version before and after has one at every moment, where the disk can do that. */
function expectNeverAbsent(test: DiskCase, replaced: readonly string[]): void {
  const found = test.picture();
  for (const path of replaced) {
    expect([test.scenario.before[path], test.scenario.after[path]]).toContain(found[path]);
  }
}

function operationsOf(scenario: DiskScenario): DiskCase {
  const dry = new DiskCase(scenario);
  dry.run();
  return dry;
}

describe.each(DISK_SCENARIOS)('every operation of: $name', (scenario) => {
  it('is done, and stays done when the power goes', () => {
    for (const cut of [undefined, ...cuts]) {
      const test = newCase(scenario);
      const { steps } = test.run();
      expect(steps.map(({ kind }) => kind)).toEqual(steps.map(() => 'done'));
      const complete = [...test.disk.user.tree('/data/folder', ['.sheaf'])].map(essence);
      if (cut !== undefined) test.disk.powerCut(cut);
      expect(test.picture()).toEqual(scenario.after);
      expect([...test.disk.user.tree('/data/folder', ['.sheaf'])].map(essence)).toEqual(complete);
      expectSound(test);
    }
  });

  it('shows old or new at every moment', () => {
    const renamed = /swap|chain|no hard links|becomes/.test(scenario.name);
    const replaced = renamed ? [] : Object.keys(scenario.before).filter((path) => path in scenario.after);
    const test = newCase(scenario);
    test.run(() => {
      expectNeverAbsent(test, replaced);
      return undefined;
    });
  });

  it('may be the last before a kill or a power cut', () => {
    const { operations } = operationsOf(scenario);
    for (const { number } of operations) {
      for (const cut of [undefined, ...cuts]) {
        const test = newCase(scenario);
        // Something in between may take the end of its process for an error: it is over nevertheless.
        expect(() => test.run((each) => (each.number === number ? { kind: 'kill' } : undefined))).toThrow();
        expect(test.disk.operations.killed).toBe(true);
        if (cut === undefined) test.disk.kill();
        else test.disk.powerCut(cut);
        expectSound(test);
      }
    }
  });

  it('may fail', () => {
    for (const operation of operationsOf(scenario).operations) {
      for (const fault of faultsOf(operation)) {
        const test = newCase(scenario);
        let done = false;
        try {
          const { steps } = test.run((each) => (each.number === operation.number ? fault : undefined));
          done = steps.every(({ kind }) => kind === 'done');
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: expect.any(String) }));
          // Tried again, as it would be: what is missing is fetched anew, what is staged is not.
          test.stageMissing();
          done = test.run().steps.every(({ kind }) => kind === 'done');
        }
        expectSound(test);
        if (!done) continue;
        // What is called done is done, and durable, also after an error that was passed over.
        test.disk.powerCut(NAMED_CUTS['nothing waiting survives'] as PowerCut); // one of the table
        expect(test.picture()).toEqual(scenario.after);
      }
    }
  });
});

/** What of an entry the index will remember. */
function essence([path, { kind, mode, mtimeNs }]: [string, { kind: string; mode: number; mtimeNs: bigint }]): unknown {
  return kind === 'directory' ? [path, kind] : [path, kind, mode, mtimeNs];
}
