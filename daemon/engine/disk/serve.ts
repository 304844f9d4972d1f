import { fromHex } from '../../../protocol/bytes.ts';
import { sealChunkParts } from '../../../protocol/chunk.ts';
import { SEAL_OVERHEAD_BYTES } from '../../../protocol/limits.ts';
import { sameStamp } from '../../core/entry.ts';
import type { File, FileSystem } from '../../effects/file-system.ts';
import type { ReadTools } from './hash.ts';
import type { DiskResults, ServeJob } from './jobs.ts';
import { OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { splitPath } from './places.ts';

/**
 * Reads chunks of local files and seals them for a peer. The plaintext is not hashed again: the stamp tells whether
 * the file is still the one that was hashed, and the receiver checks every chunk against its id.
 */
export function serve(fileSystem: FileSystem, job: ServeJob, tools: ReadTools): DiskResults['serve'] {
  const root = new OpenedRoot(fileSystem, job.root);
  let total = 0;
  for (const { length } of job.items) total += length + SEAL_OVERHEAD_BYTES;
  const bytes = new Uint8Array(total);
  const ranges: { start: number; end: number }[] = [];
  let at = 0;
  let open: { path: string; file: File | undefined } | undefined;
  try {
    for (const item of job.items) {
      if (open?.path !== item.path) {
        open?.file?.close();
        open = { path: item.path, file: openUnchanged(root, item) };
      }
      const start = at;
      const plain = tools.window.subarray(0, item.length);
      if (open.file !== undefined && readAll(open.file, item.offset, plain)) {
        for (const part of sealChunkParts(job.keys, fromHex(item.chunk), plain)) {
          bytes.set(part, at);
          at += part.length;
        }
      }
      ranges.push({ start, end: at });
    }
  } finally {
    open?.file?.close();
    root.close();
  }
  return { kind: 'serve', bytes: at === total ? bytes : bytes.slice(0, at), ranges };
}

function openUnchanged(root: OpenedRoot, item: ServeJob['items'][number]): File | undefined {
  const { directory, name } = splitPath(item.path);
  try {
    const file = root.directory(directory).openFile(name);
    const stamp = stampOf(file.stat());
    if (stamp !== undefined && sameStamp(stamp, item.stamp)) return file;
    file.close();
  } catch (error) {
    problemOf(error);
  }
  return undefined;
}

/** False when the file ends before `into` is full, or can't be read. */
function readAll(file: File, offset: number, into: Uint8Array): boolean {
  try {
    for (let at = 0; at < into.length; ) {
      const got = file.read(into.subarray(at), offset + at);
      if (got === 0) return false;
      at += got;
    }
    return true;
  } catch (error) {
    problemOf(error);
    return false;
  }
}
