/** Chunks hashed behind the end of a segment, so that the next one can be joined: one of them nearly always ends where one of its ends. */
export const OVERLAP_CHUNKS = 16;

/** A part of a file, cut into chunks as if one began at `from`. */
export interface Segment {
  readonly from: number;
  /** Where the next segment begins; the chunks go on for `OVERLAP_CHUNKS` behind it, or to the end of the file. */
  readonly to: number;
  /** 32 bytes a chunk. */
  readonly ids: Uint8Array;
  readonly lengths: readonly number[];
}

export type Joined =
  | { readonly kind: 'joined'; readonly ids: Uint8Array; readonly lengths: readonly number[] }
  /** Segment `index` has to be cut again with its first chunk at `from`. */
  | { readonly kind: 'cut-again'; readonly index: number; readonly from: number };

/**
 * The chunks of the whole file from those of its segments. Where a chunk ends depends only on where it begins and on the
 * bytes behind that, so as soon as a chunk of one segment ends where one of the next begins, all that follow are the same.
 * @param segments in order, the first from 0, each of the rest from where the one before ends or from a known cut behind it
 */
export function joinSegments(segments: readonly Segment[]): Joined {
  const ids: Uint8Array[] = [];
  const lengths: number[] = [];
  const size = segments.at(-1)?.to ?? 0;
  let at = 0;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    const nextStarts = next === undefined ? undefined : startsOf(next);
    let position = segment.from;
    let joined = next === undefined;
    for (const [chunk, length] of segment.lengths.entries()) {
      if (position === at) {
        if (nextStarts?.has(at)) {
          joined = true;
          break;
        }
        ids.push(segment.ids.subarray(chunk * 32, chunk * 32 + 32));
        lengths.push(length);
        at += length;
      }
      position += length;
    }
    if (!joined && at < size && nextStarts?.has(at) !== true) return { kind: 'cut-again', index: index + 1, from: at };
  }
  const packed = new Uint8Array(ids.length * 32);
  for (const [index, id] of ids.entries()) packed.set(id, index * 32);
  return { kind: 'joined', ids: packed, lengths };
}

function startsOf({ from, lengths }: Segment): ReadonlySet<number> {
  const starts = new Set<number>();
  let position = from;
  for (const length of lengths) {
    starts.add(position);
    position += length;
  }
  return starts;
}
