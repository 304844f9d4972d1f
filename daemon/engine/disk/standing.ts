import { type Stamp, sameButForName } from '../../core/entry.ts';
import type { Directory } from '../../effects/file-system.ts';
import type { Expected, StepOutcome } from './apply-job.ts';
import { stampOf } from './opened-root.ts';

export function meets(parent: Directory, name: string, expected: Expected): boolean {
  if (expected.kind === 'free') return parent.stat(name) === undefined;
  const stamp = stampAt(parent, name);
  return stamp !== undefined && sameButForName(stamp, expected.stamp);
}

/**
 * What was renamed to here, if that is what stands here: somebody who wrote to it, or put something else in its place, in
 * this very moment would else never be noticed, since the index would know the stamp of what they did.
 * @param was of what was to be renamed, from before the last moment in which it could be another
 */
export function doneWith(parent: Directory, name: string, was: Stamp | undefined): StepOutcome {
  const is = stampAt(parent, name);
  if (was === undefined || is === undefined || !sameButForName(is, was)) return { kind: 'changed' };
  return { kind: 'done', stamp: is };
}

/** Undefined when nothing of the kinds we sync is there. */
export function stampAt(parent: Directory, name: string): Stamp | undefined {
  const stat = parent.stat(name);
  return stat && stampOf(stat);
}
