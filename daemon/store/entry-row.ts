import { fromHex, fromUtf8, toHex, utf8 } from '../../protocol/bytes.ts';
import { FormatError } from '../../protocol/errors.ts';
import type { EntryId } from '../../protocol/ids.ts';
import { decodeContent, decodeLocation, encodeContent, encodeLocation } from '../../protocol/register-codec.ts';
import { clampMtime, type Entry, type Stamp, type Synced, samePlacement } from '../core/entry.ts';

/** Raised when the layout changes; an older row is migrated, a newer one refused. */
const ROW_VERSION = 1;

const HAS_REMOTE = 1;
const HAS_SYNCED = 2;
/** The synced placement is the remote location's. */
const SAME_PLACE = 4;
/** The last 4 bytes are the day (since 1970) on which it was first seen that the entry is gone. */
const GONE = 16;
const DAY_BYTES = 4;
/** The synced content is the remote content, byte for byte: the usual case, stored once. */
const SAME_CONTENT = 8;
/** The disk is to call it otherwise than the registers do. */
const HAS_ALIAS = 32;
/** It stands on the disk under another name than its own. */
const STANDS_UNDER_ALIAS = 64;

/**
 * An entry as stored: version, flags, live children (u32), then what the flags announce: location and content of the
 * registers, placement and content on this disk, the alias it is to have, the one it has; each with a u16 length before
 * it; and a day (u32).
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const parts: Uint8Array[] = [];
  let flags = 0;
  let remoteContent: Uint8Array | undefined;
  if (entry.remote !== undefined) {
    flags |= HAS_REMOTE;
    remoteContent = encodeContent(entry.remote.content);
    parts.push(encodeLocation(entry.remote.location), remoteContent);
  }
  if (entry.synced !== undefined) {
    flags |= HAS_SYNCED;
    if (samePlacement(entry.remote?.location, entry.synced.placement)) flags |= SAME_PLACE;
    else parts.push(encodePlacement(entry.synced));
    const content = encodeContent(entry.synced.content);
    if (remoteContent !== undefined && sameArray(content, remoteContent)) flags |= SAME_CONTENT;
    else parts.push(content);
  }
  if (entry.alias !== undefined) {
    flags |= HAS_ALIAS;
    parts.push(utf8(entry.alias));
  }
  if (entry.synced?.alias !== undefined) {
    flags |= STANDS_UNDER_ALIAS;
    parts.push(utf8(entry.synced.alias));
  }
  let length = 6;
  for (const part of parts) length += 2 + part.length;
  const row = new Uint8Array(length);
  const view = new DataView(row.buffer);
  row[0] = ROW_VERSION;
  row[1] = flags;
  view.setUint32(2, entry.liveChildren);
  let at = 6;
  for (const part of parts) {
    view.setUint16(at, part.length);
    row.set(part, at + 2);
    at += 2 + part.length;
  }
  return row;
}

/** Of a row, without a look at the rest: true when the entry stands on this disk. */
export function isHere(row: Uint8Array): boolean {
  return ((row[1] ?? 0) & HAS_SYNCED) !== 0;
}

/** The day since which an entry is known to be gone; undefined when that was not noted since it last changed. */
export function goneSince(row: Uint8Array): number | undefined {
  if (((row[1] ?? 0) & GONE) === 0) return undefined;
  return new DataView(row.buffer, row.byteOffset, row.byteLength).getUint32(row.length - DAY_BYTES);
}

/** The row of a gone entry with a note of the day. Any change of the entry writes it without. */
export function withGoneSince(row: Uint8Array, day: number): Uint8Array {
  const noted = new Uint8Array(row.length + DAY_BYTES);
  noted.set(row);
  noted[1] = (row[1] ?? 0) | GONE;
  new DataView(noted.buffer).setUint32(row.length, day);
  return noted;
}

export function decodeEntry(id: EntryId, row: Uint8Array): Entry {
  if (row[0] !== ROW_VERSION) throw new FormatError(`entry row of version ${row[0]}, this sheaf knows ${ROW_VERSION}`);
  const flags = row[1] ?? 0;
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  let at = 6;
  const next = (): Uint8Array => {
    const length = view.getUint16(at);
    const part = row.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    return part;
  };
  const remote =
    (flags & HAS_REMOTE) === 0 ? undefined : { location: decodeLocation(next()), content: decodeContent(next()) };
  let synced: Synced | undefined;
  if ((flags & HAS_SYNCED) !== 0) {
    const same = (flags & SAME_PLACE) !== 0 && remote !== undefined;
    const placement = same ? { parent: remote.location.parent, name: remote.location.name } : decodePlacement(next());
    const shared = (flags & SAME_CONTENT) !== 0 && remote !== undefined;
    synced = { placement, content: shared ? remote.content : decodeContent(next()) };
  }
  const alias = (flags & HAS_ALIAS) === 0 ? undefined : fromUtf8(next());
  if (synced !== undefined && (flags & STANDS_UNDER_ALIAS) !== 0) synced = { ...synced, alias: fromUtf8(next()) };
  return { id, remote, liveChildren: view.getUint32(2), alias, synced };
}

function encodePlacement(synced: Synced): Uint8Array {
  const name = utf8(synced.placement.name);
  const bytes = new Uint8Array(16 + name.length);
  bytes.set(fromHex(synced.placement.parent));
  bytes.set(name, 16);
  return bytes;
}

function decodePlacement(bytes: Uint8Array): { parent: EntryId; name: string } {
  return { parent: toHex(bytes.subarray(0, 16)) as EntryId, name: fromUtf8(bytes.subarray(16)) };
}

function sameArray(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const KINDS = ['file', 'directory', 'symlink'] as const;
const STAMP_BYTES = 16 + 1 + 8 * 4;

/** What stands at a place on this disk: entry id, kind and executable bit (one byte), size, mtime, ctime, inode. */
export function encodeChild(id: EntryId, stamp: Stamp): Uint8Array {
  const row = new Uint8Array(STAMP_BYTES);
  const view = new DataView(row.buffer);
  row.set(fromHex(id));
  row[16] = KINDS.indexOf(stamp.kind) | (stamp.executable ? 128 : 0);
  view.setBigUint64(17, BigInt(stamp.size));
  view.setBigInt64(25, clampMtime(stamp.mtimeNs));
  view.setBigInt64(33, stamp.ctimeNs);
  view.setBigUint64(41, stamp.inode);
  return row;
}

export function decodeChild(row: Uint8Array): { readonly id: EntryId; readonly stamp: Stamp } {
  if (row.length !== STAMP_BYTES) throw new FormatError(`a disk row of ${row.length} bytes, not ${STAMP_BYTES}`);
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const kind = KINDS[(row[16] ?? 0) & 127];
  if (kind === undefined) throw new FormatError('a disk row of unknown kind');
  return {
    id: toHex(row.subarray(0, 16)) as EntryId,
    stamp: {
      kind,
      executable: ((row[16] ?? 0) & 128) !== 0,
      size: Number(view.getBigUint64(17)),
      mtimeNs: view.getBigInt64(25),
      ctimeNs: view.getBigInt64(33),
      inode: view.getBigUint64(41),
    },
  };
}
