import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Placement } from '../entry.ts';
import type { DiskTree, Step } from './step.ts';

/**
 * For each step, the earlier steps (ascending) without which it would happen in the wrong place. An executor that works
 * out all paths beforehand must skip a step when one of these failed or was itself skipped: after a swap of two
 * directories that failed half-way, the path of one leads into the other.
 *
 * Places are covered, and that what was known at a name, or in a directory that goes, was taken away by the plan itself:
 * somebody may have done it otherwise, and what was known to be there would be nowhere. That a file is unchanged is found
 * out by trying. Costs O(n) for n steps, times the depth where directories move between steps.
 */
export function prerequisitesOf(steps: readonly Step[], disk: DiskTree): readonly (readonly number[])[] {
  const tracker = createTracker(disk);
  /** Steps that took something out of a directory. */
  const taken = new Map<EntryId, number[]>();
  /** The last step that took something away from a place. */
  const freeing = new Map<string, number>();
  return steps.map((step, index) => {
    const needed = new Set<number>();
    const own = tracker.lastStepOf(step.entry);
    if (own !== undefined) needed.add(own);
    for (const { parent } of placesOf(step)) for (const above of tracker.stepsBehind(parent)) needed.add(above);
    if (step.kind === 'remove-directory') for (const emptying of taken.get(step.entry) ?? []) needed.add(emptying);
    const left = placeLeft(step);
    if (left !== undefined) note(taken, left.parent, index);
    for (const place of placesOf(step)) {
      const freed = freeing.get(keyOf(place));
      if (freed !== undefined) needed.add(freed);
    }
    if (left !== undefined) freeing.set(keyOf(left), index);
    tracker.follow(step, index);
    return [...needed].sort((a, b) => a - b);
  });
}

function keyOf({ parent, name }: Placement): string {
  return `${parent}/${name}`;
}

function note(taken: Map<EntryId, number[]>, directory: EntryId, step: number): void {
  const steps = taken.get(directory);
  if (steps === undefined) taken.set(directory, [step]);
  else steps.push(step);
}

/** The place that is empty afterwards. */
function placeLeft(step: Step): Placement | undefined {
  switch (step.kind) {
    case 'move':
      return step.from === 'parked' ? undefined : step.from;
    case 'park':
    case 'trash':
    case 'remove-directory':
      return step.from;
    case 'make-directory':
    case 'create':
    case 'replace':
    case 'set-metadata':
      return undefined;
  }
}

function placesOf(step: Step): readonly Placement[] {
  switch (step.kind) {
    case 'move':
      return step.from === 'parked' ? [step.to] : [step.from, step.to];
    case 'park':
    case 'trash':
    case 'remove-directory':
      return [step.from];
    case 'make-directory':
    case 'create':
    case 'replace':
    case 'set-metadata':
      return [step.at];
  }
}

interface Tracker {
  lastStepOf(entry: EntryId): number | undefined;
  /** The steps so far that made the path of a directory what it is, but for those which another of them implies. */
  stepsBehind(directory: EntryId): readonly number[];
  follow(step: Step, index: number): void;
}

function createTracker(disk: DiskTree): Tracker {
  const lastSteps = new Map<EntryId, number>();
  const parents = new Map<EntryId, EntryId | 'parked'>();
  let known = new Map<EntryId, readonly number[]>();

  function parentOf(entry: EntryId): EntryId | 'parked' | undefined {
    return parents.get(entry) ?? disk.placementOf(entry)?.parent;
  }

  function stepsBehind(directory: EntryId): readonly number[] {
    const unknown: EntryId[] = [];
    let at: EntryId | 'parked' | undefined = directory;
    while (at !== undefined && at !== 'parked' && at !== ROOT_ENTRY && !known.has(at)) {
      unknown.push(at);
      at = parentOf(at);
    }
    let behind = (at === undefined || at === 'parked' ? undefined : known.get(at)) ?? [];
    for (const entry of unknown.reverse()) {
      const last = lastSteps.get(entry);
      // What made the path above it before its own last step, that step needed too.
      if (last !== undefined) behind = [last, ...behind.filter((step) => step > last)];
      known.set(entry, behind);
    }
    return behind;
  }

  return {
    lastStepOf: (entry) => lastSteps.get(entry),
    stepsBehind,
    follow(step, index) {
      lastSteps.set(step.entry, index);
      if (step.kind === 'make-directory') parents.set(step.entry, step.at.parent);
      if (step.kind === 'park') parents.set(step.entry, 'parked');
      if (step.kind === 'move') parents.set(step.entry, step.to.parent);
      // A new directory has nothing below it yet; anything else that moves may have.
      if (step.kind === 'park' || step.kind === 'move') known = new Map();
      else known.delete(step.entry);
    },
  };
}
