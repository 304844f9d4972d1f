import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../protocol/bytes.ts';
import { chunkIdBytes } from '../../protocol/chunk.ts';
import { sha256 } from '../../protocol/crypto.ts';
import { FormatError } from '../../protocol/errors.ts';
import {
  buildManifest,
  decodeManifestNode,
  encodeManifestNode,
  type Manifest,
  type ManifestItems,
  type ManifestNode,
  manifestItemId,
} from '../../protocol/manifest.ts';
import { sampleKeys } from '../vectors/sample.ts';

/** Chunks by number: equal numbers are equal chunks, as in a file that repeats itself. */
function chunksOf(numbers: readonly number[]): ManifestItems {
  const ids = new Uint8Array(numbers.length * 32);
  numbers.forEach((number, i) => {
    ids.set(sha256(Uint8Array.of(number >>> 8, number)), i * 32);
  });
  return { ids, lengths: numbers.map((number) => 1 + number) };
}

/** What a receiver does: from the root down, checking every id, level and covered length. */
function walk(manifest: Manifest): { readonly ids: string; readonly lengths: readonly number[] } {
  const byId = new Map(manifest.nodes.map((node) => [toHex(node.id), node.bytes]));
  let ids = '';
  const lengths: number[] = [];
  const visit = (id: string, level: number | undefined, covers: number | undefined): void => {
    const bytes = byId.get(id) ?? new Uint8Array(0);
    expect(toHex(chunkIdBytes(sampleKeys, bytes, 'manifest'))).toBe(id);
    const node = decodeManifestNode(bytes);
    if (level !== undefined) expect(node.level).toBe(level);
    if (covers !== undefined) expect(node.totalBytes).toBe(covers);
    if (node.level === 0) ids += toHex(node.ids);
    node.lengths.forEach((length, i) => {
      if (node.level === 0) lengths.push(length);
      else visit(manifestItemId(node, i), node.level - 1, length);
    });
  };
  visit(manifest.root, undefined, undefined);
  return { ids, lengths };
}

const numbers = fc.array(fc.nat({ max: 5000 }), { minLength: 2, maxLength: 2500, size: 'max' });

describe('a manifest', () => {
  it('lists exactly the chunks it was built from', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const chunks = chunksOf(list);
        const { ids, lengths } = walk(buildManifest(sampleKeys, chunks));
        expect(ids).toBe(toHex(chunks.ids));
        expect(lengths).toEqual(chunks.lengths);
      }),
      { numRuns: 20 },
    );
  });

  it('has a root that says what the list is', () => {
    fc.assert(
      fc.property(numbers, fc.nat(), (list, place) => {
        const root = buildManifest(sampleKeys, chunksOf(list)).root;
        expect(buildManifest(sampleKeys, chunksOf(list)).root).toBe(root);
        const other = list.with(place % list.length, 5001);
        expect(buildManifest(sampleKeys, chunksOf(other)).root).not.toBe(root);
      }),
      { numRuns: 20 },
    );
  });

  it('changes few nodes when a few chunks are inserted or removed', () => {
    const list = Array.from({ length: 4000 }, (_, i) => i);
    const before = new Set(buildManifest(sampleKeys, chunksOf(list)).nodes.map((node) => toHex(node.id)));
    fc.assert(
      fc.property(
        fc.nat({ max: 4000 }),
        fc.nat({ max: 5 }),
        fc.array(fc.nat({ max: 4999 }), { maxLength: 5 }),
        (at, removed, added) => {
          const edited = [...list.slice(0, at), ...added, ...list.slice(at + removed)];
          const { nodes } = buildManifest(sampleKeys, chunksOf(edited));
          // The leaf, or a few where boundaries moved, and the root above them; there are about thirty leaves.
          expect(nodes.filter((node) => !before.has(toHex(node.id))).length).toBeLessThanOrEqual(8);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a manifest node', () => {
  const node = fc
    .array(
      fc.record({ id: fc.uint8Array({ minLength: 32, maxLength: 32 }), length: fc.integer({ min: 1, max: 524_288 }) }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .chain((items) => fc.record({ items: fc.constant(items), level: fc.nat({ max: 8 }) }))
    .map(({ items, level }) =>
      encodeManifestNode(
        level,
        Uint8Array.from(items.flatMap(({ id }) => [...id])),
        items.map(({ length }) => length),
      ),
    );

  function reencoded(decoded: ManifestNode): string {
    return toHex(encodeManifestNode(decoded.level, decoded.ids, decoded.lengths));
  }

  it('has one encoding, and damage is refused or read as what it is', () => {
    fc.assert(
      fc.property(node, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (bytes, place, change, cut) => {
        expect(reencoded(decodeManifestNode(bytes))).toBe(toHex(bytes));
        const at = place % bytes.length;
        const input = cut ? bytes.slice(0, at) : bytes.map((byte, i) => (i === at ? byte ^ change : byte));
        try {
          expect(reencoded(decodeManifestNode(input))).toBe(toHex(input));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
