import { afterAll, describe, expect, it } from 'vitest';
import { sameStamp } from '../../daemon/core/entry.ts';
import type { StepOutcome } from '../../daemon/engine/disk/apply-job.ts';
import type { DeviceOperation } from '../simulator/disk/operations.ts';
import { isUnguarded } from '../simulator/disk/unguarded.ts';
import { contentOf, DiskCase, letterOf, ROOT } from './disk-case.ts';
import { DISK_SCENARIOS, type DiskScenario } from './disk-scenarios.ts';

const OUTSIDE = '/data/outside';
let cases = 0;
afterAll(() => console.log(`every-n, files changed under a disk job: ${cases} cases`));

/** What somebody does to a path while a job runs. True when it made or changed a file there, to the content 'u'. */
const MEDDLING: Readonly<Record<string, (test: DiskCase, path: string) => boolean>> = {
  'writes in place': ({ disk: { user } }, path) => {
    if (user.kindOf(path) !== 'file') return false;
    user.write(path, contentOf('u'));
    return true;
  },
  'puts another file there': ({ disk: { user } }, path) => {
    if (user.kindOf(path) === 'directory' || user.kindOf(parentOf(path)) !== 'directory') return false;
    user.write('/data/new', contentOf('u'));
    user.rename('/data/new', path);
    return true;
  },
  'removes it': ({ disk: { user } }, path) => {
    if (user.kindOf(path) === 'file') user.remove(path);
    return false;
  },
  'turns its directory into a way out': ({ disk: { user } }, path) => {
    const parent = parentOf(path);
    if (parent === ROOT || user.kindOf(parent) !== 'directory') return false;
    user.rename(parent, `${ROOT}/moved away`);
    user.symlink(parent, OUTSIDE);
    return false;
  },
};

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function meddle(scenario: DiskScenario, at: DeviceOperation, deed: string, path: string, lookedAt: number): void {
  cases += 1;
  const test = new DiskCase(scenario);
  test.disk.user.makeDirectories(OUTSIDE);
  let wrote = false;
  let stood: string | undefined;
  const { steps } = test.run(({ number }) => {
    if (number !== at.number) return undefined;
    stood = test.picture()[path];
    wrote = MEDDLING[deed]?.(test, `${ROOT}/${path}`) ?? false;
    return undefined;
  });
  const where = `${deed} at ${path} before ${at.number} ${at.call} ${at.subject}`;
  const left = test.contents();
  if (wrote && !isUnguarded(at)) expect(left, where).toContain('u');
  // Until the job has looked, a change stops it. Later the new version may have gone to the trash.
  if (wrote && at.number <= lookedAt) expect(Object.values(test.picture()), where).toContain('u');
  for (const content of Object.values(scenario.before)) {
    // What somebody overwrites or removes themselves is theirs to lose.
    if (content !== stood) expect(left, where).toContain(content);
  }
  expect(Object.values(test.picture()), where).not.toContain('torn');
  expect([...test.disk.user.tree(OUTSIDE).keys()], where).toEqual([]);
  expect(takenForOurs(test, steps), where).toEqual([]);
  expect(takenAlong(test, steps), where).not.toContain('u');
}

/** Contents that are parked, or in the trash by a step that says that it deleted what was meant. */
function takenAlong(test: DiskCase, outcomes: readonly StepOutcome[]): readonly string[] {
  const deleted = test.job.steps.flatMap((step, index) =>
    step.kind === 'trash' && outcomes[index]?.kind === 'done' ? [`trash/${step.keep}`] : [],
  );
  return [...test.disk.user.tree(`${ROOT}/.sheaf`)].flatMap(([path, { bytes }]) =>
    path.startsWith('park/') || deleted.includes(path) ? [letterOf(bytes)] : [],
  );
}

/** Where somebody's content stands that no later look would read: its stamp is the one that the index gets. */
function takenForOurs(test: DiskCase, outcomes: readonly StepOutcome[]): readonly string[] {
  const picture = test.picture();
  return test.job.steps.flatMap((step, index) => {
    const outcome = outcomes[index];
    const path = step.kind === 'move' ? step.to : step.path;
    if (outcome?.kind !== 'done' || outcome.stamp === undefined || picture[path] !== 'u') return [];
    return sameStamp(outcome.stamp, test.stamp(path)) ? [path] : [];
  });
}

describe.each(DISK_SCENARIOS)('somebody meddles with every operation of: $name', (scenario) => {
  const dry = new DiskCase(scenario);
  dry.run();
  const paths = [...new Set([...Object.keys(scenario.before), ...Object.keys(scenario.after)])];

  it.each(Object.keys(MEDDLING))('%s, and loses nothing by it', (deed) => {
    for (const path of paths) {
      const look = dry.operations.find(({ call, subject }) => call === 'stat' && subject === `${ROOT}/${path}`);
      for (const operation of dry.operations) meddle(scenario, operation, deed, path, look?.number ?? 0);
    }
    expect(dry.operations.length).toBeGreaterThan(0);
  });
});

describe('somebody saves twice while a file is replaced', () => {
  it('and finds the last of the three there, wherever in between that was', () => {
    const scenario = DISK_SCENARIOS.find(({ name }) => name === 'replace');
    if (scenario === undefined) throw new Error('the scenario is gone');
    const path = `${ROOT}/d/a`;
    const dry = new DiskCase(scenario);
    dry.run();
    const last = dry.operations.length;
    for (let first = 1; first <= last; first += 1) {
      // What the first save makes the job do comes on top.
      for (let second = first; second <= last + 4; second += 1) {
        cases += 1;
        const test = new DiskCase(scenario);
        const save = (letter: string): void => {
          test.disk.user.write('/data/new', contentOf(letter));
          test.disk.user.rename('/data/new', path);
        };
        test.run(({ number }) => {
          if (number === first) save('u');
          if (number === second) save('v');
          return undefined;
        });
        const saved = test.operations.length >= second ? 'v' : 'u';
        expect(test.picture()['d/a'], `${first}, ${second}`).toBe(saved);
      }
    }
  });
});
