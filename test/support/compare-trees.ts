import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';

export interface TreeDifference {
  /** Root-relative, '/' between names; '' for the root itself. */
  readonly path: string;
  readonly what: 'only-left' | 'only-right' | 'kind' | 'size' | 'bytes' | 'executable' | 'target' | 'mtime';
  /** Both sides' values, where that helps. */
  readonly detail?: string;
}

export interface TreeComparison {
  /** In path order; at most `limit` of them. */
  readonly differences: readonly TreeDifference[];
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly bytes: number;
}

/** Large enough that a read costs little beside the copying, small enough for two of them to stay in cache. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Compares two directory trees: which paths exist, their kinds, file bytes, the owner's executable bit, symlink texts,
 * and the mtimes of files and symlinks to the nanosecond. Modification times of directories are not compared: the
 * model does not replicate them. `ignored` names are left out directly below both roots.
 */
export function compareTrees(
  left: string,
  right: string,
  { ignored = ['.sheaf'], limit = 100 }: { readonly ignored?: readonly string[]; readonly limit?: number } = {},
): TreeComparison {
  const differences: TreeDifference[] = [];
  const count = { files: 0, directories: 0, symlinks: 0, bytes: 0 };
  const waiting = [''];
  for (let path = waiting.pop(); path !== undefined && differences.length < limit; path = waiting.pop()) {
    const skip = path === '' ? ignored : [];
    const names = namesOf(join(left, path), skip);
    const others = new Set(namesOf(join(right, path), skip));
    for (const name of names) {
      const child = path === '' ? name : `${path}/${name}`;
      if (!others.delete(name)) differences.push({ path: child, what: 'only-left' });
      else {
        const kind = compareEntries(join(left, child), join(right, child), child, differences, count);
        if (kind === 'directory') waiting.push(child);
      }
    }
    for (const name of others) differences.push({ path: path === '' ? name : `${path}/${name}`, what: 'only-right' });
  }
  differences.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { differences: differences.slice(0, limit), ...count };
}

function namesOf(directory: string, ignored: readonly string[]): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !ignored.includes(name))
    .sort();
}

function kindOf(stat: BigIntStats): 'file' | 'directory' | 'symlink' | 'other' {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'symlink' : 'other';
}

function compareEntries(
  left: string,
  right: string,
  path: string,
  differences: TreeDifference[],
  count: { files: number; directories: number; symlinks: number; bytes: number },
): string {
  const a = lstatSync(left, { bigint: true });
  const b = lstatSync(right, { bigint: true });
  const kind = kindOf(a);
  const differ = (what: TreeDifference['what'], of: unknown, and: unknown): void =>
    void differences.push({ path, what, detail: `${of} / ${and}` });

  if (kind !== kindOf(b)) {
    differ('kind', kind, kindOf(b));
    return 'differs';
  }
  if (kind === 'directory') count.directories += 1;
  if (kind === 'symlink') {
    count.symlinks += 1;
    const texts = [readlinkSync(left), readlinkSync(right)] as const;
    if (texts[0] !== texts[1]) differ('target', texts[0], texts[1]);
  }
  if (kind === 'file') {
    count.files += 1;
    count.bytes += Number(a.size);
    const executable = [(a.mode & 0o100n) !== 0n, (b.mode & 0o100n) !== 0n] as const;
    if (executable[0] !== executable[1]) differ('executable', executable[0], executable[1]);
    if (a.size !== b.size) differ('size', a.size, b.size);
    else {
      const at = firstDifferentByte(left, right);
      if (at !== undefined) differ('bytes', `byte ${at}`, `of ${a.size}`);
    }
  }
  if (kind !== 'directory' && a.mtimeNs !== b.mtimeNs) differ('mtime', a.mtimeNs, b.mtimeNs);
  return kind;
}

const blocks = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)] as const;

/** Offset of the first byte in which two files of equal size differ; undefined when none does. */
function firstDifferentByte(left: string, right: string): number | undefined {
  const a = openSync(left, 'r');
  try {
    const b = openSync(right, 'r');
    try {
      for (let position = 0; ; ) {
        const lengths = [fill(a, blocks[0], position), fill(b, blocks[1], position)] as const;
        const parts = [blocks[0].subarray(0, lengths[0]), blocks[1].subarray(0, lengths[1])] as const;
        if (!parts[0].equals(parts[1])) {
          return position + parts[0].findIndex((byte, index) => byte !== parts[1][index]);
        }
        if (lengths[0] < BLOCK_BYTES) return undefined;
        position += lengths[0];
      }
    } finally {
      closeSync(b);
    }
  } finally {
    closeSync(a);
  }
}

/** Reads until the buffer is full or the file ends; returns how many bytes. */
function fill(descriptor: number, into: Buffer, position: number): number {
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, into, length, into.length - length, position + length);
    length += read;
    if (read === 0 || length === into.length) return length;
  }
}

/** The comparison in a few lines for people: '' when the trees are equal. */
export function describeDifferences({ differences }: TreeComparison): string {
  return differences
    .slice(0, 20)
    .map(({ path, what, detail }) => `  ${JSON.stringify(path)}: ${what}${detail === undefined ? '' : ` (${detail})`}`)
    .join('\n');
}
