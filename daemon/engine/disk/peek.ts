import { ENTROPY_SAMPLE_BYTES, looksEncrypted } from '../../core/entropy.ts';
import type { Directory, FileSystem } from '../../effects/file-system.ts';
import type { DiskResults, PeekJob } from './jobs.ts';
import { OpenedRoot, problemOf } from './opened-root.ts';
import { STAGE } from './places.ts';

/** Looks at the beginnings of staged files. */
export function peek(fileSystem: FileSystem, job: PeekJob): DiskResults['peek'] {
  const root = new OpenedRoot(fileSystem, job.root);
  try {
    const directory = root.directory(STAGE);
    return { kind: 'peek', encrypted: job.stages.map((name) => looksSo(directory, name)) };
  } finally {
    root.close();
  }
}

function looksSo(directory: Directory, name: string): boolean | undefined {
  try {
    const file = directory.openFile(name);
    try {
      const start = new Uint8Array(ENTROPY_SAMPLE_BYTES);
      let length = 0;
      for (let got = -1; got !== 0 && length < start.length; length += got)
        got = file.read(start.subarray(length), length);
      return looksEncrypted(start.subarray(0, length));
    } finally {
      file.close();
    }
  } catch (error) {
    problemOf(error);
    return undefined;
  }
}
