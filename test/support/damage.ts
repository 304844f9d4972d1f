import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ways in which the files of a LevelDB directory go bad. */
export type Damage = 'flipped' | 'zeroed' | 'truncated' | 'deleted' | 'emptied';

/** Which of the files. Tables hold what was there at the last start, the log what was written since. */
export type StateFile = 'tables' | 'log' | 'CURRENT' | 'MANIFEST';

const PATTERNS: Readonly<Record<StateFile, RegExp>> = {
  tables: /\.ldb$/,
  log: /^\d+\.log$/,
  CURRENT: /^CURRENT$/,
  MANIFEST: /^MANIFEST-/,
};

/** A byte in each of so many equal parts of the file is changed. */
const FLIPS = 16;

/** Damages every file of that kind. Throws when there is none, or none with content. */
export function damageState(directory: string, which: StateFile, how: Damage): void {
  const paths = readdirSync(directory)
    .filter((name) => PATTERNS[which].test(name))
    .map((name) => join(directory, name));
  const sizes = paths.map((path) => damageFile(path, how));
  if (!sizes.some((size) => size > 0)) throw new Error(`${directory} has no ${which} to damage`);
}

/** Returns the size that the file had. */
function damageFile(path: string, how: Damage): number {
  const bytes = readFileSync(path);
  const { length } = bytes;
  if (how === 'deleted') rmSync(path);
  else if (how === 'truncated') truncateSync(path, Math.floor(length / 2));
  else if (how === 'emptied') truncateSync(path, 0);
  else {
    if (how === 'zeroed') bytes.fill(0, Math.floor(length / 3), Math.ceil((length * 2) / 3));
    for (let flip = 0; how === 'flipped' && flip < FLIPS; flip += 1) {
      const at = Math.floor((length * (flip + 0.5)) / FLIPS);
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
    }
    writeFileSync(path, bytes);
  }
  return length;
}
