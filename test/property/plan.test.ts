import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSteps } from '../../daemon/core/plan/plan.ts';
import type { Change, DiskTree, Plan, Postponed, Step } from '../../daemon/core/plan/step.ts';
import { type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';
import { PlanDisk, type Tree } from './plan-disk.ts';
import { difference, sameStanding, type TreePair, treePairs } from './plan-trees.ts';

const RUNS = Number(process.env['SHEAF_PROPERTY_RUNS'] ?? 1_000);

const disks = [
  { disk: 'a disk that minds case', names: ['a', 'b', 'c', 'd'], ignoresCase: false },
  {
    disk: 'a disk that minds case, with names that differ in case only',
    names: ['a', 'A', 'b', 'B'],
    ignoresCase: false,
  },
  { disk: 'a disk that ignores case', names: ['a', 'A', 'b', 'B', 'c'], ignoresCase: true },
];

function pairs(row: (typeof disks)[number]): fc.Arbitrary<TreePair> {
  return fc.constantFrom(3, 6, 14).chain((size) => treePairs(size, row.names, row.ignoresCase));
}

function execute(disk: PlanDisk, plan: Plan): void {
  for (const [index, step] of plan.steps.entries()) {
    try {
      disk.execute(step);
    } catch (cause) {
      throw new Error(`step ${index} of ${JSON.stringify(plan.steps, textOf)}: ${String(cause)}`, { cause });
    }
  }
}

function textOf(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** One line an entry, in the same order for the same tree. */
function sorted(tree: Tree): readonly string[] {
  return [...tree]
    .map(([entry, { placement, content }]) =>
      [entry, placement.parent, placement.name, content.kind, content.digest, content.mtimeNs].join(' '),
    )
    .sort();
}

function parks(plan: Plan): readonly Step[] {
  return plan.steps.filter((step) => step.kind === 'park');
}

describe.each(disks)('plans for $disk', (row) => {
  it('lead from any tree to any other, postpone nothing and leave nothing parked', () => {
    fc.assert(
      fc.property(pairs(row), ({ before, after, ignoresCase }) => {
        const disk = new PlanDisk(before, ignoresCase);
        const plan = planSteps(difference(before, after), disk);
        execute(disk, plan);
        expect(plan.postponed).toEqual([]);
        expect(disk.parked).toBe(0);
        expect(sorted(disk.tree())).toEqual(sorted(after));
      }),
      { numRuns: RUNS },
    );
  });

  it('do not depend on the order of the changes or of what a directory lists', () => {
    const shuffled = pairs(row).chain((pair) => {
      const changes = difference(pair.before, pair.after);
      return fc.record({
        pair: fc.constant(pair),
        some: fc.shuffledSubarray([...changes], { minLength: changes.length }),
      });
    });
    fc.assert(
      fc.property(shuffled, ({ pair, some }) => {
        const disk = new PlanDisk(pair.before, pair.ignoresCase);
        const other: DiskTree = {
          placementOf: (entry) => disk.placementOf(entry),
          isDirectory: (entry) => disk.isDirectory(entry),
          childNamed: (parent, name) => disk.childNamed(parent, name),
          children: (entry) => disk.children(entry).toReversed(),
        };
        expect(planSteps(some, other)).toEqual(planSteps(difference(pair.before, pair.after), disk));
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it('remove early only what stands in the way of something', () => {
    fc.assert(
      fc.property(pairs(row), ({ before, after, ignoresCase }) => {
        const { steps } = planSteps(difference(before, after), new PlanDisk(before, ignoresCase));
        const last = steps.findLastIndex((step) => step.kind !== 'trash' && step.kind !== 'remove-directory');
        const fold = (name: string): string => name.toLowerCase();
        const wanted = new Set([...after.values()].map(({ placement }) => placement.parent + fold(placement.name)));
        for (const step of steps.slice(0, last + 1)) {
          if (step.kind !== 'trash' && step.kind !== 'remove-directory') continue;
          const above = [step.entry, ...ancestors(step.entry, before)];
          const inTheWay = above.some((entry) => {
            const place = before.get(entry)?.placement;
            return after.has(entry) || (place !== undefined && wanted.has(place.parent + fold(place.name)));
          });
          expect(inTheWay).toBe(true);
        }
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('of part of the changes are executable, say truly why they postpone, and the rest follows later', () => {
    const parts = pairs(row).chain((pair) =>
      fc.record({
        pair: fc.constant(pair),
        masks: fc.array(fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }), { minLength: 1, maxLength: 3 }),
      }),
    );
    fc.assert(
      fc.property(parts, ({ pair, masks }) => {
        const disk = new PlanDisk(pair.before, pair.ignoresCase);
        for (const mask of masks) {
          const changes = difference(disk.tree(), pair.after).filter((_change, index) => mask[index % mask.length]);
          runPart(disk, changes);
        }
        const rest = planSteps(difference(disk.tree(), pair.after), disk);
        execute(disk, rest);
        expect(rest.postponed).toEqual([]);
        expect(sorted(disk.tree())).toEqual(sorted(pair.after));
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(disks.filter((row) => !row.disk.includes('differ in case')))('parks on $disk', (row) => {
  it('happen only where no direct step leads on, and once an entry at most', () => {
    let seen = 0;
    fc.assert(
      fc.property(pairs(row), ({ before, after, ignoresCase }) => {
        const changes = difference(before, after);
        const plan = planSteps(changes, new PlanDisk(before, ignoresCase));
        const parked = parks(plan).map((step) => step.entry);
        expect(new Set(parked).size).toBe(parked.length);
        for (const [index, step] of plan.steps.entries()) {
          if (step.kind !== 'park') continue;
          seen += 1;
          const disk = new PlanDisk(before, ignoresCase);
          for (const done of plan.steps.slice(0, index)) disk.execute(done);
          doAllDirectSteps(disk, changes);
          expect(sameStanding(disk.tree().get(step.entry), after.get(step.entry))).toBe(false);
        }
      }),
      { numRuns: RUNS },
    );
    expect(seen).toBeGreaterThan(RUNS / 20);
  });
});

/** Executes part of the changes and checks that the disk then has exactly those of them that were not postponed. */
function runPart(disk: PlanDisk, changes: readonly Change[]): void {
  const plan = planSteps(changes, disk);
  const before = disk.tree();
  const expected = new Map(before);
  const wished = new Map(changes.flatMap(({ entry, after }) => (after === undefined ? [] : [[entry, after] as const])));
  const postponed = new Set(plan.postponed.map(({ entry }) => entry));
  for (const { entry, after } of changes) {
    if (postponed.has(entry)) continue;
    if (after === undefined) expected.delete(entry);
    else expected.set(entry, after);
  }
  execute(disk, plan);
  expect(disk.parked).toBe(0);
  expect(sorted(disk.tree())).toEqual(sorted(expected));
  for (const item of plan.postponed) {
    const change = changes.find(({ entry }) => entry === item.entry);
    if (change === undefined) throw new Error(`${item.entry} is postponed, but not in the batch`);
    expect({ ...item, justified: isJustified(item, change, disk.tree(), [before, wished]) }).toEqual({
      ...item,
      justified: true,
    });
  }
}

/** Is the reason true after the batch? */
function isJustified({ reason, blocker }: Postponed, change: Change, now: Tree, others: readonly Tree[]): boolean {
  const wanted = change.after?.placement;
  switch (reason) {
    case 'not-empty':
      return now.get(blocker)?.placement.parent === change.entry;
    case 'parent-missing':
      return blocker === wanted?.parent && now.get(blocker)?.content.kind !== 'directory';
    case 'into-itself':
      // What would have closed the ring may have been postponed in turn, so each link may be from any of the trees.
      return blocker === wanted?.parent && isBelow(blocker, change.entry, [now, ...others]);
    case 'occupied': {
      const place = now.get(blocker)?.placement;
      return place?.parent === wanted?.parent && place?.name.toLowerCase() === wanted?.name.toLowerCase();
    }
  }
}

/** True when parents, each from any of the trees, lead from one entry to the other. */
function isBelow(entry: EntryId, top: EntryId, trees: readonly Tree[]): boolean {
  const reached = new Set([entry]);
  for (const at of reached) {
    for (const tree of trees) {
      const parent = tree.get(at)?.placement.parent;
      if (parent !== undefined) reached.add(parent);
    }
  }
  return reached.has(top);
}

function ancestors(entry: EntryId, tree: Tree): readonly EntryId[] {
  const above: EntryId[] = [];
  for (let at = tree.get(entry)?.placement.parent; at !== undefined && at !== ROOT_ENTRY; ) {
    above.push(at);
    at = tree.get(at)?.placement.parent;
  }
  return above;
}

/** Does whatever can be done without parking anything, over and over, in any order. */
function doAllDirectSteps(disk: PlanDisk, changes: readonly Change[]): void {
  for (let progress = true; progress; ) {
    progress = false;
    for (const { entry, after } of changes) {
      const now = disk.tree().get(entry);
      if (sameStanding(now, after)) continue;
      const step = disk.isParked(entry) ? unpark(entry, after) : directStep(entry, now, after);
      if (step !== undefined && succeeds(disk, step)) progress = true;
    }
  }
}

function unpark(entry: EntryId, after: Change['after']): Step | undefined {
  return after && { kind: 'move', entry, from: 'parked', to: after.placement };
}

function directStep(entry: EntryId, now: Change['before'], after: Change['after']): Step | undefined {
  if (after !== undefined && now === undefined) {
    const at = after.placement;
    if (after.content.kind === 'directory') return { kind: 'make-directory', entry, at };
    return { kind: 'create', entry, at, content: after.content };
  }
  if (now === undefined) return undefined;
  const from = now.placement;
  if (after?.content.kind === now.content.kind) return { kind: 'move', entry, from, to: after.placement };
  if (now.content.kind === 'directory') return { kind: 'remove-directory', entry, from };
  return { kind: 'trash', entry, from, recursive: false };
}

function succeeds(disk: PlanDisk, step: Step): boolean {
  try {
    disk.execute(step);
    return true;
  } catch {
    return false;
  }
}
