/** Fewer bytes say nothing: even random ones do not use all values. */
export const ENTROPY_SAMPLE_LEAST_BYTES = 512;
/** More says no more. */
export const ENTROPY_SAMPLE_BYTES = 4096;

/**
 * Bits a byte from which on bytes look random, for a sample of the least and of the full size. 512 random bytes measure
 * about 7.6 bits and 4,096 about 7.95; text, documents and programs stay below 7.
 */
const RANDOM_FROM_BITS = { least: 7.3, full: 7.8 };

/**
 * Beginnings of formats that look random by themselves, as they are compressed: gzip, zip (and office documents), 7z, xz,
 * bzip2, zstd, PNG, JPEG, GIF, PDF, Matroska, OGG, FLAC, MP3 (two), RIFF; and MP4 and its like at offset 4.
 */
const COMPRESSED: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x50, 0x4b],
  [0x37, 0x7a, 0xbc, 0xaf],
  [0xfd, 0x37, 0x7a, 0x58],
  [0x42, 0x5a, 0x68],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x25, 0x50, 0x44, 0x46],
  [0x1a, 0x45, 0xdf, 0xa3],
  [0x4f, 0x67, 0x67, 0x53],
  [0x66, 0x4c, 0x61, 0x43],
  [0x49, 0x44, 0x33],
  [0xff, 0xfb],
  [0x52, 0x49, 0x46, 0x46],
];
const MP4_AT_4 = [0x66, 0x74, 0x79, 0x70];

/** True when a file that begins so may have been encrypted: its bytes look random, and no known format makes them so. */
export function looksEncrypted(start: Uint8Array): boolean {
  const sample = start.subarray(0, ENTROPY_SAMPLE_BYTES);
  if (sample.length < ENTROPY_SAMPLE_LEAST_BYTES) return false;
  const isCompressed =
    COMPRESSED.some((magic) => beginsWith(sample, magic)) || beginsWith(sample.subarray(4), MP4_AT_4);
  if (isCompressed) return false;
  const span = (sample.length - ENTROPY_SAMPLE_LEAST_BYTES) / (ENTROPY_SAMPLE_BYTES - ENTROPY_SAMPLE_LEAST_BYTES);
  const { least, full } = RANDOM_FROM_BITS;
  return entropyBits(sample) >= least + (full - least) * Math.sqrt(span);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Shannon's entropy of the bytes as they are distributed, in bits a byte. */
function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  return bits;
}
