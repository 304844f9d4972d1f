import { unreadStamp } from '../../core/entry.ts';
import type { Directory, File, FileSystem } from '../../effects/file-system.ts';
import type { ApplyJob, DiskStep, StepOutcome } from './apply-job.ts';
import type { DiskResults } from './jobs.ts';
import { isGone, OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { PARK, STAGE, splitPath, TRASH } from './places.ts';
import { put } from './put.ts';
import { modeOf } from './stage.ts';
import { doneWith, meets, stampAt } from './standing.ts';
import { SYNC_ALL_FROM, syncNames } from './sync.ts';

const DIRECTORY_MODE = 0o755;

/** What the steps changed and is not durable yet. */
interface Touched {
  readonly directories: Set<string>;
  /** So much that all of the file system is synced at the end: nothing needs a sync of its own. */
  readonly all: boolean;
}

/**
 * Follows steps in order. Staged content is durable before it is renamed into place, and the names are durable when
 * this returns: what the index commits afterwards is on disk. A step that fails leaves the disk as it was.
 */
export function apply(fileSystem: FileSystem, job: ApplyJob): DiskResults['apply'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    syncStaged(root, job.steps);
    const attributes = job.steps.filter(({ kind }) => kind === 'set-metadata').length;
    const touched: Touched = { directories: new Set(), all: attributes >= SYNC_ALL_FROM };
    const steps: StepOutcome[] = [];
    for (const [index, step] of job.steps.entries()) {
      const ready = job.needs[index]?.every((needed) => steps[needed]?.kind === 'done') ?? true;
      steps.push(ready ? applyStep(root, step, touched) : { kind: 'changed' });
    }
    const { directories, all } = touched;
    if (all || directories.size >= SYNC_ALL_FROM) root.directory('').syncFileSystem();
    else for (const path of directories) syncNames(root, path);
    return { kind: 'apply', steps };
  } finally {
    root.close();
  }
}

function syncStaged(root: OpenedRoot, steps: readonly DiskStep[]): void {
  const stages = steps.flatMap((step) => (step.kind === 'put' ? [step.stage] : []));
  const directory = root.directory(STAGE);
  try {
    if (stages.length >= SYNC_ALL_FROM) root.directory('').syncFileSystem();
    else for (const name of stages) syncOne(directory, name);
  } catch (error) {
    // The kernel may have dropped what it could not write, and would call the next sync of the same file a success:
    // these must be written anew.
    for (const name of stages) removeIfThere(directory, name);
    throw error;
  }
}

function syncOne(directory: Directory, name: string): void {
  if (directory.stat(name) === undefined) return;
  const file = directory.openForWriting(name);
  try {
    file.sync();
  } finally {
    file.close();
  }
}

function removeIfThere(directory: Directory, name: string): void {
  try {
    directory.removeFile(name);
  } catch (error) {
    problemOf(error);
  }
}

/** A file's mode and time are its own; syncing the directory need not write them (it does not on btrfs). */
function syncAttributes(parent: Directory, name: string): void {
  let file: File;
  try {
    file = parent.openFile(name);
  } catch (error) {
    // Nobody may read it: its attributes get durable with the next sync of the file system.
    if (problemOf(error).code === 'EACCES') return;
    throw error;
  }
  try {
    file.sync();
  } finally {
    file.close();
  }
}

function applyStep(root: OpenedRoot, step: DiskStep, touched: Touched): StepOutcome {
  try {
    return doStep(root, step, touched);
  } catch (error) {
    const problem = problemOf(error);
    const surprised = isGone(problem.code) || problem.code === 'EEXIST' || problem.code === 'EISDIR';
    return surprised ? { kind: 'changed' } : { kind: 'problem', problem };
  }
}

function doStep(root: OpenedRoot, step: DiskStep, touched: Touched): StepOutcome {
  switch (step.kind) {
    case 'make-directory': {
      const { parent, name } = place(root, step.path, touched);
      parent.makeDirectory(name);
      // Somebody may have put something else there in between, which is not ours to change or to take for it.
      if (parent.stat(name)?.kind === 'directory') parent.setMode(name, DIRECTORY_MODE);
      const stat = parent.stat(name);
      return stat?.kind === 'directory' ? { kind: 'done', stamp: stampOf(stat) } : { kind: 'changed' };
    }
    case 'remove-directory': {
      const { parent, name } = place(root, step.path, touched);
      root.forget(step.path);
      parent.removeDirectory(name);
      return { kind: 'done', stamp: undefined };
    }
    case 'move': {
      const from = place(root, step.from, touched);
      const to = place(root, step.to, touched);
      if (!meets(from.parent, from.name, step.expected)) return { kind: 'changed' };
      root.forget(step.from);
      from.parent.renameNoReplace(from.name, to.parent, to.name);
      const expected = step.expected.kind === 'stamp' ? step.expected.stamp : undefined;
      const outcome = doneWith(to.parent, to.name, expected);
      // Nobody else gets at what is parked: something else was put there in this very moment, and was not to be moved.
      const astray = outcome.kind === 'changed' && splitPath(step.to).directory === PARK;
      if (astray) to.parent.renameNoReplace(to.name, from.parent, from.name);
      return outcome;
    }
    case 'put': {
      const { parent, name } = place(root, step.path, touched);
      return put(root, step, parent, name);
    }
    case 'symlink': {
      const staging = root.directory(STAGE);
      if (staging.stat(step.stage) !== undefined) staging.removeFile(step.stage);
      staging.makeSymlink(step.stage, step.target);
      staging.setMtime(step.stage, step.mtimeNs);
      const { parent, name } = place(root, step.path, touched);
      return put(root, step, parent, name);
    }
    case 'set-metadata': {
      const { parent, name } = place(root, step.path, touched);
      if (!meets(parent, name, step.expected)) return { kind: 'changed' };
      if (step.executable !== undefined) parent.setMode(name, executableMode(parent, name, step.executable));
      parent.setMtime(name, step.mtimeNs);
      if (!touched.all && step.executable !== undefined) syncAttributes(parent, name);
      return doneUnread(parent, name);
    }
    case 'trash': {
      const { parent, name } = place(root, step.path, touched);
      if (!meets(parent, name, step.expected)) return { kind: 'changed' };
      const trash = root.directory(TRASH);
      parent.renameNoReplace(name, trash, step.keep);
      if (meets(trash, step.keep, step.expected)) return { kind: 'done', stamp: undefined };
      // Something else was put there in this very moment: nobody asked for its deletion.
      trash.renameNoReplace(step.keep, parent, name);
      return { kind: 'changed' };
    }
  }
}

function place(root: OpenedRoot, path: string, touched: Touched): { parent: Directory; name: string } {
  const { directory, name } = splitPath(path);
  const parent = root.directory(directory);
  touched.directories.add(directory);
  return { parent, name };
}

/** Keeps the user's own permission bits and changes only who may execute: those who may read. */
function executableMode(parent: Directory, name: string, executable: boolean): number {
  const mode = parent.stat(name)?.mode ?? modeOf(executable);
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

/** A write between the look at the file and its new time leaves no trace but its bytes: the next scan reads them. */
function doneUnread(parent: Directory, name: string): StepOutcome {
  const stamp = stampAt(parent, name);
  return { kind: 'done', stamp: stamp && unreadStamp(stamp) };
}
