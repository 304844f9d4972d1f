import { utf8 } from '../../../protocol/bytes.ts';
import { chunkIdOf } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { type Stamp, sameStamp } from '../../core/entry.ts';
import type { Directory, File, FileSystem } from '../../effects/file-system.ts';
import { hashFile, type ReadTools } from './hash.ts';
import type { ConfirmJob, DiskResults, ReadJob, ReadOutcome } from './jobs.ts';
import { isGone, OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { splitPath } from './places.ts';
import { SYNC_ALL_FROM, syncNames } from './sync.ts';

/**
 * A change within one tick of the file system's clock may leave the stamp as it was. Ticks are up to 4 ms on kernels
 * with coarse stamps (CONFIG_HZ=250); a file that changed less than this ago is read later.
 */
const RACY_NS = 12_000_000n;
/** Stamps of ext3 and HFS+ are whole seconds, those of FAT even ones: there a tick is that long. */
const COARSE_NS = 1_000_000_000n;
const COARSE_RACY_NS = 2n * COARSE_NS + RACY_NS;

/**
 * The kernel writes dirty pages back within 30 s plus a flusher round of 5 s. A younger file is made durable here
 * before its content is announced, so that a power cut can not leave the author with less than it told the others.
 */
export const WRITTEN_BACK_NS = 60_000_000_000n;

/** Reads files whose content is to be published: stable ones only, durable before this returns. */
export function read(fileSystem: FileSystem, job: ReadJob, tools: ReadTools): DiskResults['read'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const young: number[] = [];
    const files = job.files.map(({ path, kind }, index) => {
      const outcome = kind === 'file' ? readFile(root, path, job, tools) : readLink(root, path, job.keys);
      if (outcome.kind === 'file' && job.nowNs - outcome.stamp.ctimeNs < WRITTEN_BACK_NS) young.push(index);
      return outcome;
    });
    if (young.length >= SYNC_ALL_FROM) root.directory('').syncFileSystem();
    else syncEach(root, new Set(young.flatMap((index) => job.files[index]?.path ?? [])));
    return { kind: 'read', files };
  } finally {
    root.close();
  }
}

/** The files, and then their names: most file systems write a new name with its file, but none has to. */
function syncEach(root: OpenedRoot, paths: ReadonlySet<string>): void {
  for (const path of paths) syncOne(root, path);
  const parents = new Set([...paths].map((path) => splitPath(path).directory));
  for (const parent of parents) syncNames(root, parent);
}

function syncOne(root: OpenedRoot, path: string): void {
  const { directory, name } = splitPath(path);
  let file: File;
  try {
    file = root.directory(directory).openFile(name);
  } catch {
    // Gone meanwhile: then there is nothing left to keep.
    return;
  }
  try {
    file.sync();
  } finally {
    file.close();
  }
}

function readFile(root: OpenedRoot, path: string, job: ReadJob, tools: ReadTools): ReadOutcome {
  const { directory, name } = splitPath(path);
  try {
    const parent = root.directory(directory);
    const file = parent.openFile(name);
    try {
      return readOpened(file, parent, name, job, tools);
    } finally {
      file.close();
    }
  } catch (error) {
    const problem = problemOf(error);
    return isGone(problem.code) ? { kind: 'gone' } : { kind: 'problem', problem };
  }
}

function readOpened(file: File, parent: Directory, name: string, job: ReadJob, tools: ReadTools): ReadOutcome {
  const before = stampOf(file.stat());
  if (before === undefined || before.kind !== 'file') return { kind: 'gone' };
  const age = job.nowNs - before.ctimeNs;
  // A stamp from the future (a clock that was set back) says nothing about its age.
  if (age >= 0n && age < (before.ctimeNs % COARSE_NS === 0n ? COARSE_RACY_NS : RACY_NS)) return { kind: 'unstable' };
  if (before.size >= job.largeFrom) return { kind: 'large', stamp: before };
  const content = hashFile(file, before, job.keys, tools);
  if (content === undefined) return { kind: 'unstable' };
  return standsAs(file, parent, name, before) ? { kind: 'file', stamp: before, ...content } : { kind: 'unstable' };
}

/** Whether the opened file, and what now has its name, is still as it was. */
function standsAs(file: File, parent: Directory, name: string, before: Stamp): boolean {
  const after = stampOf(file.stat());
  const named = parent.stat(name);
  const standing = named === undefined ? undefined : stampOf(named);
  return after !== undefined && sameStamp(before, after) && standing !== undefined && sameStamp(before, standing);
}

/** The end of reading a file in parts: it is durable and still what the parts were read from. */
export function confirm(fileSystem: FileSystem, job: ConfirmJob): DiskResults['confirm'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const { directory, name } = splitPath(job.path);
    const parent = root.directory(directory);
    const file = parent.openFile(name);
    try {
      if (job.nowNs - job.stamp.ctimeNs < WRITTEN_BACK_NS) syncEach(root, new Set([job.path]));
      return { kind: 'confirm', same: standsAs(file, parent, name, job.stamp) };
    } finally {
      file.close();
    }
  } catch (error) {
    problemOf(error);
    return { kind: 'confirm', same: false };
  } finally {
    root.close();
  }
}

function readLink(root: OpenedRoot, path: string, keys: EpochKeys): ReadOutcome {
  const { directory, name } = splitPath(path);
  try {
    const parent = root.directory(directory);
    const stat = parent.stat(name);
    if (stat === undefined || stat.kind !== 'symlink') return { kind: 'gone' };
    const target = parent.readSymlink(name);
    const after = parent.stat(name);
    const before = stampOf(stat);
    const now = after === undefined ? undefined : stampOf(after);
    if (before === undefined || now === undefined || !sameStamp(before, now)) return { kind: 'unstable' };
    return { kind: 'symlink', stamp: before, digest: chunkIdOf(keys, utf8(target), 'symlink'), target };
  } catch (error) {
    const problem = problemOf(error);
    return isGone(problem.code) ? { kind: 'gone' } : { kind: 'problem', problem };
  }
}
