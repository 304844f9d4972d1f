import { toHex } from './bytes.ts';
import { chunkIdBytes } from './chunk.ts';
import type { EpochKeys } from './epoch.ts';
import { FormatError } from './errors.ts';
import type { ChunkId, Digest } from './ids.ts';
import {
  CHUNK_MAX_BYTES,
  MANIFEST_CUT_ONE_IN,
  MANIFEST_MAX_ITEMS,
  MANIFEST_MAX_LEVEL,
  MANIFEST_MIN_ITEMS,
  MANIFEST_NODE_MAX_BYTES,
} from './limits.ts';
import { PackedReader, varintLength, writeVarint } from './packed.ts';

/** One node of a manifest: the data chunks of a piece of a file, in order, or the nodes one level below that list them. */
export interface ManifestNode {
  /** 0 when the items are data chunks, else one more than the level of the nodes that the items name. */
  readonly level: number;
  readonly count: number;
  /** The items' 32-byte ids, one after another. */
  readonly ids: Uint8Array;
  /** Plaintext bytes of the file that each item covers; each at least 1. */
  readonly lengths: readonly number[];
  /** Their sum. */
  readonly totalBytes: number;
}

/** Items in order: 32-byte ids one after another, and the bytes of the file that each covers. */
export interface ManifestItems {
  readonly ids: Uint8Array;
  readonly lengths: Uint32Array | readonly number[];
}

export interface BuiltNode {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface Manifest {
  /** The file's digest. */
  readonly root: Digest;
  /** Every node, children before parents, the root last. */
  readonly nodes: readonly BuiltNode[];
}

const VERSION = 1;
const ID_BYTES = 32;
/** An item ends its node when the first 4 bytes of its id, as a number, are below this. */
const CUT_BELOW = Math.floor(2 ** 32 / MANIFEST_CUT_ONE_IN);

/**
 * The manifest of a file of two or more chunks: ids of data chunks and the plaintext length of each. Where nodes end depends on
 * the ids alone, so an edit changes the node it is in and those above, and leaves the rest shared.
 * Throws FormatError for fewer than two chunks (their file needs no manifest) or a length out of range.
 */
export function buildManifest(keys: EpochKeys, chunks: ManifestItems): Manifest {
  if (chunks.lengths.length < 2) throw new FormatError('a manifest has at least two chunks');
  const nodes: BuiltNode[] = [];
  let items: ManifestItems = chunks;
  for (let level = 0; level <= MANIFEST_MAX_LEVEL; level += 1) {
    const parents = buildLevel(keys, level, items);
    nodes.push(...parents.nodes);
    const [root, ...others] = parents.nodes;
    if (root !== undefined && others.length === 0) return { root: toHex(root.id) as Digest, nodes };
    items = parents.items;
  }
  throw new FormatError('a manifest with too many chunks');
}

function buildLevel(
  keys: EpochKeys,
  level: number,
  items: ManifestItems,
): { readonly nodes: readonly BuiltNode[]; readonly items: ManifestItems } {
  const nodes: BuiltNode[] = [];
  const lengths: number[] = [];
  for (let start = 0; start < items.lengths.length; ) {
    const end = nodeEnd(items, start);
    const covered = Array.from(items.lengths.slice(start, end));
    const bytes = encodeManifestNode(level, items.ids.subarray(start * ID_BYTES, end * ID_BYTES), covered);
    nodes.push({ id: chunkIdBytes(keys, bytes, 'manifest'), bytes });
    lengths.push(covered.reduce((sum, length) => sum + length, 0));
    start = end;
  }
  const ids = new Uint8Array(nodes.length * ID_BYTES);
  nodes.forEach((node, i) => {
    ids.set(node.id, i * ID_BYTES);
  });
  return { nodes, items: { ids, lengths } };
}

/** The index after the last item of the node that starts at `start`. */
function nodeEnd(items: ManifestItems, start: number): number {
  const end = Math.min(start + MANIFEST_MAX_ITEMS, items.lengths.length);
  for (let i = start + MANIFEST_MIN_ITEMS - 1; i < end; i += 1) {
    if (endsNode(items.ids, i)) return i + 1;
  }
  return end;
}

function endsNode(ids: Uint8Array, item: number): boolean {
  let head = 0;
  for (let i = 0; i < 4; i += 1) head = head * 256 + (ids[item * ID_BYTES + i] ?? 0);
  return head < CUT_BELOW;
}

/** version ‖ level ‖ varint count ‖ ids ‖ varint length of each. Throws FormatError when a field is out of range. */
export function encodeManifestNode(level: number, ids: Uint8Array, lengths: readonly number[]): Uint8Array {
  const count = lengths.length;
  if (count < 1 || count > MANIFEST_MAX_ITEMS || ids.length !== count * ID_BYTES)
    throw new FormatError('a manifest node of a wrong size');
  checkCovered(checkLevel(level), lengths);
  let size = 2 + varintLength(count) + ids.length;
  for (const length of lengths) size += varintLength(length);
  const bytes = new Uint8Array(size);
  bytes[0] = VERSION;
  bytes[1] = level;
  let offset = writeVarint(bytes, 2, count);
  bytes.set(ids, offset);
  offset += ids.length;
  for (const length of lengths) offset = writeVarint(bytes, offset, length);
  return bytes;
}

/**
 * Throws FormatError unless `encodeManifestNode` writes exactly these bytes. `ids` is a view of them. Who walks a manifest
 * still has to check that a child's level is one less and that it covers what its parent says.
 */
export function decodeManifestNode(bytes: Uint8Array): ManifestNode {
  if (bytes.length > MANIFEST_NODE_MAX_BYTES) throw new FormatError('a manifest node that is too long');
  const reader = new PackedReader(bytes);
  const version = reader.uint(1);
  if (version !== VERSION) throw new FormatError(`unknown version ${version} of a manifest node`);
  const level = checkLevel(reader.uint(1));
  const count = reader.varint();
  if (count < 1 || count > MANIFEST_MAX_ITEMS) throw new FormatError(`a manifest node of ${count} items`);
  const ids = reader.bytes(count * ID_BYTES);
  const lengths = Array.from({ length: count }, () => reader.varint());
  reader.end();
  const totalBytes = checkCovered(level, lengths);
  return { level, count, ids, lengths, totalBytes };
}

/** The id of one item of a node. */
export function manifestItemId(node: ManifestNode, item: number): ChunkId {
  return toHex(node.ids.subarray(item * ID_BYTES, (item + 1) * ID_BYTES)) as ChunkId;
}

function checkLevel(level: number): number {
  if (!Number.isInteger(level) || level < 0 || level > MANIFEST_MAX_LEVEL)
    throw new FormatError(`a manifest node of level ${level}`);
  return level;
}

/** The sum of the lengths. */
function checkCovered(level: number, lengths: readonly number[]): number {
  const max = level === 0 ? CHUNK_MAX_BYTES : Number.MAX_SAFE_INTEGER;
  let total = 0;
  for (const length of lengths) {
    if (!Number.isSafeInteger(length) || length < 1 || length > max)
      throw new FormatError(`an item of ${length} bytes`);
    total += length;
  }
  if (total > Number.MAX_SAFE_INTEGER) throw new FormatError('a manifest node that covers too much');
  return total;
}
