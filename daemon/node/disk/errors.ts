import { constants } from 'node:os';
import type { FileSystemError } from '../../effects/file-system.ts';

const NAME_OF_ERRNO: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** An error shaped as the ones `node:fs` throws: `code` is the errno name. */
export function fileSystemError(code: string, call: string, name: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${call} '${name}'`), { code });
}

/** The same, from the number that a C function left in `errno`. */
export function errnoError(errno: number, call: string, name: string): FileSystemError {
  return fileSystemError(NAME_OF_ERRNO.get(errno) ?? 'EIO', call, name);
}

/** The errno name of anything caught; '' when it is no file system error. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
