import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../../../protocol/bytes.ts';
import { chunkIdBytes } from '../../../protocol/chunk.ts';
import { FormatError } from '../../../protocol/errors.ts';
import {
  CHUNK_MAX_BYTES,
  MANIFEST_MAX_ITEMS,
  MANIFEST_MIN_ITEMS,
  MANIFEST_NODE_MAX_BYTES,
} from '../../../protocol/limits.ts';
import {
  buildManifest,
  decodeManifestNode,
  encodeManifestNode,
  type Manifest,
  manifestItemId,
} from '../../../protocol/manifest.ts';
import { sampleChunks } from '../../vectors/chunk-vectors.ts';
import { sampleBytes, sampleKeys } from '../../vectors/sample.ts';

function nodeIds(manifest: Manifest): ReadonlySet<string> {
  return new Set(manifest.nodes.map((node) => toHex(node.id)));
}

describe('a manifest', () => {
  it('needs two chunks', () => {
    expect(() => buildManifest(sampleKeys, sampleChunks(0))).toThrow(FormatError);
    expect(() => buildManifest(sampleKeys, sampleChunks(1))).toThrow(FormatError);
    expect(buildManifest(sampleKeys, sampleChunks(2)).nodes.length).toBe(1);
  });

  it('refuses lengths that no chunk has', () => {
    for (const length of [0, -1, 0.5, CHUNK_MAX_BYTES + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const chunks = { ...sampleChunks(2), lengths: [length, 1] };
      expect(() => buildManifest(sampleKeys, chunks)).toThrow(FormatError);
    }
  });

  it('takes lengths in either form', () => {
    const { ids, lengths } = sampleChunks(500);
    const typed = buildManifest(sampleKeys, { ids, lengths: Uint32Array.from(lengths) });
    expect(typed).toEqual(buildManifest(sampleKeys, { ids, lengths }));
  });

  it('has nodes within bounds, about 128 items each', () => {
    const leaves = buildManifest(sampleKeys, sampleChunks(100_000))
      .nodes.map(({ bytes }) => decodeManifestNode(bytes))
      .filter(({ level }) => level === 0);
    const mean = 100_000 / leaves.length;
    expect(mean).toBeGreaterThan(110);
    expect(mean).toBeLessThan(145);
    for (const { count } of leaves.slice(0, -1)) expect(count).toBeGreaterThanOrEqual(MANIFEST_MIN_ITEMS);
    for (const { count } of leaves) expect(count).toBeLessThanOrEqual(MANIFEST_MAX_ITEMS);
  });

  it('ends a node at the limit when no id does', () => {
    const ids = new Uint8Array(32 * 1200).fill(0xff);
    const { nodes } = buildManifest(sampleKeys, { ids, lengths: Array.from({ length: 1200 }, () => 1) });
    expect(nodes.map(({ bytes }) => decodeManifestNode(bytes).count)).toEqual([512, 512, 176, 3]);
    for (const { bytes } of nodes) expect(bytes.length).toBeLessThanOrEqual(MANIFEST_NODE_MAX_BYTES);
  });

  it.each([0, 1, 5000, 9999])('shares all but one path after an edit of chunk %i', (edited) => {
    const chunks = sampleChunks(10_000);
    const before = nodeIds(buildManifest(sampleKeys, chunks));
    const ids = Uint8Array.from(chunks.ids);
    ids.set(sampleBytes('edited'), edited * 32);
    const after = buildManifest(sampleKeys, { ...chunks, ids });
    const fresh = after.nodes.filter((node) => !before.has(toHex(node.id)));
    // At least one node of each level; at most two neighbours where a boundary moved.
    expect(fresh.length).toBeGreaterThanOrEqual(2);
    expect(fresh.length).toBeLessThanOrEqual(5);
  });

  it('shares almost all nodes after an insertion at the front', () => {
    const chunks = sampleChunks(10_000);
    const before = nodeIds(buildManifest(sampleKeys, { ...chunks, lengths: chunks.lengths.map(() => 100) }));
    const after = buildManifest(sampleKeys, {
      ids: concat(sampleBytes('inserted'), chunks.ids),
      lengths: Array.from({ length: 10_001 }, () => 100),
    });
    expect(after.nodes.filter((node) => !before.has(toHex(node.id))).length).toBeLessThanOrEqual(5);
  });

  it('gives the id of an item', () => {
    const chunks = sampleChunks(3);
    const [node] = buildManifest(sampleKeys, chunks).nodes;
    const decoded = decodeManifestNode(node?.bytes ?? new Uint8Array(0));
    expect(manifestItemId(decoded, 2)).toBe(toHex(chunks.ids.subarray(64)));
    expect(toHex(node?.id ?? new Uint8Array(0))).toBe(
      toHex(chunkIdBytes(sampleKeys, node?.bytes ?? new Uint8Array(0), 'manifest')),
    );
  });

  it('refuses nodes that cannot be', () => {
    const id = sampleBytes('item');
    expect(() => encodeManifestNode(0, id, [])).toThrow(FormatError);
    expect(() => encodeManifestNode(0, id.subarray(1), [1])).toThrow(FormatError);
    expect(() => encodeManifestNode(9, id, [1])).toThrow(FormatError);
    expect(() => encodeManifestNode(-1, id, [1])).toThrow(FormatError);
    const both = concat(id, id);
    expect(() => encodeManifestNode(1, both, [Number.MAX_SAFE_INTEGER, 1])).toThrow(FormatError);
    expect(() => decodeManifestNode(new Uint8Array(MANIFEST_NODE_MAX_BYTES + 1))).toThrow(FormatError);
  });
});
