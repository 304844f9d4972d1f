import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  /** From the root, '/' between names. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

/** All that stands in a root, each directory before what is in it; what goes meanwhile may be missing. */
export function walk(root: string): readonly Found[] {
  const found: Found[] = [];
  const waiting = [''];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const entry of entriesOf(join(root, directory))) {
      if (directory === '' && entry.name === '.sheaf') continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const kind = kindOf(entry);
      found.push({ path, kind });
      if (kind === 'directory') waiting.push(path);
    }
  }
  return found;
}

function kindOf(entry: Dirent): Found['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/**
 * A file's bytes, as they stand at the path at the moment this returns; undefined when something else was put there while
 * they were read.
 */
export function readStanding(path: string): Uint8Array | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const bytes = readFileSync(descriptor);
    return lstatSync(path).ino === fstatSync(descriptor).ino ? bytes : undefined;
  } finally {
    closeSync(descriptor);
  }
}
