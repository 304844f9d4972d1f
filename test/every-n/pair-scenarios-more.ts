import { bytesOf, type PairScenario } from './pair-scenarios.ts';

/** More of what people do, for the long form only. */
export const MORE_PAIR_SCENARIOS: readonly PairScenario[] = [
  {
    name: 'rotate three logs',
    before: { log: 'c', 'log.1': 'b', 'log.2': 'a' },
    ada: (at) => {
      at.user.rename(at.path('log.2'), at.path('log.3'));
      at.user.rename(at.path('log.1'), at.path('log.2'));
      at.user.rename(at.path('log'), at.path('log.1'));
      at.write('log', 'n');
    },
    after: { log: 'n', 'log.1': 'c', 'log.2': 'b', 'log.3': 'a' },
  },
  {
    name: 'move a file into another directory and edit it',
    before: { 'd/a': 'a', 'e/x': 'x' },
    ada: (at) => {
      at.user.rename(at.path('d/a'), at.path('e/a'));
      at.write('e/a', 'n');
    },
    after: { 'e/a': 'n', 'e/x': 'x' },
  },
  {
    name: 'two names that swap directories, and one in the other',
    before: { 'd/a': 'a', 'e/b': 'b' },
    ada: (at) => {
      at.user.swap(at.path('d'), at.path('e'));
      at.user.rename(at.path('e'), at.path('d/inner'));
    },
    after: { 'd/b': 'b', 'd/inner/a': 'a' },
  },
  {
    name: 'another case of a name, where case does not count',
    options: { caseInsensitive: true },
    before: { 'Name/a': 'a', x: 'x' },
    ada: (at) => {
      at.user.rename(at.path('Name'), at.path('name'));
      at.write('name/n', 'n');
    },
    after: { 'name/a': 'a', 'name/n': 'n', x: 'x' },
  },
  {
    name: 'an edit where stamps are of two seconds and there are no links',
    options: { stampNs: 2_000_000_000n, exchanges: false, hardLinks: false, symlinks: false },
    before: { a: 'a', 'd/b': 'b' },
    ada: (at) => {
      at.write('a', 'n');
      at.user.replace(at.path('d/b'), bytesOf('m'));
    },
    after: { a: 'n', 'd/b': 'm' },
  },
  {
    name: 'a new file in a directory that is deleted elsewhere',
    before: { 'd/a': 'a', x: 'x' },
    ada: (at) => at.write('d/n', 'n'),
    ben: (at) => at.user.remove(at.path('d')),
    after: { 'd/n': 'n', x: 'x' },
  },
  {
    name: 'the same new file on both',
    before: { x: 'x' },
    ada: (at) => at.write('d/n', 'n'),
    ben: (at) => at.write('d/n', 'n'),
    after: { 'd/n': 'n', x: 'x' },
  },
  {
    name: 'a file here, a directory there, of one name',
    before: { x: 'x' },
    ada: (at) => at.write('n', 'n'),
    ben: (at) => at.write('n/m', 'm'),
    after: { 'n/m': 'm', 'n (conflict)': 'n', x: 'x' },
    anyShape: true,
  },
  {
    name: 'two moves that would make a circle',
    before: { 'd/a': 'a', 'e/b': 'b' },
    ada: (at) => at.user.rename(at.path('d'), at.path('e/d')),
    ben: (at) => at.user.rename(at.path('e'), at.path('d/e')),
    after: { 'd/a': 'a', 'd/e/b': 'b' },
    anyShape: true,
  },
  {
    name: 'a name that meets another on the second disk, and its end',
    benOptions: { caseInsensitive: true },
    before: { 'Name/a': 'a', file: 'f' },
    ada: (at) => {
      at.write('NAME/b', 'b');
      at.write('FILE', 'g');
    },
    after: { 'Name/a': 'a', 'NAME/b': 'b', file: 'f', FILE: 'g' },
  },
  {
    name: 'an alias that is not needed any more',
    benOptions: { caseInsensitive: true },
    before: { 'Name/a': 'a', 'NAME/b': 'b', file: 'f', FILE: 'g' },
    ada: (at) => {
      at.user.rename(at.path('Name'), at.path('other'));
      at.user.remove(at.path('file'));
    },
    after: { 'other/a': 'a', 'NAME/b': 'b', FILE: 'g' },
  },
  {
    name: 'names too long for the second disk, in another normal form there',
    benOptions: { decomposed: true, maxNameBytes: 143 },
    before: { x: 'x' },
    ada: (at) => {
      at.write(`${'\u00fc'.repeat(90)}/e\u0301`, 'n');
      at.user.rename(at.path('x'), at.path('\u00e9'));
    },
    after: { [`${'\u00fc'.repeat(90)}/e\u0301`]: 'n', '\u00e9': 'x' },
  },
];
