import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunker, gearTable } from '../../daemon/core/chunker.ts';
import { joinSegments, OVERLAP_CHUNKS, type Segment } from '../../daemon/core/join-segments.ts';

const TABLE = gearTable(new Uint8Array(32).fill(7));

/** An id that tells which bytes it stands for. */
function idOf(from: number, length: number): Uint8Array {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setFloat64(0, from);
  new DataView(id.buffer).setFloat64(8, length);
  return id;
}

/** The chunks that begin in `from` … `to - 1`, and some behind. */
function cut(bytes: Uint8Array, from: number, to: number, overlap = OVERLAP_CHUNKS): Segment {
  const chunker = createChunker(TABLE);
  const lengths: number[] = [];
  const ids: Uint8Array[] = [];
  let behind = 0;
  for (let at = from; at < bytes.length && behind < overlap; ) {
    if (at >= to) behind += 1;
    const end = chunker.findCut(bytes, at, bytes.length, true);
    ids.push(idOf(at, end - at));
    lengths.push(end - at);
    at = end;
  }
  return { from, to, ids: Uint8Array.from(ids.flatMap((id) => [...id])), lengths };
}

function joinAll(
  bytes: Uint8Array,
  segmentBytes: number,
  overlap: number,
): { lengths: readonly number[]; again: number } {
  const segments: Segment[] = [];
  for (let from = 0; from < bytes.length; from += segmentBytes) {
    segments.push(cut(bytes, from, Math.min(bytes.length, from + segmentBytes), overlap));
  }
  for (let again = 0; again <= segments.length; again += 1) {
    const joined = joinSegments(segments);
    if (joined.kind === 'joined') {
      const whole = cut(bytes, 0, bytes.length);
      expect(joined.ids).toEqual(whole.ids);
      expect(joined.lengths).toEqual(whole.lengths);
      return { lengths: joined.lengths, again };
    }
    segments[joined.index] = cut(bytes, joined.from, segments[joined.index]?.to ?? 0, overlap);
  }
  throw new Error('a segment was cut again more than once');
}

/** Runs of noise, zeros and short repeats: what is cut by content, and what is only cut at the largest size. */
const content = fc
  .array(fc.tuple(fc.constantFrom('noise', 'zeros', 'repeat'), fc.integer({ min: 1, max: 1_500_000 }), fc.integer()), {
    minLength: 1,
    maxLength: 4,
  })
  .map((runs) => {
    const parts = runs.map(([kind, length, seed]) => {
      let state = seed | 1;
      const period = kind === 'repeat' ? 97 : length;
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 1) {
        if (kind === 'zeros') break;
        if (at >= period) bytes[at] = bytes[at - period] ?? 0;
        else {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
          bytes[at] = state >>> 24;
        }
      }
      return bytes;
    });
    return new Uint8Array(Buffer.concat(parts));
  });

describe('a file read in parts', () => {
  it('has the chunks it has when it is read in one go', () => {
    fc.assert(
      fc.property(
        content,
        fc.constantFrom(131_072, 200_000, 524_288),
        fc.constantFrom(1, 2, OVERLAP_CHUNKS),
        (bytes, size, overlap) => {
          joinAll(bytes, size, overlap);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  it('is cut again where no chunk ends where one of the next part begins', () => {
    // Without content to cut by, chunks have the largest size, and parts of another size never meet.
    const { again } = joinAll(new Uint8Array(3_000_000), 1_000_000, 2);
    expect(again).toBeGreaterThan(0);
  });

  it('is not cut again when parts are multiples of the largest chunk', () => {
    expect(joinAll(new Uint8Array(8 * 524_288), 2 * 524_288, 1).again).toBe(0);
  });
});
