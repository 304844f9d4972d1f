import { describe, expect, it } from 'vitest';
import { planSteps } from '../../../daemon/core/plan/plan.ts';
import type { Change, DiskTree, Plan } from '../../../daemon/core/plan/step.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Tree } from '../../property/plan-disk.ts';
import { at, content, difference, entryId } from '../../property/plan-trees.ts';

const directory = content('directory');
const COUNT = 10_000;

/** A tree as maps, that counts what it is asked. */
function counting(tree: Tree): { readonly disk: DiskTree; readonly asked: () => number } {
  const names = new Map<string, EntryId>();
  const children = new Map<EntryId, EntryId[]>();
  for (const [entry, { placement }] of tree) {
    names.set(placement.parent + placement.name, entry);
    const siblings = children.get(placement.parent) ?? [];
    siblings.push(entry);
    children.set(placement.parent, siblings);
  }
  let asked = 0;
  const count = <Answer>(answer: Answer): Answer => {
    asked += 1;
    return answer;
  };
  const disk: DiskTree = {
    placementOf: (entry) => count(tree.get(entry)?.placement),
    isDirectory: (entry) => count(tree.get(entry)?.content.kind === 'directory'),
    childNamed: (parent, name) => count(names.get(parent + name)),
    children: (entry) => count(children.get(entry) ?? []),
  };
  return { disk, asked: () => asked };
}

function plan(before: Tree, after: Tree): Plan & { readonly asked: number } {
  const { disk, asked } = counting(before);
  const changes: readonly Change[] = difference(before, after);
  return { ...planSteps(changes, disk), asked: asked() };
}

function files(count: number, nameOf: (index: number) => string): Tree {
  const entries = Array.from(
    { length: count },
    (_, index) => [entryId(index + 2), at(entryId(1), nameOf(index))] as const,
  );
  return new Map([[entryId(1), at(ROOT_ENTRY, 'd', directory)], ...entries]);
}

function chain(count: number, reversed: boolean): Tree {
  const above = (index: number): EntryId => {
    const next = reversed ? index + 1 : index - 1;
    return next < 0 || next === count ? ROOT_ENTRY : entryId(next + 1);
  };
  return new Map(Array.from({ length: count }, (_, index) => [entryId(index + 1), at(above(index), 'c', directory)]));
}

describe('what a plan asks of the disk follows the changes', () => {
  it('for many creations, deletions and renames in one directory', () => {
    const full = files(COUNT, (index) => `f${index}`);
    const empty = files(0, String);
    const renamed = files(COUNT, (index) => `f${(index + 1) % COUNT}`);
    for (const [before, after, parks] of [
      [empty, full, 0],
      [full, empty, 0],
      [new Map(), full, 0],
      [full, new Map(), 0],
      [full, renamed, 1],
    ] as const) {
      const { steps, postponed, asked } = plan(before, after);
      expect(postponed).toEqual([]);
      expect(steps.filter((step) => step.kind === 'park')).toHaveLength(parks);
      expect(asked).toBeLessThanOrEqual(2 * COUNT + 2);
    }
  });

  it('for very deep trees, made, removed and turned upside down', () => {
    const [down, up] = [chain(COUNT, false), chain(COUNT, true)];
    for (const [before, after] of [
      [new Map(), down],
      [down, new Map()],
      [down, up],
    ] as const) {
      const { steps, postponed, asked } = plan(before, after);
      expect(postponed).toEqual([]);
      expect(steps.length).toBeLessThanOrEqual(COUNT + 1);
      expect(asked).toBeLessThanOrEqual(2 * COUNT + 2);
    }
  });

  it('for one directory of a large tree that moves', () => {
    const before = new Map([...chain(COUNT, false), [entryId(COUNT + 1), at(ROOT_ENTRY, 'x', directory)]]);
    const after = new Map([...before, [entryId(COUNT + 1), at(entryId(5), 'x', directory)]]);
    const { steps, asked } = plan(before, after);
    expect(steps.map(({ kind }) => kind)).toEqual(['move']);
    expect(asked).toBeLessThan(20);
  });
});
