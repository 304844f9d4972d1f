import { FormatError } from '../../../protocol/errors.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * Automerge's run-length encoding of a column of numbers (automerge.org, binary format, "RLE"): a positive signed
 * LEB128 count and one value repeated that often, or a negative count and that many values in a row. We write what
 * Automerge writes: two or more equal neighbours are a run, everything between runs is one literal stretch.
 */
export function writeRuns(writer: ByteWriter, values: readonly number[], kind: 'unsigned' | 'signed'): void {
  let literalStart = 0;
  let index = 0;
  const writeValue = (value: number): void => (kind === 'unsigned' ? writer.uleb(value) : writer.sleb(value));
  const closeLiteral = (end: number): void => {
    if (end === literalStart) return;
    writer.sleb(literalStart - end);
    for (let item = literalStart; item < end; item++) writeValue(values[item] as number); // item < length
  };
  while (index < values.length) {
    const value = values[index] as number; // index < length
    let end = index + 1;
    while (end < values.length && values[end] === value) end++;
    if (end - index > 1) {
      closeLiteral(index);
      writer.sleb(end - index);
      writeValue(value);
      literalStart = end;
    }
    index = end;
  }
  closeLiteral(values.length);
}

/**
 * Reads exactly `count` numbers, as `writeRuns` would have written them. A run that claims more than are left is
 * refused before anything is allocated for it: one of ten million costs its sender six bytes.
 */
export function readRuns(column: Uint8Array, count: number, kind: 'unsigned' | 'signed'): number[] {
  const reader = new ByteReader(column);
  const values: number[] = [];
  let afterLiteral = false;
  while (reader.remaining > 0) {
    const header = reader.sleb();
    const length = Math.abs(header);
    if (header === 0) throw new FormatError('a column holds nulls');
    if (length > count - values.length) throw new FormatError('a column holds more values than there are operations');
    if (header === 1 || (header < 0 && afterLiteral)) throw new FormatError('runs that should be one stretch');
    afterLiteral = header < 0;
    for (let stretch = header > 0 ? 1 : length; stretch > 0; stretch--) {
      const value = kind === 'unsigned' ? reader.uleb() : reader.sleb();
      if (value === values.at(-1)) throw new FormatError('equal neighbours that should be one run');
      values.push(value);
    }
    const value = values.at(-1) ?? 0;
    for (let repeat = 1; repeat < header; repeat++) values.push(value);
  }
  if (values.length !== count) throw new FormatError('a column holds fewer values than there are operations');
  return values;
}

/** Automerge's delta encoding: run-length encoded differences of neighbours, the first to 0. */
export function writeDeltas(writer: ByteWriter, values: readonly number[]): void {
  let previous = 0;
  const differences = values.map((value) => {
    const difference = value - previous;
    previous = value;
    return difference;
  });
  writeRuns(writer, differences, 'signed');
}

export function readDeltas(column: Uint8Array, count: number): number[] {
  let sum = 0;
  return readRuns(column, count, 'signed').map((difference) => {
    sum += difference;
    return sum;
  });
}
