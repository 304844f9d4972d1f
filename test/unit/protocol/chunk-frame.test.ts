import { describe, expect, it } from 'vitest';
import { concat } from '../../../protocol/bytes.ts';
import type { ChunkFrame } from '../../../protocol/chunk-frame.ts';
import { chunkAnswerBytes, decodeChunkFrame, encodeChunkFrame, isChunkFrame } from '../../../protocol/chunk-frame.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { FRAME_MAX_BYTES } from '../../../protocol/message-limits.ts';
import { encodeMessage } from '../../../protocol/messages.ts';
import { sampleMessages } from '../../support/messages.ts';
import { sampleBytes, sampleStream } from '../../vectors/sample.ts';

const NONE = new Uint8Array(0);
const frame: ChunkFrame = {
  request: 0xfedcba98,
  items: [
    { index: 3, status: 'ok', sealed: sampleStream('chunk', 5_000) },
    { index: 0, status: 'gone', sealed: NONE },
    { index: 4095, status: 'busy', sealed: NONE },
    { index: 1, status: 'ok', sealed: sampleBytes('small', 17) },
  ],
};
const whole = concat(...encodeChunkFrame(frame));

function changed(at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = new Uint8Array(whole);
  copy.set(bytes, at);
  return copy;
}

describe('a chunk frame', () => {
  it('comes back as it was', () => {
    expect(decodeChunkFrame(whole)).toEqual(frame);
    expect(decodeChunkFrame(concat(...encodeChunkFrame({ request: 0, items: [] })))).toEqual({ request: 0, items: [] });
  });

  it('is sent in the given buffers and received as views', () => {
    const parts = encodeChunkFrame(frame);
    expect(parts.slice(1)).toEqual([frame.items[0]?.sealed, frame.items[3]?.sealed]);
    expect(parts[1]).toBe(frame.items[0]?.sealed);
    const framed = concat(Uint8Array.of(9, 9, 9), whole).subarray(3);
    const [first] = decodeChunkFrame(framed).items;
    expect(first?.sealed.buffer).toBe(framed.buffer);
  });

  it('is as long as its answers say', () => {
    const answers = frame.items.reduce((sum, { sealed }) => sum + chunkAnswerBytes(sealed.length), 0);
    expect(whole.length).toBe(7 + answers);
  });

  it('is told from messages by its first byte', () => {
    expect(isChunkFrame(whole)).toBe(true);
    expect(isChunkFrame(NONE)).toBe(false);
    for (const message of sampleMessages) expect(isChunkFrame(encodeMessage(message))).toBe(false);
  });

  it('is refused unless its table fits it exactly', () => {
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => decodeChunkFrame(whole.subarray(0, end))).toThrow(FormatError);
    }
    expect(() => decodeChunkFrame(concat(whole, Uint8Array.of(0)))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(0, 2))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(5, 0xff, 0xff))).toThrow(FormatError);
  });

  it('is refused with an index, status or length that can’t be', () => {
    expect(() => decodeChunkFrame(changed(7, 0, 0, 0x10, 0))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(11, 3))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(11, 1))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(12, 0xff, 0xff, 0xff, 0xff))).toThrow(FormatError);
    expect(() => decodeChunkFrame(changed(20, 0))).toThrow(FormatError);
  });

  it('is not made over a limit or of answers that contradict themselves', () => {
    const sealed = new Uint8Array(FRAME_MAX_BYTES - 16);
    const one = { index: 0, status: 'ok', sealed } as const;
    expect(encodeChunkFrame({ request: 1, items: [one] })).toHaveLength(2);
    const over = { ...one, sealed: new Uint8Array(sealed.length + 1) };
    expect(() => encodeChunkFrame({ request: 1, items: [over] })).toThrow(FormatError);
    expect(() => encodeChunkFrame({ request: 1, items: [{ ...one, status: 'gone' }] })).toThrow(FormatError);
    expect(() => encodeChunkFrame({ request: 1, items: [{ ...one, sealed: NONE }] })).toThrow(FormatError);
    expect(() => encodeChunkFrame({ request: 1, items: [{ ...one, index: 4096 }] })).toThrow(FormatError);
    expect(() => encodeChunkFrame({ request: 2 ** 32, items: [] })).toThrow(FormatError);
  });
});
