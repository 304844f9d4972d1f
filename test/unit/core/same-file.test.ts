import { expect, test } from 'vitest';
import type { Stamp } from '../../../daemon/core/entry.ts';
import { isSameFile } from '../../../daemon/core/scan-diff.ts';

const file: Stamp = { kind: 'file', size: 3, executable: false, mtimeNs: 10n, ctimeNs: 20n, inode: 7n };
const directory: Stamp = { kind: 'directory', size: 0, executable: false, mtimeNs: 10n, ctimeNs: 20n, inode: 7n };

test.each<readonly [string, Stamp, Stamp, boolean]>([
  ['a renamed file has another ctime', file, { ...file, ctimeNs: 30n }, true],
  ['another inode is another file', file, { ...file, inode: 8n }, false],
  ['a file that was changed since may be a new one', file, { ...file, mtimeNs: 11n }, false],
  ['a directory is renamed', directory, { ...directory, ctimeNs: 30n }, true],
  [
    'a directory that was born later took the number of one that is gone',
    directory,
    { ...directory, mtimeNs: 30n },
    false,
  ],
  ['a directory is no file', directory, file, false],
])('%s', (_, gone, appeared, same) => {
  expect(isSameFile(gone, appeared)).toBe(same);
});
