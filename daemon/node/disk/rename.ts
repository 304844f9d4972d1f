import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { codeOf, errnoError, fileSystemError } from './errors.ts';
import type { NativeDisk } from './native.ts';

/** The call exists but this file system, or this kernel, cannot do it. */
const UNSUPPORTED: ReadonlySet<number> = new Set([
  constants.errno.ENOSYS,
  constants.errno.EINVAL,
  constants.errno.ENOTSUP,
  constants.errno.EOPNOTSUPP,
]);
const NO_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** EEXIST when anything stands at `to`, also a dangling symlink. */
export function renameWithoutReplacing(from: string, to: string, native: NativeDisk): void {
  if (native.renameNoReplace) {
    const errno = native.renameNoReplace(from, to);
    if (errno === 0) return;
    if (!UNSUPPORTED.has(errno)) throw errnoError(errno, 'renameNoReplace', to);
  }
  renameByOtherMeans(from, to);
}

/** ENOTSUP where that can not be done in one step. */
export function exchange(path: string, other: string, native: NativeDisk): void {
  const errno = native.exchange === undefined ? constants.errno.ENOTSUP : native.exchange(path, other);
  if (errno === 0) return;
  if (UNSUPPORTED.has(errno)) throw fileSystemError('ENOTSUP', 'exchange', other);
  throw errnoError(errno, 'exchange', other);
}

/**
 * A file gets its second name by `link`, which never replaces, and then loses its first; killed in between it has both.
 * Directories, and files where there are no hard links, are looked up first: something that appears at `to` between the
 * look and the rename is replaced if it is a file, or an empty directory when a directory is renamed.
 */
function renameByOtherMeans(from: string, to: string): void {
  const stats = lstatSync(from);
  // On macOS link(2) follows a symlink, so symlinks take the other way there.
  const linkable = stats.isFile() || (stats.isSymbolicLink() && process.platform === 'linux');
  if (linkable) {
    try {
      linkSync(from, to);
      unlinkSync(from);
      return;
    } catch (error) {
      if (!NO_HARD_LINKS.has(codeOf(error))) throw error;
    }
  }
  if (lstatSync(to, { throwIfNoEntry: false })) throw fileSystemError('EEXIST', 'rename', to);
  renameSync(from, to);
}
