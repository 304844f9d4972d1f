import { describe, expect, it } from 'vitest';
import { planSteps } from '../../../daemon/core/plan/plan.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { PlanDisk, type Tree } from '../../property/plan-disk.ts';
import { at, content, difference, entryId } from '../../property/plan-trees.ts';
import { id, label, tell, tellPostponed, tree } from './plan-words.ts';

const directory = content('directory');

describe('a change is postponed', () => {
  /** Plans only the named changes of the way from one tree to the other. */
  function part(before: Tree, after: Tree, names: readonly string[]): { steps: string[]; postponed: string[] } {
    const disk = new PlanDisk(before, false);
    const chosen = new Set(names.map(id));
    const result = planSteps(
      difference(before, after).filter((change) => chosen.has(change.entry)),
      disk,
    );
    for (const step of result.steps) disk.execute(step);
    expect(disk.parked).toBe(0);
    return { steps: result.steps.map(tell), postponed: result.postponed.map(tellPostponed) };
  }

  it('when its directory is not there, or not a directory yet', () => {
    const after = tree({ dir: 'd/', leaf: 'd/leaf' });
    const expected = { steps: [], postponed: ['leaf: parent-missing dir'] };
    expect(part(new Map(), after, ['leaf'])).toEqual(expected);
    expect(part(tree({ dir: 'd' }), after, ['leaf'])).toEqual(expected);
  });

  it('when its name is taken by something that stays, with all that goes below it', () => {
    const after = tree({ dir: 'd/', sub: 'd/sub/', leaf: 'd/sub/leaf' });
    expect(part(tree({ holder: 'd' }), after, ['dir', 'sub', 'leaf'])).toEqual({
      steps: [],
      postponed: ['dir: occupied holder', 'leaf: parent-missing sub', 'sub: parent-missing dir'].sort(byLabel),
    });
  });

  it('when its name is taken by something that would leave but cannot', () => {
    const before = tree({ holder: 'h', one: 'a', two: 'b' });
    const after = tree({ one: 'h', two: 'a', holder: 'z' });
    const expected = { steps: [], postponed: ['one: occupied holder', 'two: occupied one'].sort(byLabel) };
    expect(part(before, after, ['one', 'two'])).toEqual(expected);
  });

  it('when its name is taken by an entry of the batch that only gets new content', () => {
    const before = new Map([[id('holder'), at(ROOT_ENTRY, 'a', content('file', 0))]]);
    const disk = new PlanDisk(before, false);
    const after = at(ROOT_ENTRY, 'a', content('file', 1));
    const { steps, postponed } = planSteps(
      [
        { entry: id('holder'), before: before.get(id('holder')), after },
        { entry: id('intruder'), before: undefined, after },
      ],
      disk,
    );
    expect(steps.map(tell)).toEqual(['replace holder']);
    expect(postponed.map(tellPostponed)).toEqual(['intruder: occupied holder']);
  });

  it('when another with a smaller id wants the same name', () => {
    const small = { entry: entryId(900), before: undefined, after: at(ROOT_ENTRY, 'same') };
    const large = { entry: entryId(901), before: undefined, after: at(ROOT_ENTRY, 'same') };
    const { steps, postponed } = planSteps([large, small], new PlanDisk(new Map(), false));
    expect(steps.map((step) => step.entry)).toEqual([small.entry]);
    expect(postponed).toEqual([{ entry: large.entry, reason: 'occupied', blocker: small.entry }]);
  });

  it('when a directory still holds something that is not in the batch', () => {
    const before = tree({ dir: 'd/', leaf: 'd/leaf', kept: 'd/kept' });
    const expected = { steps: ['trash leaf'], postponed: ['dir: not-empty kept'] };
    expect(part(before, new Map(), ['dir', 'leaf'])).toEqual(expected);
  });

  it('when a directory would move into itself', () => {
    const before = tree({ outer: 'outer/', inner: 'outer/inner/' });
    const after = tree({ inner: 'inner/', outer: 'inner/outer/' });
    expect(part(before, after, ['outer'])).toEqual({ steps: [], postponed: ['outer: into-itself inner'] });
  });

  it('alone, when the others of its ring can still move', () => {
    const before = tree({ a: 'a/', b: 'a/b/', c: 'a/c/', d: 'd/' });
    const after = tree({ c: 'c/', b: 'c/b/', a: 'c/b/a/', d: 'd/' });
    expect(part(before, after, ['a', 'b'])).toEqual({ steps: ['move b'], postponed: ['a: into-itself b'] });
  });

  it('once, when what it waits for closes a ring of its own', () => {
    const before = tree({ p: 'y/q/x/p/', y: 'y/', q: 'y/q/', x: 'y/q/x/' });
    const after = tree({ p: 'p/', x: 'p/x/', q: 'q/', y: 'q/x/' });
    const expected = { steps: [], postponed: ['y: occupied x', 'x: into-itself p'] };
    expect(part(before, after, ['x', 'y'])).toEqual(expected);
  });

  it('whole, so that what changes its kind is not lost on the way', () => {
    const before = tree({ it: 'a', holder: 'b' });
    const after = new Map([[id('it'), at(ROOT_ENTRY, 'b', directory)]]);
    expect(part(before, after, ['it'])).toEqual({ steps: [], postponed: ['it: occupied holder'] });
  });

  it('when two new directories claim to be in each other', () => {
    const after = new Map([
      [id('egg'), at(id('hen'), 'egg', directory)],
      [id('hen'), at(id('egg'), 'hen', directory)],
    ]);
    const { steps, postponed } = planSteps(difference(new Map(), after), new PlanDisk(new Map(), false));
    expect(steps).toEqual([]);
    expect(postponed.map(({ entry }) => label(entry)).sort()).toEqual(['egg', 'hen']);
  });
});

function byLabel(a: string, b: string): number {
  const left = id(a.split(':')[0] ?? '');
  const right = id(b.split(':')[0] ?? '');
  return left < right ? -1 : 1;
}
