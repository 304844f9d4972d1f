import { describe, expect, it } from 'vitest';
import { planSteps } from '../../../daemon/core/plan/plan.ts';
import { prerequisitesOf } from '../../../daemon/core/plan/prerequisites.ts';
import { PlanDisk, type Tree } from '../../property/plan-disk.ts';
import { difference } from '../../property/plan-trees.ts';
import { tell, tree } from './plan-words.ts';

/** The steps from one tree to the other, each with the numbers of those it cannot do without. */
function plan(before: Tree, after: Tree): readonly string[] {
  const disk = new PlanDisk(before, false);
  const { steps } = planSteps(difference(before, after), disk);
  const needed = prerequisitesOf(steps, disk);
  return steps.map((step, index) => `${index} ${tell(step)} after [${needed[index]?.join(' ')}]`);
}

describe('the prerequisites of a step', () => {
  it('are the last steps that made the path of its directory, and what freed its name', () => {
    const before = tree({ one: 'a/', two: 'b/', leaf: 'a/leaf', other: 'b/other', sub: 'a/sub/' });
    const after = tree({ one: 'b/', two: 'a/', sub: 'b/sub/' });
    expect(plan(before, after)).toEqual([
      '0 park two after []',
      '1 move one after [0]',
      '2 move two after [0 1]',
      '3 trash leaf after [1]',
      '4 trash other after [2]',
    ]);
  });

  it('leave out what the nearest of them needed itself', () => {
    expect(plan(new Map(), tree({ top: 't/', sub: 't/s/', leaf: 't/s/leaf' }))).toEqual([
      '0 make-directory top after []',
      '1 make-directory sub after [0]',
      '2 create leaf after [1]',
    ]);
  });

  it('count a directory further up that moved after the nearer one', () => {
    const before = tree({ top: 't/', sub: 't/s/', leaf: 't/s/leaf', stale: 'u' });
    const after = tree({ top: 'u/', sub: 'u/z/' });
    expect(plan(before, after)).toEqual([
      '0 move sub after []',
      '1 trash stale after []',
      '2 move top after [1]',
      '3 trash leaf after [0 2]',
    ]);
  });

  it('are none for steps in directories that stay', () => {
    const before = tree({ dir: 'd/', gone: 'd/gone' });
    const after = tree({ dir: 'd/', leaf: 'd/leaf' });
    expect(plan(before, after)).toEqual(['0 create leaf after []', '1 trash gone after []']);
  });

  it('are for a directory that goes all that was taken out of it', () => {
    const before = tree({ dir: 'd/', leaf: 'd/leaf', sub: 'd/sub/', deep: 'd/sub/deep' });
    expect(plan(before, tree({ leaf: 'leaf' }))).toEqual([
      '0 move leaf after []',
      '1 trash deep after []',
      '2 remove-directory sub after [1]',
      '3 remove-directory dir after [0 2]',
    ]);
  });

  it('hold together the steps of one entry', () => {
    expect(plan(tree({ it: 'a' }), tree({ it: 'a/' }))).toEqual([
      '0 trash it after []',
      '1 make-directory it after [0]',
    ]);
  });
});
