import { expect, it } from 'vitest';
import { chooseVersion } from '../../../daemon/core/conflict-choice.ts';
import { file } from '../../support/entries.ts';

const US = 'a'.padEnd(16, '0');
const ours = file('ours', { author: 'a', mtime: 5 });
const theirs = file('theirs', { author: 'b', mtime: 7 });
const others = file('others', { author: 'c', mtime: 9 });

it.each([
  ['ours', ours, theirs, 'path'],
  ['ours', theirs, ours, 'copy'],
  ['ours', theirs, others, 'path'],
  ['theirs', ours, theirs, 'copy'],
  ['theirs', theirs, ours, 'path'],
  ['theirs', theirs, others, 'copy'],
  ['newest', ours, theirs, 'copy'],
  ['newest', theirs, ours, 'path'],
  ['both', theirs, ours, 'both'],
] as const)('%s', (keep, atPath, inCopy, kept) => {
  expect(chooseVersion(keep, atPath, inCopy, US)).toBe(kept);
});

it('puts the copy where nothing stands any more', () => {
  for (const keep of ['ours', 'theirs', 'newest', 'both'] as const) {
    expect(chooseVersion(keep, undefined, theirs, US)).toBe('copy');
  }
});
