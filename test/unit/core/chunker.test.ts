import { describe, expect, it } from 'vitest';
import { createChunker, gearTable } from '../../../daemon/core/chunker.ts';
import { CHUNK_MAX_BYTES, CHUNK_MIN_BYTES, CHUNK_TARGET_BYTES } from '../../../protocol/limits.ts';
import { chunkLengths } from '../../vectors/chunk-vectors.ts';
import { sampleBytes, sampleKeys, sampleStream } from '../../vectors/sample.ts';

const table = gearTable(sampleKeys.gearSeed);
const KIB = 1024;

/** A table with which no byte ever cuts: the hash stays odd in its top bit. */
const neverCuts = new Int32Array(256).fill(-1 << 31);
/** A table with which every byte may cut. */
const alwaysCuts = new Int32Array(256);

describe('the gear table', () => {
  it('is another for every seed', () => {
    expect(table.length).toBe(256);
    expect(new Set(table).size).toBe(256);
    expect(gearTable(sampleKeys.gearSeed)).toEqual(table);
    const other = gearTable(sampleBytes('another seed'));
    expect(other.filter((word, i) => word === table[i]).length).toBe(0);
  });
});

describe('the chunker', () => {
  it('has no chunk for an empty file', () => {
    const chunker = createChunker(table);
    expect(chunker.findCut(new Uint8Array(0), 0, 0, true)).toBe(-1);
    expect(chunker.findCut(new Uint8Array(10), 4, 4, true)).toBe(-1);
  });

  it.each([1, 100, CHUNK_MIN_BYTES - 1, CHUNK_MIN_BYTES])('has one chunk for a file of %i bytes', (length) => {
    for (const each of [table, alwaysCuts, neverCuts]) {
      expect(chunkLengths(each, sampleStream('small', length))).toEqual([length]);
    }
  });

  it('cuts at the minimum at the earliest and at the maximum at the latest', () => {
    const length = 3 * CHUNK_MAX_BYTES + 5;
    const file = new Uint8Array(length);
    expect(chunkLengths(neverCuts, file)).toEqual([CHUNK_MAX_BYTES, CHUNK_MAX_BYTES, CHUNK_MAX_BYTES, 5]);
    expect(chunkLengths(alwaysCuts, file.subarray(0, 2 * CHUNK_MIN_BYTES + 5))).toEqual([
      CHUNK_MIN_BYTES,
      CHUNK_MIN_BYTES,
      5,
    ]);
  });

  it('asks for more until it knows', () => {
    const chunker = createChunker(neverCuts);
    const file = new Uint8Array(CHUNK_MAX_BYTES + 10);
    for (const end of [0, 1, CHUNK_MIN_BYTES, CHUNK_TARGET_BYTES + 3, CHUNK_MAX_BYTES - 1]) {
      expect(chunker.findCut(file, 0, end, false)).toBe(-1);
    }
    expect(chunker.findCut(file, 0, CHUNK_MAX_BYTES, false)).toBe(CHUNK_MAX_BYTES);
    expect(chunker.findCut(file, CHUNK_MAX_BYTES, CHUNK_MAX_BYTES + 10, false)).toBe(-1);
    expect(chunker.findCut(file, CHUNK_MAX_BYTES, CHUNK_MAX_BYTES + 10, true)).toBe(CHUNK_MAX_BYTES + 10);
  });

  it('forgets a chunk that was begun', () => {
    const file = sampleStream('reset', 1024 * KIB);
    const [first] = chunkLengths(table, file);
    const chunker = createChunker(table);
    expect(chunker.findCut(new Uint8Array(CHUNK_MAX_BYTES - 1), 0, CHUNK_MAX_BYTES - 1, false)).not.toBe(0);
    chunker.reset();
    expect(chunker.findCut(file, 0, file.length, true)).toBe(first);
  });

  it('makes chunks of about the target', () => {
    const lengths = chunkLengths(table, sampleStream('many', 16 * 1024 * KIB));
    const mean = (16 * 1024 * KIB) / lengths.length;
    expect(mean).toBeGreaterThan(115 * KIB);
    expect(mean).toBeLessThan(150 * KIB);
  });

  it.each([
    ['inserted at the front', 0, 0],
    ['inserted in the middle', 1_000_003, 1_000_003],
    ['changed', 2_000_000, 2_000_001],
    ['removed', 3_000_000, 3_000_050],
  ])('finds its cuts again after bytes were %s', (_, from, to) => {
    const before = sampleStream('edited', 4 * 1024 * KIB);
    const after = Buffer.concat([before.subarray(0, from), Uint8Array.of(77), before.subarray(to)]);
    const pieces = (file: Uint8Array): readonly string[] => {
      let start = 0;
      return chunkLengths(table, file).map((length) => {
        start += length;
        return Buffer.from(file.subarray(start - length, start)).toString('latin1');
      });
    };
    const known = new Set(pieces(before));
    expect(pieces(after).filter((piece) => !known.has(piece)).length).toBeLessThanOrEqual(2);
  });
});
