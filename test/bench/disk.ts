import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Writes everything out, so that one row's leftovers are not the next one's load. */
export function settleDisk(): void {
  execFileSync('sync');
}

/** Sum of the sizes of all files below a directory, children called `except` left out; 0 when there is none. */
export function bytesBelow(directory: string, except = ''): number {
  let bytes = 0;
  for (const entry of walk(directory)) {
    if (except !== '' && entry.path.startsWith(join(directory, except))) continue;
    const stat = entry.directory ? undefined : lstatSync(entry.path, { throwIfNoEntry: false });
    bytes += stat?.size ?? 0;
  }
  return bytes;
}

/** Number of files and symlinks below a directory, names that start with a dot left out: tools stage under those. */
export function countBelow(directory: string): number {
  let count = 0;
  for (const entry of walk(directory)) if (!entry.directory && !entry.name.startsWith('.')) count += 1;
  return count;
}

interface Found {
  readonly name: string;
  readonly path: string;
  readonly directory: boolean;
}

function* walk(directory: string): Generator<Found> {
  const waiting = [directory];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    for (const entry of readHere(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      yield { name: entry.name, path, directory: entry.isDirectory() };
    }
  }
}

/** Directories come and go while a tool works. */
function readHere(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** True when `path` is a file of this size and mtime: new content arrives under its name in one rename. */
export function hasArrived(path: string, like: { readonly size: bigint; readonly mtimeNs: bigint }): boolean {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && stat.size === like.size && stat.mtimeNs === like.mtimeNs;
}
