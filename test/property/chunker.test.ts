import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunker, gearTable } from '../../daemon/core/chunker.ts';
import { CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../../protocol/limits.ts';
import { chunkLengths } from '../vectors/chunk-vectors.ts';
import { sampleBytes, sampleKeys, sampleStream } from '../vectors/sample.ts';

const table = gearTable(sampleKeys.gearSeed);
const noise = sampleStream('property', 4 * 1024 * 1024);

/** Pieces of noise, of one byte repeated and of a short text repeated, one after another. */
const file = fc
  .array(
    fc.record({ kind: fc.nat({ max: 2 }), from: fc.nat({ max: noise.length }), length: fc.nat({ max: 700_000 }) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((pieces) =>
    Buffer.concat(
      pieces.map(({ kind, from, length }) => {
        if (kind === 0) return noise.subarray(from, from + length);
        if (kind === 1) return Buffer.alloc(length, from & 255);
        return Buffer.alloc(length, `line ${from}\n`);
      }),
    ),
  );

/** Cuts a file that arrives in reads of the given sizes, with a window that is moved to the front when it is full. */
function lengthsByReads(whole: Uint8Array, sizes: readonly number[]): readonly number[] {
  const chunker = createChunker(table);
  const lengths: number[] = [];
  let buffer = new Uint8Array(0);
  let read = 0;
  for (let turn = 0; read < whole.length || buffer.length > 0; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    // A fresh buffer each time: the chunker must not care where the bytes are.
    buffer = Uint8Array.from(Buffer.concat([buffer, whole.subarray(read, read + size)]));
    read = Math.min(whole.length, read + size);
    let start = 0;
    for (;;) {
      const cut = chunker.findCut(buffer, start, buffer.length, read === whole.length);
      if (cut < 0) break;
      lengths.push(cut - start);
      start = cut;
    }
    buffer = buffer.slice(start);
  }
  return lengths;
}

describe('the chunker', () => {
  it('keeps its bounds and loses no byte', () => {
    fc.assert(
      fc.property(file, (whole) => {
        const lengths = chunkLengths(table, whole);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(whole.length);
        for (const length of lengths) expect(length).toBeLessThanOrEqual(CHUNK_MAX_BYTES);
        for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(CHUNK_MIN_BYTES);
        expect(lengths.at(-1) ?? 1).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  it('cuts at the same places however the bytes arrive', () => {
    const sizes = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 300 }).map((n) => n * 997),
        fc.integer({ min: 20_000, max: 70_000 }),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(file, sizes, (whole, reads) => {
        const usable = Math.max(...reads) < 10_000 ? [...reads, 50_000] : reads;
        expect(lengthsByReads(whole, usable)).toEqual(chunkLengths(table, whole));
      }),
      { numRuns: 20 },
    );
  });

  it('decides by what is in a chunk, not by what came before it', () => {
    fc.assert(
      fc.property(file, (whole) => {
        const [first, ...rest] = chunkLengths(table, whole);
        expect(chunkLengths(table, whole.subarray(first ?? 0))).toEqual(rest);
      }),
      { numRuns: 20 },
    );
  });

  it('finds its cuts again soon after an edit anywhere', () => {
    const before = chunkLengths(table, noise);
    const cuts = new Set<number>();
    before.reduce((at, length) => {
      cuts.add(at + length);
      return at + length;
    }, 0);
    fc.assert(
      fc.property(fc.nat({ max: noise.length }), fc.nat({ max: 40 }), (at, inserted) => {
        const edited = Buffer.concat([
          noise.subarray(0, at),
          sampleBytes('insert').subarray(0, inserted),
          noise.subarray(at),
        ]);
        let position = 0;
        let fresh = 0;
        for (const length of chunkLengths(table, edited)) {
          position += length;
          const original = position > at ? position - Math.min(inserted, 32) : position;
          if (!cuts.has(original)) fresh += 1;
        }
        expect(fresh).toBeLessThanOrEqual(4);
      }),
      { numRuns: 30 },
    );
  });

  it('cuts elsewhere with another seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        expect(chunkLengths(gearTable(seed), noise)).not.toEqual(chunkLengths(table, noise));
      }),
      { numRuns: 10 },
    );
  });
});
