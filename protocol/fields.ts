import { compareBytes, fromHex, toHex } from './bytes.ts';
import type { Value } from './codec.ts';
import { readArray, readBytes, readList } from './codec.ts';
import { FormatError } from './errors.ts';
import type { DeviceId, FolderId, InstanceId, RecordId } from './ids.ts';

/** The elements of a fixed array, one by one. Throws FormatError unless there are exactly `count`. */
export function fieldsOf(value: Value, count: number): () => Value {
  return takeFields(readArray(value, count));
}

/** Hands out the values in order; asking for more than there are throws FormatError. */
export function takeFields(values: readonly Value[]): () => Value {
  let index = 0;
  return () => {
    const field = values[index++];
    if (field === undefined) throw new FormatError('a field is missing');
    return field;
  };
}

export function readDevice(value: Value): DeviceId {
  return toHex(readBytes(value, 32)) as DeviceId;
}

export function readFolder(value: Value): FolderId {
  return toHex(readBytes(value, 32)) as FolderId;
}

export function readInstance(value: Value): InstanceId {
  return toHex(readBytes(value, 16)) as InstanceId;
}

/** A set of records travels as a sorted array without duplicates. The ids may come in any order, and twice. */
export function recordSetValue(records: readonly RecordId[]): Value {
  return [...new Set(records)].sort().map(fromHex);
}

/** Reads what `recordSetValue` made; throws FormatError unless strictly ascending and at most `maxItems`. */
export function readRecordSet(value: Value, maxItems: number): readonly RecordId[] {
  let last: Uint8Array | undefined;
  return readList(value, maxItems, (item) => {
    const bytes = readBytes(item, 32);
    if (last !== undefined && compareBytes(last, bytes) >= 0) throw new FormatError('record ids: not in order');
    last = bytes;
    return toHex(bytes) as RecordId;
  });
}
