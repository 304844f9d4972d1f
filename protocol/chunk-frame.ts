import { FormatError } from './errors.ts';
import { CHUNK_REQUEST_MAX_ITEMS, FRAME_MAX_BYTES } from './message-limits.ts';

/**
 * Answers to `want-chunks`, on the bulk lane: the one frame that is not CBOR, because most bytes of a folder travel
 * in it. A table, then the sealed chunks back to back; a CBOR message always starts with an array byte (0x80 and
 * up), so the first byte tells them apart.
 *
 *     u8 0x01 | u32 request | u16 count | count × { u32 index, u8 status, u32 length } | sealed bytes
 *
 * All numbers big-endian. `length` is 0 unless the status is 'ok', and then at least 1.
 */
const FRAME_TYPE = 0x01;
const HEADER_BYTES = 7;
const ROW_BYTES = 9;

const STATUSES = ['ok', 'gone', 'busy'] as const;

/** 'gone': the sender has not got it (any more), ask somebody else; 'busy': the file is changing, ask again later. */
export type ChunkStatus = (typeof STATUSES)[number];

export interface ChunkAnswer {
  /** Position of the item in the request. */
  readonly index: number;
  readonly status: ChunkStatus;
  /** Empty unless the status is 'ok'. */
  readonly sealed: Uint8Array;
}

export interface ChunkFrame {
  /** The `request` number of the want-chunks that this answers, u32. */
  readonly request: number;
  readonly items: readonly ChunkAnswer[];
}

/** What an answer adds to a frame, for filling frames up to FRAME_MAX_BYTES. An empty frame has 7 bytes. */
export function chunkAnswerBytes(sealedBytes: number): number {
  return ROW_BYTES + sealedBytes;
}

/** The frame in parts, for `Link.send`: the table first, then the given sealed buffers themselves, uncopied. */
export function encodeChunkFrame(frame: ChunkFrame): readonly Uint8Array[] {
  const { request, items } = frame;
  if (request >>> 0 !== request) throw new FormatError(`chunk frame: ${request} is no request number`);
  if (items.length > CHUNK_REQUEST_MAX_ITEMS) throw new FormatError('chunk frame: too many items');
  const header = new Uint8Array(HEADER_BYTES + items.length * ROW_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, FRAME_TYPE);
  view.setUint32(1, request);
  view.setUint16(5, items.length);
  const parts: Uint8Array[] = [header];
  let at = HEADER_BYTES;
  let total = header.length;
  for (const { index, status, sealed } of items) {
    if (index >= CHUNK_REQUEST_MAX_ITEMS) throw new FormatError(`chunk frame: no item ${index}`);
    if ((status === 'ok') !== sealed.length > 0) throw new FormatError(`chunk frame: ${sealed.length} bytes ${status}`);
    view.setUint32(at, index);
    view.setUint8(at + 4, STATUSES.indexOf(status));
    view.setUint32(at + 5, sealed.length);
    at += ROW_BYTES;
    total += sealed.length;
    if (sealed.length > 0) parts.push(sealed);
  }
  if (total > FRAME_MAX_BYTES) throw new FormatError(`chunk frame: ${total} bytes are too many`);
  return parts;
}

/** True for a chunk frame, false for a message that `decodeMessage` reads. */
export function isChunkFrame(frame: Uint8Array): boolean {
  return frame[0] === FRAME_TYPE;
}

/** The sealed bytes are views into `frame`. Throws FormatError unless the frame is exactly what its table says. */
export function decodeChunkFrame(frame: Uint8Array): ChunkFrame {
  if (frame.length < HEADER_BYTES || !isChunkFrame(frame)) throw new FormatError('chunk frame: no header');
  if (frame.length > FRAME_MAX_BYTES) throw new FormatError('chunk frame: too long');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const request = view.getUint32(1);
  const count = view.getUint16(5);
  const tableEnd = HEADER_BYTES + count * ROW_BYTES;
  if (count > CHUNK_REQUEST_MAX_ITEMS || tableEnd > frame.length) throw new FormatError('chunk frame: bad table');
  const items: ChunkAnswer[] = [];
  let end = tableEnd;
  for (let at = HEADER_BYTES; at < tableEnd; at += ROW_BYTES) {
    const index = view.getUint32(at);
    const status = STATUSES[view.getUint8(at + 4)];
    const length = view.getUint32(at + 5);
    if (index >= CHUNK_REQUEST_MAX_ITEMS || status === undefined) throw new FormatError('chunk frame: bad item');
    if ((status === 'ok') !== length > 0) throw new FormatError('chunk frame: length and status disagree');
    if (length > frame.length - end) throw new FormatError('chunk frame: cut short');
    items.push({ index, status, sealed: frame.subarray(end, end + length) });
    end += length;
  }
  if (end !== frame.length) throw new FormatError('chunk frame: bytes left over');
  return { request, items };
}
