import { type Dirent, readdirSync } from 'node:fs';

/** Counts the files and directories below `root` without the `ignored` ones directly in it; stops beyond `limit`. */
export function countEntries(root: string, ignored: readonly string[], limit: number): number {
  const waiting = [root];
  let count = 0;
  for (let path = waiting.pop(); path !== undefined && count <= limit; path = waiting.pop()) {
    for (const dirent of childrenOf(path)) {
      if (path === root && ignored.includes(dirent.name)) continue;
      count += 1;
      if (dirent.isDirectory()) waiting.push(`${path}/${dirent.name}`);
    }
  }
  return count;
}

function childrenOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
