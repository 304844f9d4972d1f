import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Placement } from '../../daemon/core/entry.ts';
import { planSteps } from '../../daemon/core/plan/plan.ts';
import { prerequisitesOf } from '../../daemon/core/plan/prerequisites.ts';
import type { Step } from '../../daemon/core/plan/step.ts';
import { type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';
import { PlanDisk } from './plan-disk.ts';
import { difference, treePairs } from './plan-trees.ts';

const RUNS = Number(process.env['SHEAF_PROPERTY_RUNS'] ?? 1_000);
const NAMES = ['a', 'b', 'c', 'd'];

/** Follows where everything is by what the steps say, whether or not they succeeded. */
class Whereabouts {
  readonly #disk: PlanDisk;
  readonly #moved = new Map<EntryId, Placement | 'parked'>();

  constructor(disk: PlanDisk) {
    this.#disk = disk;
  }

  pathOf(entry: EntryId): string {
    if (entry === ROOT_ENTRY) return '';
    const place = this.#moved.get(entry) ?? (this.#disk.isParked(entry) ? 'parked' : this.#disk.placementOf(entry));
    if (place === undefined) return `nowhere/${entry}`;
    return place === 'parked' ? `parking/${entry}` : `${this.pathOf(place.parent)}/${place.name}`;
  }

  follow(step: Step): void {
    if (step.kind === 'park') this.#moved.set(step.entry, 'parked');
    else if (step.kind === 'move') this.#moved.set(step.entry, step.to);
    else if (step.kind === 'make-directory') this.#moved.set(step.entry, step.at);
  }
}

function parentsOf(step: Step): readonly EntryId[] {
  if ('at' in step) return [step.at.parent];
  if (step.kind === 'move') return step.from === 'parked' ? [step.to.parent] : [step.from.parent, step.to.parent];
  return [step.from.parent];
}

describe('when steps fail', () => {
  it('those whose prerequisites were done find the paths that were worked out beforehand', () => {
    const cases = fc.constantFrom(6, 14).chain((size) =>
      fc.record({
        pair: treePairs(size, NAMES, false),
        broken: fc.array(fc.nat({ max: 9 }), { minLength: 40, maxLength: 40 }),
      }),
    );
    let skipped = 0;
    let executed = 0;
    fc.assert(
      fc.property(cases, ({ pair: { before, after }, broken }) => {
        const disk = new PlanDisk(before, false);
        const { steps } = planSteps(difference(before, after), disk);
        const prerequisites = prerequisitesOf(steps, disk);
        const planned = new Whereabouts(new PlanDisk(before, false));
        const done = new Set<number>();
        for (const [index, step] of steps.entries()) {
          const ready = (prerequisites[index] ?? []).every((needed) => done.has(needed));
          if (!ready) skipped += 1;
          if (ready) {
            const real = new Whereabouts(disk);
            for (const parent of parentsOf(step)) expect(real.pathOf(parent)).toBe(planned.pathOf(parent));
            if (broken[index % broken.length] !== 0 && succeeds(disk, step)) done.add(index);
          }
          planned.follow(step);
        }
        executed += done.size;
      }),
      { numRuns: RUNS },
    );
    expect(skipped).toBeGreaterThan(RUNS / 20);
    expect(executed).toBeGreaterThan(RUNS);
  });

  it('nothing is skipped when none fails', () => {
    fc.assert(
      fc.property(treePairs(14, NAMES, false), ({ before, after }) => {
        const disk = new PlanDisk(before, false);
        const { steps } = planSteps(difference(before, after), disk);
        for (const [index, needed] of prerequisitesOf(steps, disk).entries()) {
          expect(needed.every((step) => step < index)).toBe(true);
        }
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

function succeeds(disk: PlanDisk, step: Step): boolean {
  try {
    disk.execute(step);
    return true;
  } catch {
    return false;
  }
}
