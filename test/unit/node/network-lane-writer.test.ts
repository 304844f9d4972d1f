import { describe, expect, it } from 'vitest';
import { Deframer } from '../../../daemon/node/network/frames.ts';
import { LaneWriter } from '../../../daemon/node/network/lane-writer.ts';
import type { RawConnection, Stream } from '../../../daemon/node/network/libp2p-types.ts';
import { streamOutlet } from '../../../daemon/node/network/outlet.ts';
import { pattern } from '../../compliance/network/party.ts';

/** A stream with the parts of libp2p's that a writer looks at, blocked and drained by hand. */
class HandStream extends EventTarget {
  writeStatus = 'writable';
  writableNeedsDrain = false;
  writeBufferLength = 0;
  readonly sent: Uint8Array[] = [];

  send(bytes: Uint8Array): boolean {
    this.sent.push(bytes);
    return !this.writableNeedsDrain;
  }

  drain(): void {
    this.writableNeedsDrain = false;
    this.dispatchEvent(new Event('drain'));
  }

  frames(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    const deframer = new Deframer((frame) => frames.push(frame));
    for (const bytes of this.sent) deframer.push(bytes);
    return frames;
  }
}

function openWriter(aheadBytes = 1): { stream: HandStream; socket: { writeBufferLength: number }; writer: LaneWriter } {
  const stream = new HandStream();
  const socket = { writeBufferLength: 0 };
  const writer = new LaneWriter(
    streamOutlet(stream as unknown as Stream, socket as unknown as RawConnection),
    aheadBytes,
  );
  return { stream, socket, writer };
}

/** Lets microtasks run. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the sending half of a lane', () => {
  it('sends frames that come together as one piece', async () => {
    const { stream, writer } = openWriter();
    const frames = Array.from({ length: 1000 }, (_, index) => pattern(index % 9, index));
    for (const frame of frames) writer.sendFrame([frame]);
    expect(stream.sent.length).toBe(0);
    await soon();
    expect(stream.sent.length).toBe(1);
    expect(stream.frames()).toEqual(frames);
  });

  it('cuts large parts into pieces of at most a quarter MiB, without copying them', async () => {
    const { stream, writer } = openWriter();
    const parts = [pattern(10, 1), pattern(700_000, 2), pattern(300_000, 3)];
    expect(writer.sendFrame(parts)).toBe(4 + 1_000_010);
    await soon();
    expect(Math.max(...stream.sent.map((piece) => piece.length))).toBeLessThanOrEqual(256 * 1024);
    expect(stream.sent.filter(({ buffer }) => buffer === parts[1]?.buffer).length).toBe(3);
    expect(stream.sent.length).toBe(6);
    expect(Buffer.concat(stream.frames()).equals(Buffer.concat(parts))).toBe(true);
  });

  it('sends parts that lie behind each other in memory as one', async () => {
    const { stream, writer } = openWriter();
    const memory = pattern(200_000, 4);
    writer.sendFrame([pattern(3, 1), memory.subarray(0, 70_000), memory.subarray(70_000), pattern(5, 2)]);
    await soon();
    expect(stream.sent.map((piece) => piece.length)).toEqual([7, 200_000, 5]);
    expect(Buffer.concat(stream.frames()).subarray(3, 200_003).equals(memory)).toBe(true);
  });

  it('waits for each drain, not only the first', async () => {
    const { stream, writer } = openWriter();
    for (let round = 1; round <= 3; round += 1) {
      stream.writableNeedsDrain = true;
      writer.sendFrame([pattern(10, round)]);
      await soon();
      expect(stream.sent.length).toBe(round - 1);
      expect(writer.queuedBytes).toBe(14);
      stream.drain();
      await soon();
      expect(stream.sent.length).toBe(round);
    }
  });

  it('holds back while bytes wait for the socket, though the stream has room', async () => {
    const { stream, socket, writer } = openWriter(1000);
    socket.writeBufferLength = 1000;
    writer.sendFrame([pattern(10, 1)]);
    for (let drain = 0; drain < 5; drain += 1) {
      stream.drain();
      await soon();
    }
    expect(stream.sent.length).toBe(0);
    socket.writeBufferLength = 999;
    stream.drain();
    await soon();
    expect(stream.frames()).toEqual([pattern(10, 1)]);
  });

  it('lets each go who waits, as soon as little enough is queued', async () => {
    const { stream, writer } = openWriter();
    stream.writableNeedsDrain = true;
    writer.sendFrame([pattern(996, 1)]);
    stream.writeBufferLength = 500;
    const gone: number[] = [];
    const waits = [1600, 1501, 1500, 600, 1, 0].map((below) => writer.drained(below).then(() => gone.push(below)));
    await soon();
    expect(gone).toEqual([1600, 1501]);
    stream.drain();
    await soon();
    expect(gone).toEqual([1600, 1501, 1500, 600]);
    stream.writeBufferLength = 0;
    stream.drain();
    await Promise.all(waits);
    expect(gone.slice(4)).toEqual([1, 0]);
  });

  it('forgets all and lets all go when it is stopped', async () => {
    const { stream, writer } = openWriter();
    stream.writableNeedsDrain = true;
    writer.sendFrame([pattern(10, 1)]);
    const waiting = writer.drained(1);
    writer.stop();
    await waiting;
    expect(writer.queuedBytes).toBe(0);
    stream.drain();
    await soon();
    expect(stream.sent.length).toBe(0);
  });

  it('hands over everything at once for the last words', () => {
    const { stream, socket, writer } = openWriter();
    stream.writableNeedsDrain = true;
    socket.writeBufferLength = 1_000_000;
    writer.sendFrame([pattern(600_000, 1)]);
    writer.flush();
    expect(stream.frames()).toEqual([pattern(600_000, 1)]);
  });

  it('sends a long list of parts', async () => {
    const { stream, writer } = openWriter();
    const part = pattern(100, 1);
    for (let index = 0; index < 20_000; index += 1) writer.sendFrame([part]);
    await soon();
    expect(stream.frames().length).toBe(20_000);
    expect(writer.queuedBytes).toBe(0);
  });
});
