import { checkName } from '../../../protocol/names.ts';
import type { Stamp } from '../../core/entry.ts';
import { asListed } from '../../core/names/disk-names.ts';
import type { Directory, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, Listed, ListedChild, ListJob } from './jobs.ts';
import { isGone, OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { HIDDEN } from './places.ts';
import type { PathProblem, RootReference } from './root-reference.ts';

/** Lists directories with the stamps of what is in them. The root gate is passed before and after. */
export function list(fileSystem: FileSystem, job: ListJob): DiskResults['list'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const directories = job.directories.map((path) => listOne(root, path, job.root));
    // What was seen while the root was being pulled away must not be believed.
    const after = new OpenedRoot(fileSystem, job.root);
    after.close();
    return { kind: 'list', directories };
  } finally {
    root.close();
  }
}

function listOne(root: OpenedRoot, path: string, reference: RootReference): Listed {
  try {
    const directory = root.directory(path);
    if (directory.statSelf().device !== reference.device) {
      return {
        kind: 'problem',
        problem: { code: 'other-volume', message: 'another volume is mounted here: add it as a folder of its own' },
      };
    }
    const { entries, undecodable } = directory.list();
    const children: ListedChild[] = [];
    const skipped: { name: string; problem: PathProblem }[] = [];
    const unnamed = undecodable.flatMap((stat) => stampOf(stat) ?? []);
    if (undecodable.length > 0) {
      const message = `${undecodable.length} name(s) are not valid UTF-8: rename them, other systems could not hold them`;
      skipped.push({ name: '', problem: { code: 'undecodable-name', message } });
    }
    for (const { name: stored } of entries) {
      const name = asListed({ decomposes: reference.decomposes === true }, stored);
      if (path === '' && name === HIDDEN) continue;
      const problem = listChild(directory, name, children, unnamed);
      if (problem !== undefined) skipped.push({ name, problem });
    }
    return { kind: 'listed', children, skipped, unnamed };
  } catch (error) {
    const problem = problemOf(error);
    return isGone(problem.code) ? { kind: 'gone' } : { kind: 'problem', problem };
  }
}

function listChild(
  directory: Directory,
  name: string,
  children: ListedChild[],
  unnamed: Stamp[],
): PathProblem | undefined {
  const refused = checkName(name);
  const stat = directory.stat(name);
  // Gone between the listing and now: the next hint or scan tells.
  if (stat === undefined) return undefined;
  const stamp = stampOf(stat);
  if (refused !== undefined) {
    if (stamp !== undefined) unnamed.push(stamp);
    return { code: 'bad-name', message: `this name can not be synced: ${refused}` };
  }
  if (stamp === undefined) {
    return { code: 'special-file', message: 'pipes, sockets and devices are not synced' };
  }
  children.push({ name, stamp });
  return undefined;
}
