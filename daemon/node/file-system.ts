import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { FileSystem } from '../effects/file-system.ts';
import { type Anchor, HandleAnchor, PathAnchor } from './disk/anchor.ts';
import { NodeDirectory } from './disk/directory.ts';
import { fileSystemError } from './disk/errors.ts';
import { loadNativeDisk, type NativeDisk } from './disk/native.ts';
import { UnsyncedDirectories } from './disk/unsynced.ts';

export interface NodeFileSystemOptions {
  /** Hold directories by handle; false takes the weaker way of the platforms that cannot. */
  readonly handles?: boolean;
  /** Use the C library for what `node:fs` cannot do; false makes timestamps inexact and durability slow. */
  readonly native?: boolean;
}

/**
 * The real disk. On Linux every name is resolved through an open directory handle; elsewhere by a path whose directory
 * is compared with the opened one before each use. The options exist for tests of the weaker ways.
 */
export function createNodeFileSystem(options: NodeFileSystemOptions = {}): FileSystem {
  const byHandle = options.handles ?? (process.platform === 'linux' && existsSync('/proc/self/fd'));
  const native = options.native === false ? {} : loadNativeDisk();
  const unsynced = new UnsyncedDirectories();
  return {
    openRoot(path) {
      if (!isAbsolute(path)) throw fileSystemError('EINVAL', 'open', path);
      const anchor = byHandle ? new HandleAnchor(path, 0) : new PathAnchor(realpathSync.native(path));
      return new NodeDirectory(anchor, { native, unsynced, syncOnClose: !canSyncAtOnce(anchor, native) });
    },
  };
}

/** Whether one call makes a whole file system durable here. On macOS that depends on the volume, so it is tried. */
function canSyncAtOnce(anchor: Anchor, native: NativeDisk): boolean {
  if (!native.syncFileSystem) return false;
  return process.platform !== 'darwin' || anchor.withHandle(native.syncFileSystem) === 0;
}
