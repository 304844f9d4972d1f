import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TreeShape {
  readonly files: number;
  readonly bytes: number;
}

/** What a Linux 6.1 source tree holds. */
export const linuxLike: TreeShape = { files: 78_635, bytes: 1_280_000_000 };

/** Files a directory on average, as in that tree (5,056 directories). */
const FILES_PER_DIRECTORY = 15.5;
/** Spread of the logarithm of the sizes: half the files below 5 KB, a mean of 16 KB. */
const SIZE_SIGMA = 1.5;
const LARGEST_BYTES = 14_000_000;
const DEEPEST = 9;

/** mulberry32 (public domain, Tommy Ettinger): small, and the same everywhere. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const SYLLABLES = [
  'reg',
  'dev',
  'init',
  'buf',
  'map',
  'ctl',
  'net',
  'set',
  'get',
  'phy',
  'clk',
  'irq',
  'dma',
  'io',
  'hw',
];

function word(roll: () => number): string {
  const count = 1 + Math.floor(roll() * 3);
  return Array.from({ length: count }, () => SYLLABLES[Math.floor(roll() * SYLLABLES.length)]).join('_');
}

/** Lines that compress like source code does: few words, much repetition, no line like the next. */
function makeLines(roll: () => number): readonly Buffer[] {
  return Array.from({ length: 8192 }, () => {
    const indent = '\t'.repeat(Math.floor(roll() * 4));
    const code = `${word(roll)}(${word(roll)}, ${Math.floor(roll() * 65536)}, &${word(roll)}->${word(roll)});\n`;
    return Buffer.from(roll() < 0.15 ? '\n' : indent + code);
  });
}

function makeDirectories(count: number, roll: () => number): readonly string[] {
  const paths = [''];
  const depths = [0];
  while (paths.length < count) {
    const parent = Math.floor(roll() * paths.length);
    const depth = depths[parent] ?? 0;
    if (depth >= DEEPEST) continue;
    const path = `${paths[parent]}${paths[parent] === '' ? '' : '/'}${word(roll)}${paths.length}`;
    paths.push(path);
    depths.push(depth + 1);
  }
  return paths;
}

/** Log-normal sizes (Box-Muller), scaled so that they add up to about `bytes`. */
function makeSizes({ files, bytes }: TreeShape, roll: () => number): readonly number[] {
  const raw = Array.from({ length: files }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - roll())) * Math.cos(2 * Math.PI * roll());
    return Math.exp(SIZE_SIGMA * normal);
  });
  const scale = bytes / raw.reduce((sum, size) => sum + size, 0);
  return raw.map((size) => Math.min(LARGEST_BYTES, Math.round(size * scale)));
}

/**
 * Writes the same tree every time: `root` must exist and be empty. Takes some seconds for `linuxLike`. Returns how many
 * files and symlinks it has.
 */
export function makeSourceTree(root: string, shape: TreeShape, seed = 1): number {
  const roll = dice(seed);
  const lines = makeLines(roll);
  const directories = makeDirectories(Math.max(1, Math.round(shape.files / FILES_PER_DIRECTORY)), roll);
  for (const path of directories) mkdirSync(join(root, path), { recursive: true });

  const content = Buffer.alloc(LARGEST_BYTES + 256);
  const extensions = ['.c', '.c', '.c', '.h', '.h', '.h', '.rst', '.dts', '.S', '.txt'];
  makeSizes(shape, roll).forEach((size, index) => {
    let length = content.write(`/* ${index} */\n`);
    while (length < size) {
      const line = lines[Math.floor(roll() * lines.length)] ?? Buffer.alloc(1);
      length += line.copy(content, length);
    }
    const directory = directories[Math.floor(roll() * directories.length)] ?? '';
    const name = `${word(roll)}${index}${extensions[index % extensions.length]}`;
    writeFileSync(join(root, directory, name), content.subarray(0, size), { mode: roll() < 0.01 ? 0o755 : 0o644 });
  });
  const links = Math.floor(shape.files / 1000);
  for (let index = 0; index < links; index++) symlinkSync(`../${word(roll)}`, join(root, `link${index}`));
  return shape.files + links;
}
