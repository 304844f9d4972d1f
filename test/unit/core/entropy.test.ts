import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ENTROPY_SAMPLE_LEAST_BYTES, looksEncrypted } from '../../../daemon/core/entropy.ts';
import { noise } from '../../support/curious-tree.ts';

const SIZES = [ENTROPY_SAMPLE_LEAST_BYTES, 600, 1000, 2000, 4096, 100_000];

it.each(SIZES)('sees through %i random bytes, and not through the same in base64', (size) => {
  for (let index = 0; index < 50; index++) {
    const random = noise(`${size} ${index}`, size);
    expect(looksEncrypted(random)).toBe(true);
    expect(looksEncrypted(Buffer.from(random.toString('base64')))).toBe(false);
  }
});

it('says nothing of fewer', () => {
  expect(looksEncrypted(noise('few', ENTROPY_SAMPLE_LEAST_BYTES - 1))).toBe(false);
});

it('knows what is compressed by how it begins', () => {
  const text = Array.from({ length: 4000 }, (_, index) => `line ${index * 7919}`).join('\n');
  expect(looksEncrypted(gzipSync(text))).toBe(false);
  expect(looksEncrypted(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), noise('jpeg', 4000)]))).toBe(false);
  expect(looksEncrypted(Buffer.concat([Buffer.from('\0\0\0\x20ftypisom'), noise('mp4', 4000)]))).toBe(false);
});
