import { fromHex, utf8 } from '../../protocol/bytes.ts';

/**
 * What the keys of the state database look like. Every key starts with one letter for its kind; those of a folder go
 * on with the folder's local number (4 bytes), so that a folder is a handful of ranges that can be dropped.
 *
 *   D name                          facts about this device
 *   F number                        a folder of this device: its configuration
 *   e folder entry                  an entry row
 *   s folder parent name            what stands at this place on this disk: entry and stamp
 *   w folder parent name            which entries the registers want at this place; by what the disk folds the name to
 *   n folder parent alias           which entry the disk is to call so, when that is not its own name
 *   d folder parent entry           this disk does not yet hold the entry as wanted; by directory
 *   k folder entry                  this entry stands on this disk under the name of a conflict copy
 *   h folder digest[8]              some entries on this disk whose content has this digest
 *   m folder id                     a manifest node
 *   l folder feed sequence          a log entry, as it was signed
 *   f folder feed                   how far a feed is known
 *   x folder epoch shard            a shard's Automerge document
 *   t folder epoch shard counter    a change that came after it
 *   o folder epoch shard            what is stored of these two; without epoch and shard: of how many documents
 *   p folder record                 a membership record
 *   i folder invite                 an invite this device made
 *   a folder device                 where a member was last reached
 *   b folder brake                  what a person decided about changes that were held
 *   c folder                        counters
 */
export type KeyKind =
  | 'D'
  | 'F'
  | 'e'
  | 's'
  | 'w'
  | 'n'
  | 'd'
  | 'k'
  | 'h'
  | 'm'
  | 'l'
  | 'f'
  | 'x'
  | 't'
  | 'o'
  | 'p'
  | 'i'
  | 'a'
  | 'b'
  | 'c';

/** Kinds that belong to one folder. */
export const FOLDER_KINDS: readonly KeyKind[] = [
  'e',
  's',
  'w',
  'n',
  'd',
  'k',
  'h',
  'm',
  'l',
  'f',
  'x',
  't',
  'o',
  'p',
  'i',
  'a',
  'b',
  'c',
];

/** A key of one folder: kind, folder number, then the parts as they are. */
export function folderKey(kind: KeyKind, folder: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 5;
  for (const part of parts) length += part.length;
  const key = new Uint8Array(length);
  key[0] = kind.charCodeAt(0);
  new DataView(key.buffer).setUint32(1, folder);
  let at = 5;
  for (const part of parts) {
    key.set(part, at);
    at += part.length;
  }
  return key;
}

export function deviceKey(name: string): Uint8Array {
  return utf8(`D${name}`);
}

export function configKey(folder: number): Uint8Array {
  const key = new Uint8Array(5);
  key[0] = 'F'.charCodeAt(0);
  new DataView(key.buffer).setUint32(1, folder);
  return key;
}

/** A place in a tree: 16 bytes of parent, then the name. */
export function placeKey(kind: 's' | 'w' | 'n', folder: number, parent: string, name: string): Uint8Array {
  return folderKey(kind, folder, fromHex(parent), utf8(name));
}

export function unsigned32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** 8 bytes, so that sequences sort as numbers. */
export function unsigned64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** The first key after every key that starts with `prefix`. */
export function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i] ?? 0;
    if (byte < 255) {
      end[i] = byte + 1;
      return end.slice(0, i + 1);
    }
  }
  return new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255]);
}
