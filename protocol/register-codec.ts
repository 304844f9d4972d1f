import { fromHex, fromUtf8, toHex, utf8 } from './bytes.ts';
import { FormatError } from './errors.ts';
import { type Digest, type EntryId, NO_DIGEST } from './ids.ts';
import { EPOCH_MAX, MTIME_MAX_NS, MTIME_MIN_NS, SYMLINK_TARGET_MAX_BYTES, TIME_MAX_MS } from './limits.ts';
import { checkName } from './names.ts';
import { PackedReader, varintLength, writeVarint } from './packed.ts';
import type { Content, Location } from './registers.ts';

// First byte of a packed register: version 1 in the high four bits, the kind and its flags in the low four.
const LIVE = 0x10;
const TRASH = 0x11;
const DIRECTORY = 0x14;
const SYMLINK = 0x15;
const FILE = 0x18;
const FILE_EXECUTABLE = 0x01;
const FILE_MANIFEST = 0x02;
const FILE_LAST = FILE | FILE_EXECUTABLE | FILE_MANIFEST;

const ID_BYTES = 16;
const DIGEST_BYTES = 32;
const SHORT_BYTES = 8;
const TIME_BYTES = 6;
const NO_MTIME = 0n;

/** 17 bytes and the name, 49 and the name in the trash. Throws FormatError for a name that `checkName` refuses. */
export function encodeLocation(location: Location): Uint8Array {
  const trashed = location.kind === 'trash';
  const name = utf8(checked(location.name));
  const nameAt = 1 + ID_BYTES + (trashed ? DIGEST_BYTES : 0);
  const bytes = new Uint8Array(nameAt + name.length);
  bytes[0] = trashed ? TRASH : LIVE;
  putHex(bytes, 1, location.parent, ID_BYTES);
  if (trashed) putHex(bytes, 1 + ID_BYTES, location.digest, DIGEST_BYTES);
  bytes.set(name, nameAt);
  return bytes;
}

/** Throws FormatError unless `encodeLocation` writes exactly these bytes for the result. */
export function decodeLocation(bytes: Uint8Array): Location {
  const reader = new PackedReader(bytes);
  const tag = reader.uint(1);
  if (tag !== LIVE && tag !== TRASH) throw new FormatError(`unknown kind of location ${tag}`);
  const parent = toHex(reader.bytes(ID_BYTES)) as EntryId;
  if (tag === LIVE) return { kind: 'live', parent, name: checked(fromUtf8(reader.rest())) };
  const digest = toHex(reader.bytes(DIGEST_BYTES)) as Digest;
  return { kind: 'trash', parent, name: checked(fromUtf8(reader.rest())), digest };
}

/**
 * 23 bytes for a directory, 65 to 77 for a file, 63 and its target for a symlink. Throws FormatError for a field out of its
 * range, a directory with a digest or mtime, or a target that is empty, too long or contains NUL.
 */
export function encodeContent(content: Content): Uint8Array {
  if (content.kind === 'directory') {
    if (content.digest !== NO_DIGEST || content.mtimeNs !== NO_MTIME)
      throw new FormatError('a directory has no digest and no mtime');
    const bytes = new Uint8Array(1 + COMMON_BYTES);
    bytes[0] = DIRECTORY;
    putCommon(bytes, 1, content);
    return bytes;
  }
  if (content.kind === 'symlink') {
    const target = utf8(checkedTarget(content.target));
    const bytes = new Uint8Array(VERSION_END + target.length);
    bytes[0] = SYMLINK;
    putVersion(bytes, content);
    bytes.set(target, VERSION_END);
    return bytes;
  }
  checkRange('epoch', content.epoch, 1, EPOCH_MAX);
  checkRange('size', content.size, 0, Number.MAX_SAFE_INTEGER);
  const bytes = new Uint8Array(VERSION_END + varintLength(content.epoch) + varintLength(content.size));
  bytes[0] = FILE | (content.executable ? FILE_EXECUTABLE : 0) | (content.manifest ? FILE_MANIFEST : 0);
  putVersion(bytes, content);
  writeVarint(bytes, writeVarint(bytes, VERSION_END, content.epoch), content.size);
  return bytes;
}

/** Throws FormatError unless `encodeContent` writes exactly these bytes for the result. */
export function decodeContent(bytes: Uint8Array): Content {
  const reader = new PackedReader(bytes);
  const tag = reader.uint(1);
  if (tag === DIRECTORY) {
    const common = takeCommon(reader);
    reader.end();
    return { kind: 'directory', digest: NO_DIGEST, mtimeNs: NO_MTIME, ...common };
  }
  if (tag !== SYMLINK && (tag < FILE || tag > FILE_LAST)) throw new FormatError(`unknown kind of content ${tag}`);
  const digest = toHex(reader.bytes(DIGEST_BYTES)) as Digest;
  const mtimeNs = reader.int64();
  const { base, author, time } = takeCommon(reader);
  if (tag === SYMLINK) {
    const target = checkedTarget(fromUtf8(reader.rest()));
    return { kind: 'symlink', digest, mtimeNs, base, author, time, target };
  }
  const epoch = checkRange('epoch', reader.varint(), 1, EPOCH_MAX);
  const size = reader.varint();
  reader.end();
  const executable = (tag & FILE_EXECUTABLE) !== 0;
  const manifest = (tag & FILE_MANIFEST) !== 0;
  return { kind: 'file', digest, mtimeNs, base, author, time, executable, size, epoch, manifest };
}

const COMMON_BYTES = SHORT_BYTES + SHORT_BYTES + TIME_BYTES;
/** Where the digest, the mtime and the common fields of a file or symlink end. */
const VERSION_END = 1 + DIGEST_BYTES + 8 + COMMON_BYTES;

function putVersion(bytes: Uint8Array, content: Content): void {
  putHex(bytes, 1, content.digest, DIGEST_BYTES);
  if (content.mtimeNs < MTIME_MIN_NS || content.mtimeNs > MTIME_MAX_NS) throw new FormatError('mtime is out of range');
  new DataView(bytes.buffer).setBigInt64(1 + DIGEST_BYTES, content.mtimeNs);
  putCommon(bytes, 1 + DIGEST_BYTES + 8, content);
}

function putCommon(bytes: Uint8Array, offset: number, content: Content): void {
  putHex(bytes, offset, content.base, SHORT_BYTES);
  putHex(bytes, offset + SHORT_BYTES, content.author, SHORT_BYTES);
  let rest = checkRange('time', content.time, 0, TIME_MAX_MS);
  for (let at = offset + COMMON_BYTES - 1; at >= offset + 2 * SHORT_BYTES; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function takeCommon(reader: PackedReader): { readonly base: string; readonly author: string; readonly time: number } {
  const base = toHex(reader.bytes(SHORT_BYTES));
  const author = toHex(reader.bytes(SHORT_BYTES));
  return { base, author, time: reader.uint(TIME_BYTES) };
}

function putHex(bytes: Uint8Array, offset: number, hex: string, length: number): void {
  const value = fromHex(hex);
  if (value.length !== length) throw new FormatError(`an id of ${value.length} bytes where ${length} belong`);
  bytes.set(value, offset);
}

function checked(name: string): string {
  const reason = checkName(name);
  if (reason !== undefined) throw new FormatError(reason);
  return name;
}

function checkedTarget(target: string): string {
  if (target === '') throw new FormatError('a symlink with no target');
  if (target.includes('\0')) throw new FormatError('a symlink target with a NUL character');
  if (utf8(target).length > SYMLINK_TARGET_MAX_BYTES) throw new FormatError('a symlink target that is too long');
  return target;
}

function checkRange(field: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new FormatError(`${field} ${value} is out of range`);
  return value;
}

export type RegisterName = 'location' | 'content';

/** RFC 4648, section 5. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const KEY_PATTERN = /^[lc][A-Za-z0-9_-]{21}[AQgw]$/;
const values = new Uint8Array(128);
for (let i = 0; i < DIGITS.length; i += 1) values[DIGITS.charCodeAt(i)] = i;

/** The key of a register in its shard: `l` or `c` and the entry's 16 bytes in base64url without padding. 23 characters. */
export function registerKey(register: RegisterName, entry: EntryId): string {
  const bytes = fromHex(entry);
  let key = register === 'location' ? 'l' : 'c';
  for (let i = 0; i < bytes.length; i += 3) {
    // Past the end the missing bytes count as zero; the last of the 16 bytes makes two digits.
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    key += DIGITS.charAt(group >>> 18) + DIGITS.charAt((group >>> 12) & 63);
    if (i + 1 < bytes.length) key += DIGITS.charAt((group >>> 6) & 63) + DIGITS.charAt(group & 63);
  }
  return key;
}

/** Which register of which entry that is the key of; undefined when `registerKey` never writes it. */
export function parseRegisterKey(
  key: string,
): { readonly register: RegisterName; readonly entry: EntryId } | undefined {
  if (!KEY_PATTERN.test(key)) return undefined;
  const bytes = new Uint8Array(18);
  for (let digit = 0; digit < 24; digit += 4) {
    let group = 0;
    for (let i = 0; i < 4; i += 1) group = (group << 6) | (values[key.charCodeAt(1 + digit + i)] ?? 0);
    bytes.set([group >>> 16, group >>> 8, group], (digit / 4) * 3);
  }
  return { register: key.startsWith('l') ? 'location' : 'content', entry: toHex(bytes.subarray(0, 16)) as EntryId };
}
