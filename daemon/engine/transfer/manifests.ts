import { fromHex } from '../../../protocol/bytes.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { ChunkId, Digest } from '../../../protocol/ids.ts';
import { decodeManifestNode, manifestItemId } from '../../../protocol/manifest.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import type { FolderIndex } from '../../store/folder-index.ts';
import { folderKey } from '../../store/keys.ts';

/** One chunk of a file. */
export interface PlacedChunk {
  readonly chunk: ChunkId;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
}

/** The key of a manifest node's row. */
export function nodeKey(folder: number, node: string): Uint8Array {
  return folderKey('m', folder, fromHex(node));
}

/**
 * All chunks of a version whose manifest is stored here, in file order; undefined when a node is missing. A file of one
 * chunk, or none, needs no manifest.
 */
export function chunksOf(index: FolderIndex, content: FileContent): readonly PlacedChunk[] | undefined {
  if (content.size === 0) return [];
  if (!content.manifest) return [{ chunk: content.digest as string as ChunkId, offset: 0, length: content.size }];
  const chunks: PlacedChunk[] = [];
  const stack: { node: Digest | ChunkId; offset: number }[] = [{ node: content.digest, offset: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const bytes = index.store.get(nodeKey(index.number, next.node));
    if (bytes === undefined) return undefined;
    const node = decodeManifestNode(bytes);
    const below: { node: ChunkId; offset: number }[] = [];
    let { offset } = next;
    for (let item = 0; item < node.count; item++) {
      const length = node.lengths[item] ?? 0;
      const id = manifestItemId(node, item);
      if (node.level === 0) chunks.push({ chunk: id, offset, length });
      else below.push({ node: id, offset });
      offset += length;
    }
    // The first child last, so that it is taken first and the chunks come out in file order.
    stack.push(...below.toReversed());
  }
  return chunks;
}

/** A node that covers what its parent said it does. */
export function readNode(bytes: Uint8Array, length: number): ReturnType<typeof decodeManifestNode> | undefined {
  try {
    const node = decodeManifestNode(bytes);
    return node.totalBytes === length ? node : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
