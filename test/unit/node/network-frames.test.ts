import { describe, expect, it } from 'vitest';
import { FRAME_LIMIT_BYTES } from '../../../daemon/effects/network.ts';
import { Deframer, frameHeader, HEARTBEAT_BYTES } from '../../../daemon/node/network/frames.ts';
import { decodeHello, encodeHello } from '../../../daemon/node/network/hello.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { pattern } from '../../compliance/network/party.ts';

const framed = (...frames: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(frames.flatMap((frame) => [frameHeader(frame.length), frame])));

function deframe(pieces: Iterable<Uint8Array>): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  const deframer = new Deframer((frame) => frames.push(frame));
  for (const piece of pieces) deframer.push(piece);
  return frames;
}

function* cut(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

describe('frames', () => {
  it('writes the length as 32 bits, most significant byte first', () => {
    expect([...frameHeader(0)]).toEqual([0, 0, 0, 0]);
    expect([...frameHeader(0x012345)]).toEqual([0, 0x01, 0x23, 0x45]);
    expect([...frameHeader(FRAME_LIMIT_BYTES)]).toEqual([0, 0x40, 0, 0]);
    expect([...HEARTBEAT_BYTES]).toEqual([255, 255, 255, 255]);
  });

  it.each([1, 2, 3, 4, 5, 7, 4096, 1_000_000])('finds the frames again in pieces of %i bytes', (pieceBytes) => {
    const frames = [0, 1, 4, 5000, 0, 0, 3, 20_000, 2].map((length, index) => pattern(length, index));
    expect(deframe(cut(framed(...frames), pieceBytes))).toEqual(frames);
  });

  it('shows no heartbeat', () => {
    const bytes = Buffer.concat([HEARTBEAT_BYTES, framed(pattern(3, 1)), HEARTBEAT_BYTES, HEARTBEAT_BYTES]);
    expect(deframe(cut(bytes, 3))).toEqual([pattern(3, 1)]);
  });

  it('takes a frame of the limit and refuses one byte more, before that byte comes', () => {
    const largest = pattern(FRAME_LIMIT_BYTES, 1);
    expect(deframe([framed(largest)])[0]?.length).toBe(FRAME_LIMIT_BYTES);
    expect(() => deframe([frameHeader(FRAME_LIMIT_BYTES + 1)])).toThrow(FormatError);
    expect(() => deframe([frameHeader(FRAME_LIMIT_BYTES + 1)])).toThrow(/too-large frame/);
  });

  it.each([
    ['text', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a length beyond 31 bits', Uint8Array.of(0xff, 0xff, 0xff, 0xfe)],
    ['nonsense after a good frame', Buffer.concat([framed(pattern(9, 1)), Buffer.from('nonsense')])],
  ])('refuses %s', (_name, bytes) => {
    expect(() => deframe(cut(bytes, 5))).toThrow(FormatError);
  });

  it('keeps nothing of the bytes it was given', () => {
    const bytes = framed(pattern(10, 1));
    const [frame] = deframe([bytes]);
    bytes.fill(0);
    expect(frame).toEqual(pattern(10, 1));
  });
});

describe('hello', () => {
  const hello = { instance: '00112233445566778899aabbccddeeff', dials: 0xfffffffe };

  it('is version, instance and count of dials', () => {
    expect(Buffer.from(encodeHello(hello)).toString('hex')).toBe('0100112233445566778899aabbccddeefffffffffe');
    expect(decodeHello(encodeHello(hello))).toEqual(hello);
  });

  it('may be longer in a later version', () => {
    expect(decodeHello(new Uint8Array([...encodeHello(hello), 1, 2, 3]))).toEqual(hello);
  });

  it('is refused when it is of another version, too short or empty', () => {
    expect(() => decodeHello(Uint8Array.of(2, 0, 0))).toThrow(/version 2/);
    expect(() => decodeHello(encodeHello(hello).subarray(0, 20))).toThrow(FormatError);
    expect(() => decodeHello(new Uint8Array(0))).toThrow(FormatError);
  });
});
