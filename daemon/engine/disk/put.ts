import { type Stamp, sameButForName } from '../../core/entry.ts';
import type { Directory } from '../../effects/file-system.ts';
import type { DiskStep, StepOutcome } from './apply-job.ts';
import { type OpenedRoot, problemOf } from './opened-root.ts';
import { STAGE, TRASH } from './places.ts';
import { doneWith, meets, stampAt } from './standing.ts';

type PutStep = Extract<DiskStep, { stage: string }>;

/** Puts a staged file at a path. Readers see the old file or the new one, never neither; the old one goes to the trash. */
export function put(root: OpenedRoot, step: PutStep, parent: Directory, name: string): StepOutcome {
  const { expected } = step;
  const staging = root.directory(STAGE);
  if (!meets(parent, name, expected)) return { kind: 'changed' };
  if (expected.kind === 'free') {
    const before = stampAt(staging, step.stage);
    staging.renameNoReplace(step.stage, parent, name);
    return doneWith(parent, name, before);
  }
  return exchange(root, step, parent, name, expected.stamp) ?? linkAndReplace(root, step, parent, name);
}

/**
 * The two files change places, and only then the old one is looked at: whatever somebody wrote or put there until that
 * moment comes out, and goes back if it is not what the plan saw. Undefined where the disk can not do that.
 * The new file waits in the trash, not in the staging directory, where a file is written to by those who find it: what
 * comes out may have another name somewhere.
 */
function exchange(
  root: OpenedRoot,
  { stage, keep }: PutStep,
  parent: Directory,
  name: string,
  expected: Stamp,
): StepOutcome | undefined {
  const staging = root.directory(STAGE);
  const trash = root.directory(TRASH);
  const ours = stampAt(staging, stage);
  if (ours === undefined) return { kind: 'changed' };
  staging.renameNoReplace(stage, trash, keep);
  let awaited: Stamp | undefined = expected;
  try {
    let given: Stamp | undefined = ours;
    for (;;) {
      trash.exchange(keep, parent, name);
      const out = stampAt(trash, keep);
      if (awaited === undefined || (out !== undefined && sameButForName(out, awaited))) break;
      // Somebody was faster, and that is the newest there is: back with it, for what we gave last.
      [given, awaited] = [out, given];
    }
  } catch (error) {
    if (problemOf(error).code !== 'ENOTSUP') throw error;
    return undefined;
  } finally {
    const left = stampAt(trash, keep);
    if (left !== undefined && sameButForName(left, ours)) trash.renameNoReplace(keep, staging, stage);
  }
  return awaited === expected ? doneWith(parent, name, ours) : { kind: 'changed' };
}

/**
 * The old file gets a second name in the trash, then the new one takes the path; where there are no hard links the old one
 * is moved aside first. Another file that is put there in the instant between the last look and the renaming is lost.
 */
function linkAndReplace(root: OpenedRoot, step: PutStep, parent: Directory, name: string): StepOutcome {
  const { stage, keep, expected } = step;
  const staging = root.directory(STAGE);
  const trash = root.directory(TRASH);
  const before = stampAt(staging, stage);
  if (hasSecondName(parent, name, trash, keep)) {
    if (!meets(parent, name, expected)) {
      trash.removeFile(keep);
      return { kind: 'changed' };
    }
    staging.rename(stage, parent, name);
  } else {
    parent.renameNoReplace(name, trash, keep);
    if (!meets(trash, keep, expected)) {
      trash.renameNoReplace(keep, parent, name);
      return { kind: 'changed' };
    }
    staging.renameNoReplace(stage, parent, name);
  }
  const outcome = doneWith(parent, name, before);
  if (outcome.kind !== 'done' || meets(trash, keep, expected)) return outcome;
  // Somebody wrote to the old one until now: that is the newest there is.
  trash.rename(keep, parent, name);
  return { kind: 'changed' };
}

function hasSecondName(parent: Directory, name: string, trash: Directory, keep: string): boolean {
  try {
    parent.link(name, trash, keep);
    return true;
  } catch (error) {
    if (!NO_HARD_LINKS.has(problemOf(error).code)) throw error;
    return false;
  }
}

const NO_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EACCES']);
