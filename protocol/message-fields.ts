import { fromHex, toHex } from './bytes.ts';
import type { Value } from './codec.ts';
import { readBytes, readBytesUpTo, readList, readText } from './codec.ts';
import { FormatError } from './errors.ts';
import { fieldsOf, readDevice } from './fields.ts';
import type { ChunkId, Digest, EntryId } from './ids.ts';
import { SAFE_INTEGER_MAX } from './limits.ts';
import {
  ADDRESS_BOOK_MAX_DEVICES,
  ADDRESS_MAX_BYTES,
  ADDRESSES_MAX_PER_DEVICE,
  BATCH_MAX_ITEMS,
  CHUNK_REQUEST_MAX_ITEMS,
} from './message-limits.ts';
import type { DeviceAddresses, WantedChunk } from './message-types.ts';

export function readAddresses(value: Value): readonly string[] {
  return readList(value, ADDRESSES_MAX_PER_DEVICE, (item) => readText(item, ADDRESS_MAX_BYTES));
}

export function addressBookValue(book: readonly DeviceAddresses[]): Value {
  return book.map((item) => [fromHex(item.device), item.addresses]);
}

export function readAddressBook(value: Value): readonly DeviceAddresses[] {
  return readList(value, ADDRESS_BOOK_MAX_DEVICES, (item) => {
    const next = fieldsOf(item, 2);
    return { device: readDevice(next()), addresses: readAddresses(next()) };
  });
}

/** Entries or records: their own decoders judge them. */
export function readBatch(value: Value): readonly Uint8Array[] {
  return readList(value, BATCH_MAX_ITEMS, (item) => readBytes(item));
}

/** Hand-packed, since there is one for every small file: entry 16, digest 32, chunk 32, kind 1, offset 8, length 8. */
const WANTED_CHUNK_BYTES = 97;
const TWO_TO_32 = 2 ** 32;

export function wantedChunksValue(items: readonly WantedChunk[]): Value {
  if (items.length > CHUNK_REQUEST_MAX_ITEMS) throw new FormatError(`want-chunks: ${items.length} items are too many`);
  const bytes = new Uint8Array(items.length * WANTED_CHUNK_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const item of items) {
    const ids = fromHex(item.entry + item.digest + item.chunk);
    if (ids.length !== 80) throw new FormatError('want-chunks: an id of another length');
    bytes.set(ids, at);
    view.setUint8(at + 80, item.kind === 'node' ? 1 : 0);
    setUint53(view, at + 81, item.offset);
    setUint53(view, at + 89, item.length);
    at += WANTED_CHUNK_BYTES;
  }
  return bytes;
}

export function readWantedChunks(value: Value): readonly WantedChunk[] {
  const bytes = readBytesUpTo(value, CHUNK_REQUEST_MAX_ITEMS * WANTED_CHUNK_BYTES);
  if (bytes.length % WANTED_CHUNK_BYTES !== 0) throw new FormatError('want-chunks: cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: WantedChunk[] = [];
  for (let at = 0; at < bytes.length; at += WANTED_CHUNK_BYTES) {
    const ids = toHex(bytes.subarray(at, at + 80));
    const kind = view.getUint8(at + 80);
    if (kind > 1) throw new FormatError('want-chunks: unknown kind');
    items.push({
      entry: ids.slice(0, 32) as EntryId,
      digest: ids.slice(32, 96) as Digest,
      chunk: ids.slice(96) as ChunkId,
      kind: kind === 1 ? 'node' : 'data',
      offset: getUint53(view, at + 81),
      length: getUint53(view, at + 89),
    });
  }
  return items;
}

function setUint53(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new FormatError(`${value} is not an offset or length`);
  view.setUint32(at, Math.floor(value / TWO_TO_32));
  view.setUint32(at + 4, value >>> 0);
}

function getUint53(view: DataView, at: number): number {
  const value = view.getUint32(at) * TWO_TO_32 + view.getUint32(at + 4);
  if (value > SAFE_INTEGER_MAX) throw new FormatError('an offset or length over 2^53 - 1');
  return value;
}
