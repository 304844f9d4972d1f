import { createChunker, gearTable } from '../../daemon/core/chunker.ts';
import { toHex } from '../../protocol/bytes.ts';
import { chunkIdBytes } from '../../protocol/chunk.ts';
import { sha256Hex } from '../../protocol/crypto.ts';
import { buildManifest } from '../../protocol/manifest.ts';
import { sampleKeys, sampleStream } from './sample.ts';

const STREAM_BYTES = 4 * 1024 * 1024;

/** Where a file made of the bytes is cut, as chunk lengths. */
export function chunkLengths(table: Int32Array, bytes: Uint8Array): readonly number[] {
  const chunker = createChunker(table);
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = chunker.findCut(bytes, start, bytes.length, true);
    lengths.push(end - start);
    start = end;
  }
  return lengths;
}

/** A manifest of so many made-up chunks: ids from a stream, lengths 65,536 + index. */
export function sampleChunks(count: number): { readonly ids: Uint8Array; readonly lengths: readonly number[] } {
  return {
    ids: sampleStream('manifest', count * 32),
    lengths: Array.from({ length: count }, (_, i) => 65_536 + i),
  };
}

const refusedNodes: readonly (readonly [bytes: string, why: string])[] = [
  ['', 'nothing'],
  [`020001${'aa'.repeat(32)}01`, 'an unknown version'],
  [`010901${'aa'.repeat(32)}01`, 'a level that is too high'],
  ['010000', 'no items'],
  [`010001${'aa'.repeat(31)}`, 'too short'],
  [`010001${'aa'.repeat(32)}`, 'too short'],
  [`010001${'aa'.repeat(32)}00`, 'an item of no bytes'],
  [`010001${'aa'.repeat(32)}0100`, 'bytes after the end'],
  [`010001${'aa'.repeat(32)}8100`, 'a length in a longer form than it needs'],
  [`010001${'aa'.repeat(32)}818020`, 'a data chunk of 524,289 bytes'],
  [`01008100${'aa'.repeat(32)}01`, 'a count in a longer form than it needs'],
  [`01008104${'aa'.repeat(32 * 513)}${'01'.repeat(513)}`, '513 items'],
];

export function chunkVectors(): object {
  const table = gearTable(sampleKeys.gearSeed);
  const stream = sampleStream('file', STREAM_BYTES);
  const zeros = new Uint8Array(STREAM_BYTES);
  const lengths = chunkLengths(table, stream);
  let start = 0;
  const ids = lengths.map((length) => {
    start += length;
    return toHex(chunkIdBytes(sampleKeys, stream.subarray(start - length, start)));
  });
  return {
    gear: { seed: toHex(sampleKeys.gearSeed), table: Array.from(table) },
    files: [
      { name: 'no pattern', bytes: STREAM_BYTES, sha256: sha256Hex(stream), lengths, ids },
      { name: 'zeros', bytes: STREAM_BYTES, sha256: sha256Hex(zeros), lengths: chunkLengths(table, zeros) },
    ],
    manifests: [2, 31, 33, 200, 1000, 20_000].map((count) => {
      const { root, nodes } = buildManifest(sampleKeys, sampleChunks(count));
      return {
        chunks: count,
        root,
        nodes: nodes.length,
        nodeIdsSha256: sha256Hex(Buffer.concat(nodes.map(({ id }) => id))),
        ...(count === 2 ? { rootBytes: toHex(nodes[0]?.bytes ?? new Uint8Array(0)) } : {}),
      };
    }),
    refusedNodes: refusedNodes.map(([bytes, why]) => ({ bytes, why })),
  };
}
