import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../protocol/ids.ts';
import { NAME_MAX_BYTES } from '../../../protocol/limits.ts';
import { checkName, conflictName, escapeName, RESERVED_DIRECTORY, splitConflictName } from '../../../protocol/names.ts';

const digest = `1a2b3c4d${'0'.repeat(56)}` as Digest;

describe('names', () => {
  it.each([
    'a',
    ' ',
    '...',
    '. ',
    '.a',
    'back\\slash',
    'a:b',
    'CON',
    'NUL.txt',
    'line\nbreak',
    'x'.repeat(255),
    `${'水'.repeat(85)}`,
    '.sheaf2',
    'sheaf',
    '.sheafs',
    '_sheaf',
    '.sheaf~1',
    'sheaf~',
    'sheaf~1a',
    'my.sheaf',
    '.shéaf',
    '\ufeff',
    '__proto__',
  ])('%j is allowed', (name) => {
    expect(checkName(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['.', 'not a name'],
    ['..', 'not a name'],
    ['/', 'contains "/"'],
    ['a/b', 'contains "/"'],
    ['a\0', 'NUL'],
    ['a\ud800', 'Unicode'],
    ['\udc00a', 'Unicode'],
    ['x'.repeat(256), '255 bytes'],
    ['水'.repeat(86), '255 bytes'],
    ['x'.repeat(1_000_000), '255 bytes'],
  ])('%j is refused', (name, reason) => {
    expect(checkName(name)).toContain(reason);
  });

  it.each([
    RESERVED_DIRECTORY,
    '.SHEAF',
    '.ShEaF',
    '.sheaf.',
    '.sheaf ',
    '.sheaf. .',
    '.sheaf:stream',
    '.sheaf::$INDEX_ALLOCATION',
    '.sheaf. :x',
    'SHEAF~1',
    'sheaf~12',
    'Sheaf~1.',
    '.\u200csheaf',
    '.she\u200daf\ufeff',
    '\u2024sheaf',
    '\uff0e\uff53\uff48\uff45\uff41\uff46',
    '.\u017fheaf',
    '.\u017fHEAF',
    '.sheaf\u206a',
  ])('%j is taken for the own directory by some disk, and refused', (name) => {
    expect(checkName(name)).toContain('own directory');
  });
});

describe('conflict names', () => {
  it.each([
    ['notes.txt', 'laptop', 'notes (conflict laptop 1a2b3c4d).txt'],
    ['notes', 'laptop', 'notes (conflict laptop 1a2b3c4d)'],
    ['.profile', 'laptop', '.profile (conflict laptop 1a2b3c4d)'],
    ['archive.tar.gz', 'laptop', 'archive.tar (conflict laptop 1a2b3c4d).gz'],
    ['name.', 'laptop', 'name. (conflict laptop 1a2b3c4d)'],
    ['a.b', "Ada's laptop", "a (conflict Ada's laptop 1a2b3c4d).b"],
    ['a', 'a/b\\c:d\ne', 'a (conflict a-b-c-d-e 1a2b3c4d)'],
    ['a', '', 'a (conflict device 1a2b3c4d)'],
    ['a', '  ', 'a (conflict device 1a2b3c4d)'],
    ['a', '\u202eevil\ud800', 'a (conflict -evil- 1a2b3c4d)'],
    ['a', '水'.repeat(20), `a (conflict ${'水'.repeat(13)} 1a2b3c4d)`],
  ])('%j by %j is %j', (name, device, expected) => {
    expect(conflictName(name, device, digest)).toBe(expected);
  });

  it.each(['x'.repeat(255), `${'水'.repeat(83)}.md`, `a.${'e'.repeat(250)}`, `${'🜁'.repeat(60)}.${'e'.repeat(10)}`])(
    'fit when %j does not leave room',
    (name) => {
      const result = conflictName(name, '水'.repeat(40), digest);
      expect(checkName(result)).toBeUndefined();
      expect(Buffer.byteLength(result)).toBeGreaterThan(NAME_MAX_BYTES - 4);
      expect(result).toContain(' 1a2b3c4d)');
    },
  );

  it('keep the extension that opens a program', () => {
    expect(conflictName(`${'x'.repeat(251)}.txt`, 'laptop', digest)).toMatch(/^x+ \(conflict laptop 1a2b3c4d\)\.txt$/);
  });
});

describe('names for a terminal', () => {
  it.each([
    ['plain name.txt', 'plain name.txt'],
    ['Übergröße 水🜁', 'Übergröße 水🜁'],
    ['\u001b[2J', '\\u{1b}[2J'],
    ['a\nb\tc\rd', 'a\\u{a}b\\u{9}c\\u{d}d'],
    ['\u009b1m\u007f', '\\u{9b}1m\\u{7f}'],
    ['\u202etxt.exe', '\\u{202e}txt.exe'],
    ['\u2066a\u2069\u200b', '\\u{2066}a\\u{2069}\\u{200b}'],
    ['a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j is shown as %j', (name, shown) => {
    expect(escapeName(name)).toBe(shown);
  });
});

describe('the name of a conflict copy', () => {
  it.each(['a.txt', '.profile', 'no extension', 'two.dots.tar', 'ends.', 'a (conflict bob 00000000).txt'])(
    'says what %j it is a copy of, and whose',
    (name) => {
      expect(splitConflictName(conflictName(name, 'my laptop', digest))).toEqual({
        original: name,
        device: 'my laptop',
      });
    },
  );

  it.each(['a.txt', 'a (conflict bob).txt', 'a (conflict bob 1a2b3c4)', 'a (conflict  1a2b3c4d) b'])(
    'is not %j',
    (name) => expect(splitConflictName(name)).toBeUndefined(),
  );
});
