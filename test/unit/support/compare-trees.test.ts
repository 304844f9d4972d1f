import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareTrees, describeDifferences } from '../../support/compare-trees.ts';

// The comparer judges the demo, the bench and the end-to-end tests: it must see every kind of difference itself.
let directory: string;
let left: string;
let right: string;

function makeTree(root: string): void {
  mkdirSync(join(root, 'a', 'b'), { recursive: true });
  writeFileSync(join(root, 'a', 'text'), 'hello');
  writeFileSync(join(root, 'a', 'b', 'big'), Buffer.alloc(600_000, 7));
  symlinkSync('../text', join(root, 'a', 'b', 'link'));
  for (const path of ['a/text', 'a/b/big']) utimesSync(join(root, path), 1, 1_600_000_000);
  lutimesSync(join(root, 'a/b/link'), 1, 1_600_000_000);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sheaf-compare-'));
  left = join(directory, 'left');
  right = join(directory, 'right');
  makeTree(left);
  makeTree(right);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function touchOnly(path: string): void {
  utimesSync(path, 1, 1_600_000_000);
}

describe('compareTrees', () => {
  it('finds equal trees equal and counts them', () => {
    mkdirSync(join(left, '.sheaf'));
    expect(compareTrees(left, right)).toEqual({
      differences: [],
      files: 2,
      directories: 2,
      symlinks: 1,
      bytes: 600_005,
    });
  });

  it.each<readonly [string, string, () => void]>([
    ['only-left', 'a/new', () => writeFileSync(join(left, 'a/new'), '')],
    ['only-right', 'a/.sheaf', () => mkdirSync(join(right, 'a/.sheaf'))],
    ['executable', 'a/text', () => chmodSync(join(right, 'a/text'), 0o755)],
    ['mtime', 'a/text', () => utimesSync(join(right, 'a/text'), 1, 1_600_000_000.001)],
    [
      'bytes',
      'a/b/big',
      () => {
        const bytes = Buffer.alloc(600_000, 7);
        bytes[599_999] = 8;
        writeFileSync(join(right, 'a/b/big'), bytes);
        touchOnly(join(right, 'a/b/big'));
      },
    ],
    [
      'size',
      'a/text',
      () => {
        writeFileSync(join(right, 'a/text'), 'hello!');
        touchOnly(join(right, 'a/text'));
      },
    ],
    [
      'target',
      'a/b/link',
      () => {
        rmSync(join(right, 'a/b/link'));
        symlinkSync('../else', join(right, 'a/b/link'));
        lutimesSync(join(right, 'a/b/link'), 1, 1_600_000_000);
      },
    ],
    [
      'kind',
      'a/b',
      () => {
        rmSync(join(right, 'a/b'), { recursive: true });
        writeFileSync(join(right, 'a/b'), '');
      },
    ],
  ])('sees: %s', (what, path, change) => {
    change();
    const comparison = compareTrees(left, right);
    expect(comparison.differences.map((one) => [one.path, one.what])).toEqual([[path, what]]);
    expect(describeDifferences(comparison)).toContain(path);
  });
});
