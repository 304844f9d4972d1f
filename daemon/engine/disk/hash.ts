import { toHex } from '../../../protocol/bytes.ts';
import { chunkIdBytes, chunkIdOf } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../../../protocol/limits.ts';
import { type BuiltNode, buildManifest } from '../../../protocol/manifest.ts';
import type { Chunker } from '../../core/chunker.ts';
import { type Stamp, sameStamp } from '../../core/entry.ts';
import { OVERLAP_CHUNKS, type Segment } from '../../core/join-segments.ts';
import type { File, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, HashJob } from './jobs.ts';
import { isGone, OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { splitPath } from './places.ts';

/** Room for several of the largest chunks, so that a cut is nearly always found without moving bytes. */
const WINDOW_BYTES = 8 * CHUNK_MAX_BYTES;

/** What one worker keeps from job to job. */
export interface ReadTools {
  readonly chunkerFor: (keys: EpochKeys) => Chunker;
  readonly window: Uint8Array;
}

export function makeWindow(): Uint8Array {
  return new Uint8Array(WINDOW_BYTES);
}

/** Undefined when the file is shorter than its stamp says. */
export function hashFile(
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
  const chunks = hashRange(file, { from: 0, to: size, size }, keys, tools);
  if (chunks === undefined) return undefined;
  return contentOf(keys, chunks.ids, chunks.lengths);
}

/** What a file of these chunks is called: by its manifest, or by its only chunk. `ids`: 32 bytes each. */
export function contentOf(
  keys: EpochKeys,
  ids: Uint8Array,
  lengths: readonly number[],
): { readonly digest: string; readonly nodes: readonly BuiltNode[] } {
  if (lengths.length === 1) return { digest: toHex(ids), nodes: [] };
  const manifest = buildManifest(keys, { ids, lengths });
  return { digest: manifest.root, nodes: manifest.nodes };
}

/** The chunks of one part of a large file, as if one began at `from`. */
export function hash(fileSystem: FileSystem, job: HashJob, tools: ReadTools): DiskResults['hash'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const { directory, name } = splitPath(job.path);
    const file = root.directory(directory).openFile(name);
    try {
      const same = (): boolean => {
        const stamp = stampOf(file.stat());
        return stamp !== undefined && sameStamp(stamp, job.stamp);
      };
      if (!same()) return { kind: 'hash', outcome: { kind: 'unstable' } };
      const { size } = job.stamp;
      const chunks = hashRange(file, { from: job.from, to: job.to, size }, job.keys, tools);
      if (chunks === undefined || !same()) return { kind: 'hash', outcome: { kind: 'unstable' } };
      return { kind: 'hash', outcome: { kind: 'hashed', segment: { from: job.from, to: job.to, ...chunks } } };
    } finally {
      file.close();
    }
  } catch (error) {
    const problem = problemOf(error);
    // Moved or deleted since it was looked at: the next scan finds that, and it is nobody's problem.
    return { kind: 'hash', outcome: isGone(problem.code) ? { kind: 'unstable' } : { kind: 'problem', problem } };
  } finally {
    root.close();
  }
}

/**
 * The chunks that begin in `from` … `to - 1`, and a few behind them: by these the next part is joined. Undefined when the
 * file ends before `size`.
 */
function hashRange(
  file: File,
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
  keys: EpochKeys,
  tools: ReadTools,
): Pick<Segment, 'ids' | 'lengths'> | undefined {
  const { window } = tools;
  const chunker = tools.chunkerFor(keys);
  chunker.reset();
  const ids: Uint8Array[] = [];
  const lengths: number[] = [];
  /** Where in the file reading goes on, and where the chunk that is looked at begins. */
  let position = from;
  let chunkFrom = from;
  let behind = 0;
  let start = 0;
  let end = 0;
  while (behind < OVERLAP_CHUNKS) {
    const cut = start === end ? -1 : chunker.findCut(window, start, end, position >= size);
    if (cut >= 0) {
      ids.push(chunkIdBytes(keys, window.subarray(start, cut)));
      lengths.push(cut - start);
      if (chunkFrom >= to) behind += 1;
      chunkFrom += cut - start;
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
  const packed = new Uint8Array(ids.length * 32);
  for (const [index, id] of ids.entries()) packed.set(id, index * 32);
  return { ids: packed, lengths };
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
