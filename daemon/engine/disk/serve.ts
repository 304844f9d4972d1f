import { fromHex } from '../../../protocol/bytes.ts';
import { sealChunk } from '../../../protocol/chunk.ts';
import { sameStamp } from '../../core/entry.ts';
import type { File, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, ServeJob } from './jobs.ts';
import { OpenedRoot, problemOf, stampOf } from './opened-root.ts';
import { splitPath } from './places.ts';

/** What sealing adds: the AEAD's tag. */
const SEAL_BYTES = 16;

/**
 * Reads chunks of local files and seals them for a peer. The plaintext is not hashed again: the stamp tells whether
 * the file is still the one that was hashed, and the receiver checks every chunk against its id.
 */
export function serve(fileSystem: FileSystem, job: ServeJob): DiskResults['serve'] {
  const root = new OpenedRoot(fileSystem, job.root);
  let total = 0;
  for (const item of job.items) total += item.length + SEAL_BYTES;
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
      const sealed = open.file === undefined ? undefined : readSealed(open.file, item, job);
      const start = at;
      if (sealed !== undefined) {
        bytes.set(sealed, at);
        at += sealed.length;
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

function readSealed(file: File, item: ServeJob['items'][number], job: ServeJob): Uint8Array | undefined {
  const plain = new Uint8Array(item.length);
  let at = 0;
  try {
    while (at < plain.length) {
      const got = file.read(plain.subarray(at), item.offset + at);
      if (got === 0) return undefined;
      at += got;
    }
  } catch (error) {
    problemOf(error);
    return undefined;
  }
  return sealChunk(job.keys, fromHex(item.chunk), plain);
}
