import { lstatSync } from 'node:fs';

/** What tells one directory from another in its place: an inode number alone is soon used again. */
export function rootIdentity(root: string): string | undefined {
  try {
    const stats = lstatSync(root, { bigint: true });
    return stats.isDirectory() ? `${stats.dev}.${stats.ino}.${stats.birthtimeNs}` : undefined;
  } catch {
    return undefined;
  }
}
