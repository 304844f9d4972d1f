import { fromHex } from '../../../protocol/bytes.ts';
import { sealChunk } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import type { Digest, EntryId } from '../../../protocol/ids.ts';
import { CHUNK_MAX_BYTES } from '../../../protocol/limits.ts';
import type { WantedChunk } from '../../../protocol/message-types.ts';
import { type Stamp, standingPlace } from '../../core/entry.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { ServeJob, ServeResult } from '../disk/jobs.ts';
import { joinPath } from '../disk/places.ts';
import { DirectoryPaths } from '../scan/directory-paths.ts';
import type { Answer } from './chunk-source.ts';
import { nodeKey } from './manifests.ts';

/** Plaintext put into one frame: large enough to make a frame cheap, small enough that several are under way. */
const FRAME_BYTES = 1024 * 1024;

/** Answers to part of a request, ready to send: statuses in order, and the sealed bytes of those that are 'ok'. */
export type Answers = readonly Answer[];

interface Source {
  readonly path: string;
  readonly stamp: Stamp;
  readonly size: number;
}

/**
 * Answers a peer's request for chunks from what is on this disk, frame by frame. Every item gets exactly one answer.
 * The caller has checked that the peer may read the folder.
 */
export async function* serveChunks(
  context: FolderContext,
  epoch: number,
  items: readonly WantedChunk[],
): AsyncGenerator<Answers> {
  const keys = context.membership.keys(epoch);
  if (keys === undefined) {
    yield items.map((_, index) => answer(index, 'busy'));
    return;
  }
  const known: Known = { sources: new Map(), paths: new DirectoryPaths(context.index) };
  let part: { index: number; item: WantedChunk; source: Source }[] = [];
  let bytes = 0;
  let small: Answer[] = [];
  let smallBytes = 0;
  for (const [index, item] of items.entries()) {
    if (item.kind === 'node') {
      const node = sealNode(context, keys, index, item);
      small.push(node);
      smallBytes += node.sealed.length;
      if (smallBytes >= FRAME_BYTES) {
        yield small;
        small = [];
        smallBytes = 0;
      }
      continue;
    }
    const source = findSource(context, known, item);
    if (source === undefined || !inside(item, source)) {
      small.push(answer(index, 'gone'));
      continue;
    }
    part.push({ index, item, source });
    bytes += item.length;
    if (bytes < FRAME_BYTES) continue;
    yield await readPart(context, keys, part);
    part = [];
    bytes = 0;
  }
  if (small.length > 0) yield small;
  if (part.length > 0) yield await readPart(context, keys, part);
}

function answer(index: number, status: Answer['status'], sealed: Uint8Array = NOTHING): Answer {
  return { index, status, sealed };
}

const NOTHING = new Uint8Array(0);

function sealNode(context: FolderContext, keys: EpochKeys, index: number, item: WantedChunk): Answer {
  const bytes = context.store.get(nodeKey(context.index.number, item.chunk));
  return bytes === undefined ? answer(index, 'gone') : answer(index, 'ok', sealChunk(keys, fromHex(item.chunk), bytes));
}

function inside(item: WantedChunk, source: Source): boolean {
  return item.length > 0 && item.length <= CHUNK_MAX_BYTES && item.offset + item.length <= source.size;
}

/** What the items of one request were found to mean: most are of a few directories, and large files come in many. */
interface Known {
  readonly sources: Map<string, Source | undefined>;
  readonly paths: DirectoryPaths;
}

/** The file that holds the version asked for: the entry itself, or any other with the same bytes. */
function findSource(context: FolderContext, known: Known, item: WantedChunk): Source | undefined {
  const { sources, paths } = known;
  const key = `${item.entry}/${item.digest}`;
  if (sources.has(key)) return sources.get(key);
  const { index } = context;
  const source =
    sourceOf(context, paths, item.entry, item.digest) ??
    index
      .withDigest(item.digest)
      .map((id) => sourceOf(context, paths, id, item.digest))
      .find((found) => found !== undefined);
  sources.set(key, source);
  return source;
}

function sourceOf({ index }: FolderContext, paths: DirectoryPaths, id: EntryId, digest: Digest): Source | undefined {
  const synced = index.entry(id)?.synced;
  if (synced === undefined || synced.content.kind !== 'file' || synced.content.digest !== digest) return undefined;
  const { parent, name } = standingPlace(synced);
  const child = index.child(parent, name);
  const directory = paths.of(parent);
  if (child === undefined || child.id !== id || directory === undefined) return undefined;
  return { path: joinPath(directory, name), stamp: child.stamp, size: synced.content.size };
}

async function readPart(
  context: FolderContext,
  keys: EpochKeys,
  part: readonly { readonly index: number; readonly item: WantedChunk; readonly source: Source }[],
): Promise<Answers> {
  const { disk, root, logger } = context;
  const job: ServeJob = {
    kind: 'serve',
    root,
    keys,
    items: part.map(({ item, source }) => ({
      path: source.path,
      stamp: source.stamp,
      chunk: item.chunk,
      offset: item.offset,
      length: item.length,
    })),
  };
  let result: ServeResult;
  try {
    result = await onDisk(disk, job);
  } catch (error) {
    // The root is away, or will not be read now. Whoever asked has to hear that, to ask again or somebody else.
    logger.warn('chunks could not be read', { folder: context.config.name, error: String(error) });
    return part.map(({ index }) => answer(index, 'busy'));
  }
  return part.map(({ index }, at) => {
    const range = result.ranges[at];
    // Read as "busy": the file has changed or is changing, and its new version will be announced.
    if (range === undefined || range.end === range.start) return answer(index, 'busy');
    return answer(index, 'ok', result.bytes.subarray(range.start, range.end));
  });
}
