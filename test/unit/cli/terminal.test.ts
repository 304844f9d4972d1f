import { expect, test } from 'vitest';
import { escapeText, printableJson } from '../../../cli/terminal/escape.ts';
import { cutEnd, cutStart, table } from '../../../cli/terminal/layout.ts';
import { progressBar } from '../../../cli/terminal/progress-bar.ts';
import { counted, formatBytes, formatCount, formatDuration, parseDurationMs } from '../../../cli/terminal/units.ts';
import { HOSTILE_NAME } from '../control/fake-api.ts';

test.each([
  ['plain names', 'Füße 漢字 .txt', 'Füße 漢字 .txt'],
  ['emoji of several parts', '👩‍👩‍👧', '👩‍👩‍👧'],
  ['paths of Windows', 'C:\\Users\\ann', 'C:\\Users\\ann'],
  ['an escape sequence', '\u001b[2J', '\\u{1b}[2J'],
  ['an eight bit one', '\u009b2J', '\\u{9b}2J'],
  ['line breaks', 'a\r\nb\u2028c', 'a\\u{d}\\u{a}b\\u{2028}c'],
  ['reversed text', 'a\u202etxt.exe', 'a\\u{202e}txt.exe'],
  ['invisible letters', 'a\u200bb\ufeffc\u{e0041}', 'a\\u{200b}b\\u{feff}c\\u{e0041}'],
  ['half a character', 'a\ud800', 'a\\u{d800}'],
  ['what looks like an escape beside a real one', '\\u{1b}\u001b', '\\\\u{1b}\\u{1b}'],
])('escapes %s', (_, text, expected) => {
  expect(escapeText(text)).toBe(expected);
});

test('JSON keeps its value and loses what a terminal would act on', () => {
  const value = { name: HOSTILE_NAME, tag: '\u{e0041}', half: '\ud800' };
  const text = printableJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[ -~]+$/);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [99.96 * 1024, '100 KiB'],
  [999.4 * 1024, '999 KiB'],
  [999.6 * 1024, '1.0 MiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
  [2000 * 1024 ** 5, '2000 PiB'],
])('%d bytes are %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});

test('counts', () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([counted(1, 'file', 'files'), counted(0, 'file', 'files')]).toEqual(['1 file', '0 files']);
});

test.each([
  [0, '1s'],
  [59_499, '59s'],
  [60_000, '1m'],
  [127_000, '2m 7s'],
  [3_600_000, '1h'],
  [3_725_000, '1h 2m'],
  [90_000_000, '1d 1h'],
  [86_460_000, '1d'],
])('%d ms are %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});

test.each([
  ['500ms', 500],
  ['90', 90_000],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  [' 10m ', 600_000],
  ['2d', 172_800_000],
  ['0', 0],
  ['', undefined],
  ['10 m', undefined],
  ['-1s', undefined],
  ['1w', undefined],
  ['none', undefined],
])('the duration "%s" is %s ms', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});

test('cutting counts columns and keeps characters whole', () => {
  expect(cutEnd('abcdef', 6)).toBe('abcdef');
  expect(cutEnd('abcdef', 4)).toBe('abc…');
  expect(cutEnd('漢字漢字', 6)).toBe('漢字…');
  expect(cutStart('漢字漢字', 6)).toBe('…漢字');
  expect(cutStart('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5)).toBe('…👩‍👩‍👧👩‍👩‍👧');
  expect(cutStart('/a/long/path/end', 5)).toBe('…/end');
  expect(cutEnd('a', 0)).toBe('');
});

test('columns line up, whatever the script', () => {
  expect(
    table(
      ['NAME', 'X'],
      [
        ['漢字漢字', '1'],
        ['a', ''],
      ],
    ),
  ).toEqual(['NAME      X', '漢字漢字  1', 'a']);
});

test.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [0.53125, '██▏░'],
  [1, '████'],
  [7, '████'],
  [-1, '░░░░'],
])('a bar at %d is %s', (fraction, expected) => {
  expect(progressBar(fraction, 4)).toBe(expected);
});
