import { toHex, utf8 } from '../../../protocol/bytes.ts';
import { chunkIdBytes, chunkIdOf } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../../../protocol/limits.ts';
import { type BuiltNode, buildManifest } from '../../../protocol/manifest.ts';
import type { Chunker } from '../../core/chunker.ts';
import { type Stamp, sameStamp } from '../../core/entry.ts';
import type { Directory, File, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, ReadJob, ReadOutcome } from './jobs.ts';
import { isGone, OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { splitPath } from './places.ts';
import { SYNC_ALL_FROM, syncNames } from './sync.ts';

/** Room for several of the largest chunks, so that a cut is nearly always found without moving bytes. */
const WINDOW_BYTES = 8 * CHUNK_MAX_BYTES;

/**
 * A change within one tick of the file system's clock may leave the stamp as it was. Ticks are up to 4 ms on kernels
 * with coarse stamps (CONFIG_HZ=250); a file that changed less than this ago is read later.
 */
const RACY_NS = 12_000_000n;

/**
 * The kernel writes dirty pages back within 30 s plus a flusher round of 5 s. A younger file is made durable here
 * before its content is announced, so that a power cut can not leave the author with less than it told the others.
 */
export const WRITTEN_BACK_NS = 60_000_000_000n;

/** What one worker keeps from job to job. */
export interface ReadTools {
  readonly chunkerFor: (keys: EpochKeys) => Chunker;
  readonly window: Uint8Array;
}

export function makeWindow(): Uint8Array {
  return new Uint8Array(WINDOW_BYTES);
}

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
  if (age >= 0n && age < RACY_NS) return { kind: 'unstable' };
  const content = hashFile(file, before, job.keys, tools);
  if (content === undefined) return { kind: 'unstable' };
  const after = stampOf(file.stat());
  const named = parent.stat(name);
  const standing = named === undefined ? undefined : stampOf(named);
  if (after === undefined || !sameStamp(before, after)) return { kind: 'unstable' };
  if (standing === undefined || !sameStamp(before, standing)) return { kind: 'unstable' };
  return { kind: 'file', stamp: before, ...content };
}

function hashFile(
  file: File,
  stamp: Stamp,
  keys: EpochKeys,
  tools: ReadTools,
): { digest: string; nodes: readonly BuiltNode[] } | undefined {
  if (stamp.size <= CHUNK_MIN_BYTES) {
    const length = fill(file, tools.window, 0, 0, CHUNK_MIN_BYTES + 1);
    if (length !== stamp.size) return undefined;
    return { digest: chunkIdOf(keys, tools.window.subarray(0, length)), nodes: [] };
  }
  return hashChunks(file, stamp.size, keys, tools);
}

function hashChunks(
  file: File,
  size: number,
  keys: EpochKeys,
  tools: ReadTools,
): { digest: string; nodes: readonly BuiltNode[] } | undefined {
  const { window } = tools;
  const chunker = tools.chunkerFor(keys);
  chunker.reset();
  const ids: Uint8Array[] = [];
  const lengths: number[] = [];
  let position = 0;
  let start = 0;
  let end = 0;
  for (;;) {
    const cut = start === end ? -1 : chunker.findCut(window, start, end, position >= size);
    if (cut >= 0) {
      ids.push(chunkIdBytes(keys, window.subarray(start, cut)));
      lengths.push(cut - start);
      start = cut;
      continue;
    }
    if (position >= size) break;
    window.copyWithin(0, start, end);
    end -= start;
    start = 0;
    const got = fill(file, window, end, position, Math.min(window.length, end + size - position));
    if (got === 0) return undefined;
    end += got;
    position += got;
  }
  if (ids.length === 1) return { digest: toHex(ids[0] ?? new Uint8Array(0)), nodes: [] };
  const packed = new Uint8Array(ids.length * 32);
  for (const [index, id] of ids.entries()) packed.set(id, index * 32);
  const manifest = buildManifest(keys, { ids: packed, lengths });
  return { digest: manifest.root, nodes: manifest.nodes };
}

/** Reads until `buffer` is full up to `to` or the file ends; returns the bytes read. */
function fill(file: File, buffer: Uint8Array, from: number, position: number, to: number): number {
  let at = from;
  while (at < to) {
    const got = file.read(buffer.subarray(at, to), position + at - from);
    if (got === 0) break;
    at += got;
  }
  return at - from;
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
