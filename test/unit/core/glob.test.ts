import { expect, it } from 'vitest';
import { matchesGlob } from '../../../daemon/core/glob.ts';

it.each([
  ['*.txt', 'a.txt', true],
  ['*.txt', 'deep/down/a.txt', true],
  ['*.txt', 'a.txt/b', false],
  ['a/*.txt', 'a/b.txt', true],
  ['a/*.txt', 'a/b/c.txt', false],
  ['a/**', 'a/b/c.txt', true],
  ['**/c.txt', 'c.txt', true],
  ['**/c.txt', 'a/b/c.txt', true],
  ['**', 'a/b', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a.c', 'abc', false],
  ['[a](b).txt', '[a](b).txt', true],
  ['语?.txt', '语文.txt', true],
  ['a b (conflict x 1a2b3c4d)', 'a b (conflict x 1a2b3c4d)', true],
])('%s against %s: %s', (pattern, path, expected) => {
  expect(matchesGlob(pattern, path)).toBe(expected);
});
