import { type Stamp, sameStamp } from '../../core/entry.ts';
import type { Directory, Stat } from '../../effects/file-system.ts';
import type { Expected, StepOutcome } from './jobs.ts';
import { stampOf } from './opened-root.ts';

export function meets(parent: Directory, name: string, expected: Expected): boolean {
  const stat = parent.stat(name);
  if (expected.kind === 'free') return stat === undefined;
  const stamp = stat === undefined ? undefined : stampOf(stat);
  return stamp !== undefined && stillThat(stamp, expected.stamp);
}

/** Renaming a file changes its ctime on most systems, and a chain of steps may have renamed it: bytes tell, not names. */
export function stillThat(found: Stamp, expected: Stamp): boolean {
  return sameStamp({ ...found, ctimeNs: 0n }, { ...expected, ctimeNs: 0n });
}

/**
 * What was renamed to here, if that is what stands here: somebody who wrote to it, or put something else in its place, in
 * this very moment would else never be noticed, since the index would know the stamp of what they did.
 */
export function doneWith(parent: Directory, name: string, before: Stat | undefined): StepOutcome {
  const after = parent.stat(name);
  const [was, is] = [before, after].map((stat) => (stat === undefined ? undefined : stampOf(stat)));
  if (was === undefined || is === undefined || !stillThat(is, was)) return { kind: 'changed' };
  return { kind: 'done', stamp: is };
}
