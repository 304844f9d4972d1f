import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { fileSystemError } from './errors.ts';

/** asm-generic/fcntl.h of Linux; `node:fs` does not name it. Such a handle needs no permission on the file. */
const O_PATH = 0o10000000;

/** Sets the permission bits of `path` itself; ELOOP for a symlink. `byHandle` says that /proc/self/fd works. */
export function changeMode(path: string, mode: number, byHandle: boolean): void {
  if (!byHandle) {
    if (lstatSync(path).isSymbolicLink()) throw fileSystemError('ELOOP', 'chmod', path);
    chmodSync(path, mode);
    return;
  }
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (fstatSync(fd).isSymbolicLink()) throw fileSystemError('ELOOP', 'chmod', path);
    // fchmod refuses such a handle; naming it through /proc reaches the same inode.
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}
