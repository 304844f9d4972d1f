import { isWellFormed, utf8 } from './bytes.ts';
import { utf8Length } from './codec.ts';
import type { Digest } from './ids.ts';
import { NAME_MAX_BYTES } from './limits.ts';

/** The folder's own hidden directory, directly under the root. No entry may have a name that some disk takes for it. */
export const RESERVED_DIRECTORY = '.sheaf';

// Code points that HFS+ ignores when it compares names; git lists the same for CVE-2014-9390 (utf8.c, next_hfs_char).
const IGNORED_BY_DISKS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;
// The directory, or what FAT and NTFS may call it where they keep short names; then dots and spaces, which Windows drops at the
// end, and a colon with what follows it, which names a stream of the same file on NTFS.
const RESERVED = /^(?:\.sheaf|sheaf~[0-9]+)[. ]*(?::.*)?$/isu;
const ASCII = /^[\0-\x7f]*$/u;

/**
 * Undefined when an entry may have this name, else the reason. Whether this disk can hold it is another question:
 * backslashes, colons, `CON` and the like are names here.
 */
export function checkName(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name === '.' || name === '..') return `"${name}" is not a name`;
  if (name.includes('/')) return 'the name contains "/"';
  if (name.includes('\0')) return 'the name contains a NUL character';
  if (!isWellFormed(name)) return 'the name is not valid Unicode';
  if (name.length > NAME_MAX_BYTES || utf8Length(name) > NAME_MAX_BYTES)
    return `the name is longer than ${NAME_MAX_BYTES} bytes`;
  if (isReserved(name)) return `"${RESERVED_DIRECTORY}" is this program's own directory`;
  return undefined;
}

function isReserved(name: string): boolean {
  if (ASCII.test(name)) return RESERVED.test(name);
  // Compatibility forms of the letters and of the dot, in any case, composed or not: what some disk may fold to them.
  return RESERVED.test(name.replace(IGNORED_BY_DISKS, '').normalize('NFKC'));
}

/** Longest part of a conflict name that says which device: leaves room for what people named the file. */
const DEVICE_PART_MAX_BYTES = 40;
/** A longer "extension" is part of the sentence before it, not something that opens a program. */
const EXTENSION_MAX_BYTES = 32;
/** Hex digits of the digest in a conflict name: 32 bits, enough to tell the versions of one path apart. */
const DIGEST_DIGITS = 8;
const UNSAFE_IN_LABEL = /[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu;

/**
 * What the conflict copy of `name` is called that keeps version `digest` by the device of that name:
 * `stem (conflict DEVICE 1a2b3c4d).ext`. The same everywhere, an allowed name, at most 255 bytes; the stem is cut to fit.
 */
export function conflictName(name: string, deviceName: string, digest: Digest): string {
  const device =
    cutToBytes(deviceName.replace(UNSAFE_IN_LABEL, '-').trim(), DEVICE_PART_MAX_BYTES).trimEnd() || 'device';
  const [stem, extension] = splitExtension(name);
  const suffix = ` (conflict ${device} ${digest.slice(0, DIGEST_DIGITS)})${extension}`;
  return cutToBytes(stem, NAME_MAX_BYTES - utf8(suffix).length) + suffix;
}

const CONFLICT_NAME = /^(?<stem>.*) \(conflict (?<device>.+) (?<digits>[0-9a-f]{8})\)(?<extension>\.[^.]+)?$/su;

/** What a conflict copy's name says: `conflictName` backwards, but for a stem that had to be cut. Undefined for others. */
export function splitConflictName(name: string): { readonly original: string; readonly device: string } | undefined {
  // Nearly all names end here: this is asked of every entry that changes.
  if (!name.includes(' (conflict ')) return undefined;
  const { stem, device, extension = '' } = CONFLICT_NAME.exec(name)?.groups ?? {};
  return stem === undefined || device === undefined ? undefined : { original: stem + extension, device };
}

/** `.profile` and `name.` have no extension. */
export function splitExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || dot === name.length - 1) return [name, ''];
  const extension = name.slice(dot);
  return utf8Length(extension) > EXTENSION_MAX_BYTES ? [name, ''] : [name.slice(0, dot), extension];
}

/** The longest beginning that fits and ends between code points. */
export function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

// Everything that moves a cursor, turns the writing direction, hides or breaks a line: Cc are controls with ESC,
// Cf are format characters with all bidirectional overrides.
const UNSAFE_IN_TERMINAL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** The name for a terminal or a log line: what could steer either is shown as `\u{1b}`. Not meant to be read back. */
export function escapeName(name: string): string {
  return name.replace(UNSAFE_IN_TERMINAL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
