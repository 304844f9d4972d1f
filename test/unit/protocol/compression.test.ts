import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../../protocol/bytes.ts';
import { crc32, deflate, inflate } from '../../../protocol/compression.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { sampleStream } from '../../vectors/sample.ts';

describe('deflate', () => {
  it.each([0, 1, 1000, 300_000])('gives %i bytes back', (length) => {
    for (const bytes of [new Uint8Array(length), sampleStream('deflate', length)]) {
      expect(Buffer.compare(inflate(deflate(bytes), length), bytes)).toBe(0);
    }
  });

  it('is bounded when it inflates', () => {
    const bomb = deflate(new Uint8Array(4_000_000));
    expect(bomb.length).toBeLessThan(20_000);
    expect(inflate(bomb, 4_000_000).length).toBe(4_000_000);
    expect(() => inflate(bomb, 3_999_999)).toThrow(FormatError);
    expect(() => inflate(bomb, 1)).toThrow(FormatError);
  });

  it('refuses what is no stream, ends too early or goes on', () => {
    const stream = deflate(utf8('some text, some text, some text'));
    expect(() => inflate(concat(stream, Uint8Array.of(0)), 100)).toThrow(FormatError);
    expect(() => inflate(fromHex('ffffffff'), 100)).toThrow(FormatError);
    for (let length = 0; length < stream.length; length += 1) {
      expect(() => inflate(stream.subarray(0, length), 100)).toThrow(FormatError);
    }
  });
});

describe('CRC-32', () => {
  // The check value of the algorithm's catalogues.
  it('is the one of gzip', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    expect(toHex(Uint8Array.of(crc32(utf8('a')) >>> 24))).toBe('e8');
  });
});
