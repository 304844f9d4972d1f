import { fromHex, toHex } from './bytes.ts';
import type { Value } from './codec.ts';
import { readBytes, readInteger, readList, readText } from './codec.ts';
import { fieldsOf, readDevice } from './fields.ts';
import type { ChunkId, Digest, EntryId } from './ids.ts';
import { SAFE_INTEGER_MAX } from './limits.ts';
import { ADDRESS_BOOK_MAX_DEVICES, ADDRESS_MAX_BYTES, ADDRESSES_MAX_PER_DEVICE, BATCH_MAX_ITEMS } from './message-limits.ts';
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

export function wantedChunkValue(item: WantedChunk): Value {
  return [
    fromHex(item.entry),
    fromHex(item.digest),
    fromHex(item.chunk),
    item.kind === 'node' ? 1 : 0,
    item.offset,
    item.length,
  ];
}

export function readWantedChunk(value: Value): WantedChunk {
  const next = fieldsOf(value, 6);
  return {
    entry: toHex(readBytes(next(), 16)) as EntryId,
    digest: toHex(readBytes(next(), 32)) as Digest,
    chunk: toHex(readBytes(next(), 32)) as ChunkId,
    kind: readInteger(next(), 0, 1) === 1 ? 'node' : 'data',
    offset: readInteger(next(), 0, SAFE_INTEGER_MAX),
    length: readInteger(next(), 0, SAFE_INTEGER_MAX),
  };
}
