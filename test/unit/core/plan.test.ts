import { describe, expect, it } from 'vitest';
import { planSteps } from '../../../daemon/core/plan/plan.ts';
import type { Standing } from '../../../daemon/core/plan/step.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { PlanDisk, type Tree } from '../../property/plan-disk.ts';
import { at, content, difference } from '../../property/plan-trees.ts';
import { id, tell, tree } from './plan-words.ts';

const directory = content('directory');

/** Plans the way from one tree to the other, checks on the model disk that it leads there, and tells it in words. */
function plan(before: Tree, after: Tree, options: { ignoresCase?: boolean } = {}): readonly string[] {
  const disk = new PlanDisk(before, options.ignoresCase ?? false);
  const { steps, postponed } = planSteps(difference(before, after), disk);
  expect(postponed).toEqual([]);
  for (const step of steps) disk.execute(step);
  expect(difference(disk.tree(), after)).toEqual([]);
  return steps.map(tell);
}

describe('names', () => {
  it('are exchanged through one park', () => {
    const steps = plan(tree({ one: 'a', two: 'b' }), tree({ one: 'b', two: 'a' }));
    expect(steps).toEqual(['park two', 'move one', 'move two']);
  });

  it('rotate from the free end, without a park', () => {
    const before = tree({ newest: 'log', middle: 'log.1', oldest: 'log.2' });
    const after = tree({ fresh: 'log', newest: 'log.1', middle: 'log.2', oldest: 'log.3' });
    expect(plan(before, after)).toEqual(['move oldest', 'move middle', 'move newest', 'create fresh']);
  });

  it('rotate in two separate rings with two parks', () => {
    const before = tree({ a: 'a', b: 'b', c: 'c', x: 'x', y: 'y' });
    const after = tree({ a: 'b', b: 'c', c: 'a', x: 'y', y: 'x' });
    expect(plan(before, after).filter((step) => step.startsWith('park'))).toHaveLength(2);
  });

  it('that differ only in case go through the parking directory on every disk', () => {
    for (const ignoresCase of [false, true]) {
      const steps = plan(tree({ note: 'read me' }), tree({ note: 'READ ME' }), { ignoresCase });
      expect(steps).toEqual(['park note', 'move note']);
    }
  });

  it('that differ only in normal form go through the parking directory', () => {
    const steps = plan(tree({ note: 'caf\u00e9' }), tree({ note: 'cafe\u0301' }));
    expect(steps).toEqual(['park note', 'move note']);
  });

  it('that differ in case are free only when the other has left', () => {
    const steps = plan(tree({ old: 'a', new: 'x' }), tree({ old: 'b', new: 'A' }), { ignoresCase: true });
    expect(steps).toEqual(['move old', 'move new']);
  });

  it('both stay where the disk tells their case apart', () => {
    const steps = plan(tree({ small: 'a', large: 'A' }), tree({ small: 'A', large: 'a' }));
    expect(steps.filter((step) => step.startsWith('park'))).toHaveLength(1);
  });

  it('are freed by a deletion just before they are taken again', () => {
    const before = tree({ stale: 'a', other: 'z' });
    expect(plan(before, tree({ fresh: 'a' }))).toEqual(['trash stale', 'create fresh', 'trash other']);
  });

  it('are freed by a whole directory, from the bottom', () => {
    const before = tree({ dir: 'a/', sub: 'a/sub/', leaf: 'a/sub/leaf', gone: 'other' });
    const after = tree({ file: 'a' });
    expect(plan(before, after)).toEqual([
      'trash leaf',
      'remove-directory sub',
      'remove-directory dir',
      'create file',
      'trash gone',
    ]);
  });
});

describe('directories', () => {
  it('are made from the top and removed from the bottom', () => {
    const full = tree({ top: 'top/', sub: 'top/sub/', leaf: 'top/sub/leaf' });
    const made = ['make-directory top', 'make-directory sub', 'create leaf'];
    expect(plan(new Map(), full)).toEqual(made);
    expect(plan(full, new Map())).toEqual(['trash leaf', 'remove-directory sub', 'remove-directory top']);
  });

  it('move as one, whatever they hold', () => {
    const before = tree({ dir: 'a/', leaf: 'a/leaf', sub: 'a/sub/' });
    const after = tree({ dir: 'b/', leaf: 'b/leaf', sub: 'b/sub/' });
    expect(plan(before, after)).toEqual(['move dir']);
  });

  it('are removed after what moves out of them', () => {
    const before = tree({ dir: 'a/', leaf: 'a/leaf' });
    expect(plan(before, tree({ leaf: 'leaf' }))).toEqual(['move leaf', 'remove-directory dir']);
  });

  it('give their own name to what was in them', () => {
    const before = tree({ dir: 'a/', leaf: 'a/leaf' });
    expect(plan(before, tree({ leaf: 'a' }))).toEqual(['park leaf', 'remove-directory dir', 'move leaf']);
  });

  it('move below what was below them, from the inside out', () => {
    const before = tree({ outer: 'outer/', inner: 'outer/inner/' });
    const after = tree({ inner: 'inner/', outer: 'inner/outer/' });
    expect(plan(before, after)).toEqual(['move inner', 'move outer']);
  });

  it('change places with what was below them through one park', () => {
    const before = tree({ outer: 'a/', inner: 'a/a/' });
    const after = tree({ inner: 'a/', outer: 'a/a/' });
    expect(plan(before, after).filter((step) => step.startsWith('park'))).toHaveLength(1);
  });

  it('wait for any move that takes the new parent out, not only for the nearest', () => {
    const before = tree({ outer: 'o/', middle: 'o/m/', inner: 'o/m/i/', stale: 'm' });
    const after = tree({ middle: 'm/', inner: 'o/', outer: 'o/x/' });
    expect(plan(before, after)).toEqual(['trash stale', 'move middle', 'move outer', 'move inner']);
  });

  it('are put over their own old name, one level down', () => {
    const before = tree({ old: 'a/', leaf: 'a/leaf' });
    const after = tree({ fresh: 'a/', old: 'a/a/', leaf: 'a/a/leaf' });
    expect(plan(before, after)).toEqual(['park old', 'make-directory fresh', 'move old']);
  });

  it('are parked only when no file of the ring can be', () => {
    const before = tree({ dir: 'a/', leaf: 'b' });
    expect(plan(before, tree({ dir: 'b/', leaf: 'a' }))).toEqual(['park leaf', 'move dir', 'move leaf']);
  });
});

describe('kinds', () => {
  it('change from file to directory and back', () => {
    const file = tree({ it: 'a' });
    const dir = tree({ it: 'a/', leaf: 'a/leaf' });
    expect(plan(file, dir)).toEqual(['trash it', 'make-directory it', 'create leaf']);
    expect(plan(dir, file)).toEqual(['trash leaf', 'remove-directory it', 'create it']);
  });

  it('change from file to symlink', () => {
    expect(plan(tree({ it: 'a' }), tree({ it: 'a@' }))).toEqual(['trash it', 'create it']);
  });

  it('change together with the place', () => {
    const steps = plan(tree({ it: 'a/', leaf: 'a/leaf' }), tree({ it: 'b', leaf: 'a' }));
    expect(steps).toEqual(['park leaf', 'remove-directory it', 'move leaf', 'create it']);
  });
});

describe('contents', () => {
  const place = (what: Standing['content']): Tree => new Map([[id('file'), at(ROOT_ENTRY, 'a', what)]]);

  it('are replaced when the bytes differ, else only the mode or time is set', () => {
    expect(plan(place(content('file', 0)), place(content('file', 1)))).toEqual(['replace file']);
    expect(plan(place(content('file', 0)), place(content('file', 0, 5n)))).toEqual(['set-metadata file']);
    expect(plan(place(content('symlink', 0)), place(content('symlink', 1)))).toEqual(['replace file']);
  });

  it('are replaced at the new place of an entry that moves too', () => {
    const after = new Map([[id('file'), at(ROOT_ENTRY, 'b', content('file', 1))]]);
    expect(plan(place(content('file', 0)), after)).toEqual(['move file', 'replace file']);
  });

  it('that differ only in what the disk does not show take no step', () => {
    const entry = id('file');
    const before = at(ROOT_ENTRY, 'a', content('file'));
    const after = at(ROOT_ENTRY, 'a', { ...content('file'), time: 7 });
    const disk = new PlanDisk(new Map([[entry, before]]), false);
    expect(planSteps([{ entry, before, after }], disk)).toEqual({ steps: [], postponed: [] });
  });
});

describe('a caller is told', () => {
  it('of an entry that is in the batch twice', () => {
    const change = { entry: id('one'), before: undefined, after: at(ROOT_ENTRY, 'a') };
    expect(() => planSteps([change, change], new PlanDisk(new Map(), false))).toThrow(/twice/);
  });

  it('of a change of the root', () => {
    const change = { entry: ROOT_ENTRY, before: undefined, after: at(id('one'), 'a', directory) };
    expect(() => planSteps([change], new PlanDisk(new Map(), false))).toThrow(/root/);
  });
});
