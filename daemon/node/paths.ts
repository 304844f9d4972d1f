import { mkdirSync, realpathSync, statSync } from 'node:fs';

/** The path without symlinks; undefined when nothing is there. Throws other errno errors (EACCES, …). */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

export function pathKind(path: string): 'file' | 'directory' | 'other' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) return 'directory';
  return stat.isFile() ? 'file' : 'other';
}

/** Makes one directory; its parent must exist. */
export function makeDirectory(path: string): void {
  mkdirSync(path);
}
