import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FRAME_LIMIT_BYTES, type Lane } from '../../../daemon/effects/network.ts';
import { connect, type NetworkUnderTest, pattern, startPair, startParty } from './party.ts';

const MEBIBYTE = 1024 * 1024;
const LANES: readonly Lane[] = ['control', 'bulk'];

export function frameCases(open: () => NetworkUnderTest): void {
  describe('frames', () => {
    let world: NetworkUnderTest;
    beforeEach(() => {
      world = open();
    });
    afterEach(() => world.cleanUp());

    it('carries frames of every size, in order, on both lanes, both ways', async () => {
      const parties = await startPair(world);
      const sizes = [0, 1, 3, 64 * 1024, FRAME_LIMIT_BYTES, 0, 65_535, 100];
      for (const party of parties) {
        for (const size of sizes) for (const lane of LANES) party.link.send(lane, pattern(size, size));
      }
      await world.until(() => parties.every((party) => party.frames.length === 2 * sizes.length));
      for (const party of parties) {
        for (const lane of LANES)
          expectFrames(
            party.framesOf(lane),
            sizes.map((size) => pattern(size, size)),
          );
      }
    });

    it('makes one frame of many parts', async () => {
      const [first, second] = await startPair(world);
      const parts = [0, 5, 70_000, 1, 0, 4096, 300_000].map((size, index) => pattern(size, index));
      first.link.send('bulk', ...parts);
      first.link.send('bulk');
      await world.until(() => second.frames.length === 2);
      expectFrames(second.framesOf('bulk'), [new Uint8Array(Buffer.concat(parts)), new Uint8Array(0)]);
    });

    it('gives every frame memory of its own', async () => {
      const [first, second] = await startPair(world);
      const sizes = [10, 20, 5000, 64 * 1024, 30];
      for (const size of sizes) first.link.send('bulk', pattern(size, 1));
      await world.until(() => second.frames.length === sizes.length);
      for (const { frame } of second.frames) expect(frame.buffer.byteLength).toBe(frame.length);
    });

    it('keeps a thousand small frames sent at once in order', async () => {
      const [first, second] = await startPair(world);
      const wanted = Array.from({ length: 1000 }, (_, index) => pattern(index % 50, index));
      for (const frame of wanted) first.link.send('control', frame);
      await world.until(() => second.frames.length === wanted.length);
      expectFrames(second.framesOf('control'), wanted);
    });

    it('delivers what is sent in the moment the link appears', async () => {
      const [first, second] = await startPairGreeting(world);
      await world.until(() => first.frames.length === 2 && second.frames.length === 2);
      for (const party of [first, second]) {
        expect(party.framesOf('control').map((frame) => [...frame])).toEqual([[1, 2]]);
        expect(party.framesOf('bulk').map((frame) => frame.length)).toEqual([100_000]);
      }
    });

    it('counts what waits, and tells when it has gone', async () => {
      const [first, second] = await startPair(world);
      expect(first.link.queuedBytes('bulk')).toBe(0);
      await world.during(first.link.drained('bulk', 1));
      for (let index = 0; index < 40; index += 1) first.link.send('bulk', pattern(MEBIBYTE, index));
      expect(first.link.queuedBytes('bulk')).toBeGreaterThanOrEqual(20 * MEBIBYTE);
      expect(first.link.queuedBytes('control')).toBe(0);
      await world.during(first.link.drained('bulk', 10 * MEBIBYTE));
      expect(first.link.queuedBytes('bulk')).toBeLessThan(10 * MEBIBYTE);
      await world.during(first.link.drained('bulk', 0));
      expect(first.link.queuedBytes('bulk')).toBe(0);
      await world.until(() => second.frames.length === 40);
    });

    it('counts the bytes on the wire', async () => {
      const [first, second] = await startPair(world);
      const before = { sent: first.link.sentBytes, received: second.link.receivedBytes };
      first.link.send('bulk', pattern(100_000, 1));
      first.link.send('control', pattern(1000, 1));
      await world.until(() => second.frames.length === 2);
      for (const bytes of [first.link.sentBytes - before.sent, second.link.receivedBytes - before.received]) {
        expect(bytes).toBeGreaterThanOrEqual(101_000);
        expect(bytes).toBeLessThan(103_000);
      }
    });

    it('lets control pass while bulk is busy, and bounds what waits', async () => {
      const [first, second] = await startPair(world);
      const frame = pattern(MEBIBYTE, 3);
      const wanted = Math.ceil(world.bulkBytes / MEBIBYTE);
      let bulk = 0;
      let answers = 0;
      let bulkAtLastAnswer = 0;
      second.onFrame = (lane, received, link) => {
        if (lane === 'control') link.send('control', received);
        else bulk += received.length === frame.length ? 1 : 0;
      };
      first.onFrame = () => {
        answers += 1;
        bulkAtLastAnswer = bulk;
        first.link.send('control', pattern(10, answers));
      };
      first.link.send('control', pattern(10, 0));
      let mostWaiting = 0;
      for (let sent = 0; sent < wanted; sent += 1) {
        first.link.send('bulk', frame.subarray(0, 1000), frame.subarray(1000));
        mostWaiting = Math.max(mostWaiting, first.link.queuedBytes('bulk'));
        await world.during(first.link.drained('bulk', 8 * MEBIBYTE));
      }
      expect(mostWaiting).toBeLessThan(10 * MEBIBYTE);
      // Many round trips happened while most of the bulk was still under way.
      await world.until(() => bulk === wanted);
      expect(answers).toBeGreaterThan(10);
      expect(bulkAtLastAnswer).toBeGreaterThan(wanted / 2);
      await world.until(() => first.link.queuedBytes('bulk') === 0);
    });

    it('holds back for a reader that is slower than the sender', async () => {
      const [first, second] = await startPair(world);
      let read = 0;
      second.onFrame = (_lane, frame) => {
        // Stands for work: every byte is looked at several times over.
        for (let round = 0; round < 3; round += 1) for (const byte of frame) read += byte === 0 ? 1 : 0;
        received += 1;
      };
      let received = 0;
      for (let index = 0; index < 24; index += 1) first.link.send('bulk', pattern(MEBIBYTE, index));
      await world.during(first.link.drained('bulk', 1));
      await world.until(() => received === 24);
      expect(read).toBeGreaterThan(0);
    });
  });
}

/** As `startPair`, but both sides send at once when they hear of the link. */
async function startPairGreeting(world: NetworkUnderTest): ReturnType<typeof startPair> {
  const first = await startParty(world, 1);
  const second = await startParty(world, 2);
  for (const party of [first, second]) {
    party.greet = (link) => {
      link.send('control', Uint8Array.of(1, 2));
      link.send('bulk', pattern(100_000, 1));
    };
  }
  await connect(world, first, second);
  return [first, second];
}

/** Byte by byte without a matcher, which would take seconds for megabytes. */
function expectFrames(frames: readonly Uint8Array[], wanted: readonly Uint8Array[]): void {
  expect(frames.map((frame) => frame.length)).toEqual(wanted.map((frame) => frame.length));
  const different = frames.findIndex((frame, index) => Buffer.compare(frame, wanted[index] ?? frame) !== 0);
  expect(different).toBe(-1);
}
