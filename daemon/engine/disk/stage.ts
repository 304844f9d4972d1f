import { fromHex, toHex } from '../../../protocol/bytes.ts';
import { chunkIdBytes, openChunk } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { CHUNK_MAX_BYTES } from '../../../protocol/limits.ts';
import type { Directory, File, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, FinishJob, ReuseJob, StagedChunk, StagedMetadata, StageJob, StageOutcome } from './jobs.ts';
import { OpenedRoot, problemOf } from './opened-root.ts';
import { STAGE, splitPath } from './places.ts';

/** The owner's execute bits and everybody's, as far as the umask of the user's other files would give them. */
const PLAIN_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;

export function modeOf(executable: boolean): number {
  return executable ? EXECUTABLE_MODE : PLAIN_MODE;
}

/** Opens sealed chunks, checks that they are what was asked for, and writes them to their staged files. */
export function stage(fileSystem: FileSystem, job: StageJob): DiskResults['stage'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const directory = root.directory(STAGE);
    const chunks = job.chunks.map((chunk) => stageChunk(directory, job.keys, job.frame, chunk));
    return { kind: 'stage', chunks };
  } finally {
    root.close();
  }
}

function stageChunk(directory: Directory, keys: EpochKeys, frame: Uint8Array, chunk: StagedChunk): StageOutcome {
  const plain = openChunk(keys, fromHex(chunk.chunk), frame.subarray(chunk.start, chunk.end));
  if (plain === undefined || plain.length !== chunk.length) return 'damaged';
  try {
    writeStaged(directory, chunk.stage, plain, chunk.offset, chunk.whole);
    return 'ok';
  } catch (error) {
    return problemOf(error);
  }
}

function writeStaged(
  directory: Directory,
  name: string,
  bytes: Uint8Array,
  offset: number,
  whole: StagedMetadata | undefined,
): void {
  const file = openStaged(directory, name, whole !== undefined);
  try {
    if (bytes.length > 0) file.write(bytes, offset);
    if (whole !== undefined) finishFile(file, whole);
  } finally {
    file.close();
  }
}

/** @param fresh a staged file left by an earlier run is not wanted */
function openStaged(directory: Directory, name: string, fresh: boolean): File {
  if (!fresh && directory.stat(name) !== undefined) return directory.openForWriting(name);
  try {
    return directory.createFile(name);
  } catch (error) {
    if (problemOf(error).code !== 'EEXIST') throw error;
    // Also made by another worker since the look.
    if (!fresh) return directory.openForWriting(name);
    directory.removeFile(name);
    return directory.createFile(name);
  }
}

function finishFile(file: File, metadata: StagedMetadata): void {
  file.setMode(modeOf(metadata.executable));
  file.setMtime(metadata.mtimeNs);
}

export function finish(fileSystem: FileSystem, job: FinishJob): DiskResults['finish'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const file = openStaged(root.directory(STAGE), job.stage, false);
    try {
      if (file.stat().size !== job.metadata.size) return { kind: 'finish', outcome: 'damaged' };
      finishFile(file, job.metadata);
    } finally {
      file.close();
    }
    return { kind: 'finish', outcome: 'ok' };
  } catch (error) {
    return { kind: 'finish', outcome: problemOf(error) };
  } finally {
    root.close();
  }
}

/**
 * Fills a staged file with chunks that are already on this disk. Every chunk is checked against its id, so a source
 * that has changed, or a staged file of an interrupted run, can only fail to help.
 */
export function reuse(fileSystem: FileSystem, job: ReuseJob): DiskResults['reuse'] {
  const root = new OpenedRoot(fileSystem, job.root);
  const sources = new Map<string, File | undefined>();
  try {
    const staged = openStaged(root.directory(STAGE), job.stage, false);
    try {
      const buffer = new Uint8Array(CHUNK_MAX_BYTES);
      const done: number[] = [];
      job.chunks.forEach((chunk, index) => {
        const wanted = buffer.subarray(0, chunk.length);
        if (job.leftover && holds(staged, chunk.offset, wanted, job.keys, chunk.chunk)) {
          done.push(index);
          return;
        }
        for (const source of job.sources[index] ?? []) {
          const file = openSource(root, sources, source.path);
          if (file === undefined || !holds(file, source.offset, wanted, job.keys, chunk.chunk)) continue;
          staged.write(wanted, chunk.offset);
          done.push(index);
          return;
        }
      });
      if (job.whole !== undefined && done.length === job.chunks.length) finishFile(staged, job.whole);
      return { kind: 'reuse', done };
    } finally {
      staged.close();
    }
  } finally {
    for (const file of sources.values()) file?.close();
    root.close();
  }
}

function openSource(root: OpenedRoot, opened: Map<string, File | undefined>, path: string): File | undefined {
  if (opened.has(path)) return opened.get(path);
  const { directory, name } = splitPath(path);
  let file: File | undefined;
  try {
    file = root.directory(directory).openFile(name);
  } catch (error) {
    problemOf(error);
    file = undefined;
  }
  opened.set(path, file);
  return file;
}

/** Reads into `buffer` and tells whether it now holds the chunk. */
function holds(file: File, offset: number, buffer: Uint8Array, keys: EpochKeys, chunk: string): boolean {
  let at = 0;
  while (at < buffer.length) {
    const got = file.read(buffer.subarray(at), offset + at);
    if (got === 0) return false;
    at += got;
  }
  return toHex(chunkIdBytes(keys, buffer)) === chunk;
}
