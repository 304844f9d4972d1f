import { utf8 } from '../../../protocol/bytes.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { DiskNames } from '../../core/names/disk-names.ts';
import type { Directory, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, ForgetJob, PrepareJob, SweepJob } from './jobs.ts';
import { OpenedRoot, problemOf, readMarker } from './opened-root.ts';
import { HIDDEN, MARKER, NEW_MARKER, PARK, STAGE, splitPath, TRASH } from './places.ts';
import { probeNames } from './probe-names.ts';

/** Nobody but the owner needs to look into sheaf's own directory. */
const HIDDEN_MODE = 0o700;

/** Makes `.sheaf` and what belongs in it, and reports what an interrupted run left there. */
export function prepare(fileSystem: FileSystem, job: PrepareJob): DiskResults['prepare'] {
  const root = fileSystem.openRoot(job.path);
  try {
    const { device, inode } = root.statSelf();
    let marker = readMarker(root);
    if (marker === undefined && job.marker === undefined) {
      return { kind: 'prepare', device, inode, marker, parked: [], staged: [], names: undefined };
    }
    const hidden = ensureDirectory(root, HIDDEN);
    try {
      if (marker === undefined && job.marker !== undefined) {
        writeMarker(hidden, job.marker);
        marker = job.marker;
      }
      const parked = namesIn(hidden, PARK);
      const staged = namesIn(hidden, STAGE);
      namesIn(hidden, TRASH);
      const names = job.marker === undefined ? undefined : probe(hidden);
      hidden.sync();
      root.sync();
      return { kind: 'prepare', device, inode, marker, parked, staged, names };
    } finally {
      hidden.close();
    }
  } finally {
    root.close();
  }
}

/** What opening something as a directory says when it is none. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['ENOTDIR', 'ELOOP']);

function ensureDirectory(parent: Directory, name: string): Directory {
  if (parent.stat(name) === undefined) {
    parent.makeDirectory(name);
    parent.setMode(name, HIDDEN_MODE);
  }
  try {
    return parent.openDirectory(name);
  } catch (error) {
    // An error of the disk passes; only something else of that name has to be moved away by somebody.
    if (!OTHER_KINDS.has(problemOf(error).code)) throw error;
    throw new CodedError(
      'hidden-taken',
      `${HIDDEN} in this directory is not a directory: move it away, sheaf needs the name`,
      {
        cause: error,
      },
    );
  }
}

function namesIn(hidden: Directory, path: string): readonly string[] {
  const directory = ensureDirectory(hidden, splitPath(path).name);
  try {
    return directory.list().entries.map(({ name }) => name);
  } finally {
    directory.close();
  }
}

function probe(hidden: Directory): DiskNames {
  const staging = hidden.openDirectory(splitPath(STAGE).name);
  try {
    return probeNames(staging);
  } finally {
    staging.close();
  }
}

/** Under another name first: half a marker would look like that of another folder. */
function writeMarker(hidden: Directory, marker: string): void {
  if (hidden.stat(NEW_MARKER) !== undefined) hidden.removeFile(NEW_MARKER);
  const file = hidden.createFile(NEW_MARKER);
  try {
    file.write(utf8(`${marker}\n`), 0);
    file.sync();
  } finally {
    file.close();
  }
  hidden.rename(NEW_MARKER, hidden, MARKER);
}

/** Removes staged files nobody wants, and trash that is too old or too much. Trash is named by when it was put there. */
export function sweep(fileSystem: FileSystem, job: SweepJob): DiskResults['sweep'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const staging = root.directory(STAGE);
    for (const name of job.unwantedStages) removeQuietly(staging, name);
    const trash = root.directory(TRASH);
    const kept = trash
      .list()
      .entries.map(({ name }) => ({ name, size: trash.stat(name)?.size ?? 0 }))
      .toSorted((a, b) => (a.name < b.name ? 1 : -1));
    let total = 0;
    for (const { name, size } of kept) {
      total += size;
      const tooOld = Number(name.slice(0, name.indexOf('-'))) < job.trashBeforeMs;
      if (tooOld || total > job.trashLimitBytes) removeQuietly(trash, name);
    }
    return { kind: 'sweep' };
  } finally {
    root.close();
  }
}

function removeQuietly(directory: Directory, name: string): void {
  try {
    directory.removeFile(name);
  } catch (error) {
    // What can not be removed now is tried again with the next sweep.
    problemOf(error);
  }
}

/** Removes `.sheaf`, trash and all: the directory is the user's alone again. */
export function forget(fileSystem: FileSystem, job: ForgetJob): DiskResults['forget'] {
  const opened = new OpenedRoot(fileSystem, job.root);
  try {
    const hidden = opened.directory(HIDDEN);
    for (const path of [STAGE, PARK, TRASH]) {
      const { name } = splitPath(path);
      if (hidden.stat(name) === undefined) continue;
      const inside = opened.directory(path);
      for (const child of inside.list().entries) inside.removeFile(child.name);
      opened.forget(path);
      hidden.removeDirectory(name);
    }
    if (hidden.stat(NEW_MARKER) !== undefined) hidden.removeFile(NEW_MARKER);
    hidden.removeFile(MARKER);
    opened.directory('').removeDirectory(HIDDEN);
    return { kind: 'forget' };
  } finally {
    opened.close();
  }
}
