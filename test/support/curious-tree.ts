import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 1024 * 1024;

/** Bytes that look random and compress badly, the same for one label. */
export function noise(label: string, sizeBytes: number): Buffer {
  const seed = createHash('sha256').update(label).digest();
  // xorshift32: a few million numbers of good enough quality cost milliseconds.
  let state = seed.readUInt32LE(0) || 1;
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state >>> 0;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** A file of noise of any size, written block by block. */
export function writeNoise(path: string, label: string, sizeBytes: number): void {
  const descriptor = openSync(path, 'w');
  try {
    for (let at = 0; at < sizeBytes; at += BLOCK_BYTES) {
      writeSync(descriptor, noise(`${label} ${at}`, Math.min(BLOCK_BYTES, sizeBytes - at)));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Sets the modification time to the nanosecond, which Node can't. Does not follow symlinks. */
export function setMtime(path: string, seconds: number, nanoseconds: number): void {
  const time = `@${seconds}.${String(nanoseconds).padStart(9, '0')}`;
  execFileSync('touch', ['--no-dereference', `--date=${time}`, path]);
}

/** Names that some program somewhere gets wrong. */
const NAMES: readonly string[] = [
  'Ünïcödé NFC \u00e9',
  // The same letters, decomposed: another name on most disks.
  'Ünïcödé NFD e\u0301',
  'é',
  'e\u0301',
  '日本語.txt',
  '🗂️ emoji.txt',
  'new\nline',
  'tab\tand\rreturn',
  'back\\slash',
  `quotes "double" 'single' \`back\``,
  'CON',
  'aux.txt',
  'trailing dot.',
  'trailing space ',
  ' leading space',
  '-rf',
  '$(echo hi)',
  '%2e%2e',
  '*?<>|:',
  '...',
  '.hidden',
  '\u202ertl.txt',
  'a'.repeat(255),
  // 255 bytes in 85 characters.
  '語'.repeat(85),
];

/** One of every kind of thing that a directory can hold and that is synced, in `directory`, which is made. */
export function makeCuriousTree(directory: string): void {
  const at = (...names: readonly string[]): string => join(directory, ...names);
  mkdirSync(at('empty', 'emptier'), { recursive: true });
  mkdirSync(at('names'));
  for (const name of NAMES) {
    writeFileSync(at('names', name), name);
    mkdirSync(at('names', `${name.slice(0, 80)}.d`), { recursive: true });
  }
  mkdirSync(at('deep', ...Array.from({ length: 40 }, (_, level) => `level ${level}`)), { recursive: true });
  writeFileSync(at('deep', ...Array.from({ length: 40 }, (_, level) => `level ${level}`), 'bottom'), 'deep down');

  mkdirSync(at('sizes'));
  writeFileSync(at('sizes', 'zero'), '');
  writeFileSync(at('sizes', 'one'), '1');
  writeFileSync(at('sizes', 'zeros'), Buffer.alloc(300_000));
  for (const size of [70_000, 3_000_000]) writeNoise(at('sizes', `${size} bytes`), 'sizes', size);

  mkdirSync(at('modes'));
  writeFileSync(at('modes', 'program'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(at('modes', 'owner only'), 'secret', { mode: 0o600 });
  writeFileSync(at('modes', 'read only'), 'fixed');
  chmodSync(at('modes', 'read only'), 0o444);

  mkdirSync(at('links', 'directory'), { recursive: true });
  writeFileSync(at('links', 'directory', 'inside'), 'inside');
  symlinkSync('directory/inside', at('links', 'to a file'));
  symlinkSync('directory', at('links', 'to a directory'));
  symlinkSync('nowhere/at/all', at('links', 'dangling'));
  symlinkSync('/etc/passwd', at('links', 'absolute'));
  symlinkSync('../../../..', at('links', 'upwards'));
  symlinkSync('to itself', at('links', 'to itself'));
  symlinkSync('tärget\nwith a line', at('links', 'odd target'));

  mkdirSync(at('times'));
  const times: readonly (readonly [string, number, number])[] = [
    ['nanoseconds', 1_700_000_000, 123_456_789],
    ['before 1970', -86_400, 1],
    ['after 2038', 4_000_000_000, 999_999_999],
  ];
  for (const [name, seconds, nanoseconds] of times) {
    writeFileSync(at('times', name), name);
    setMtime(at('times', name), seconds, nanoseconds);
  }
  symlinkSync('nanoseconds', at('times', 'link'));
  setMtime(at('times', 'link'), 1_600_000_000, 987_654_321);
}
