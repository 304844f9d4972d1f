import type { EpochKeys } from '../../../protocol/epoch.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { joinPath, TRASH } from '../disk/places.ts';
import { chunksOf, type PlacedChunk } from './manifests.ts';
import { type FetchOutcome, failed, metadataOf, type Want } from './wants.ts';

/** Chunks looked for on this disk by one job: about 16 MiB of reading. */
export const REUSE_CHUNKS = 128;

/** The keys a version is sealed under. Throws FormatError when nobody gave them to this device. */
export function keysFor({ membership }: FolderContext, content: FileContent): EpochKeys {
  const keys = membership.keys(content.epoch);
  if (keys === undefined)
    throw new FormatError(`a file is sealed under epoch ${content.epoch}, whose keys are not here`);
  return keys;
}

/** Paths of files in the trash, by their size. */
export type TrashSizes = ReadonlyMap<number, readonly string[]>;

/** Stages versions whose bytes are on this disk already, under another name. */
export class LocalCopies {
  readonly #context: FolderContext;
  readonly #onBytes: (bytes: number) => void;

  constructor(context: FolderContext, onBytes: (bytes: number) => void) {
    this.#context = context;
    this.#onBytes = onBytes;
  }

  /**
   * Undefined when the bytes are not here: then they have to be fetched.
   * @param leftover an earlier run staged at least some of them
   */
  async find(want: Want, stage: string, leftover: boolean): Promise<FetchOutcome | undefined> {
    const twins = want.content.size === 0 ? [] : this.#twins(want.content);
    if (want.content.size > 0 && twins.length === 0 && !leftover) return undefined;
    return this.#stageFrom(want, stage, twins);
  }

  /**
   * The last resort, when nobody has the bytes: a crash while a version was being brought to another name may have left
   * it in the trash alone.
   */
  async findInTrash(want: Want, stage: string, trash: TrashSizes): Promise<FetchOutcome | undefined> {
    const paths = trash.get(want.content.size) ?? [];
    return paths.length === 0 ? undefined : this.#stageFrom(want, stage, paths);
  }

  /** What is in the trash. Empty when that can not be read now. */
  async trash(): Promise<TrashSizes> {
    const { disk, root } = this.#context;
    const sizes = new Map<number, string[]>();
    try {
      const { directories } = await onDisk(disk, { kind: 'list', root, directories: [TRASH] });
      const [listed] = directories;
      for (const { name, stamp } of listed?.kind === 'listed' ? listed.children : []) {
        if (stamp.kind !== 'file') continue;
        const same = sizes.get(stamp.size) ?? [];
        same.push(joinPath(TRASH, name));
        sizes.set(stamp.size, same);
      }
    } catch {
      // The root is away: the next scan says so, and nothing is found here until it is back.
    }
    return sizes;
  }

  async #stageFrom(want: Want, stage: string, paths: readonly string[]): Promise<FetchOutcome | undefined> {
    const chunks = chunksOf(this.#context.index, want.content);
    if (chunks === undefined) return undefined;
    try {
      return (await this.#copy(want, stage, chunks, paths)) ? { kind: 'staged', stage } : undefined;
    } catch (error) {
      return failed(error);
    }
  }

  /** Paths of files on this disk that hold the very bytes. */
  #twins(content: FileContent): readonly string[] {
    const { index } = this.#context;
    return index.withDigest(content.digest).flatMap((id) => {
      const here = index.entry(id)?.synced?.content;
      const path = here?.digest === content.digest ? index.pathOf(id) : undefined;
      return path === undefined ? [] : [path.join('/')];
    });
  }

  async #copy(want: Want, stage: string, chunks: readonly PlacedChunk[], paths: readonly string[]): Promise<boolean> {
    const { disk, root } = this.#context;
    const keys = keysFor(this.#context, want.content);
    for (let from = 0; from === 0 || from < chunks.length; from += REUSE_CHUNKS) {
      const slice = chunks.slice(from, from + REUSE_CHUNKS);
      const last = from + REUSE_CHUNKS >= chunks.length;
      const { done } = await onDisk(disk, {
        kind: 'reuse',
        root,
        keys,
        stage,
        chunks: slice,
        sources: slice.map(({ offset }) => paths.map((path) => ({ path, offset }))),
        ...(last ? { whole: metadataOf(want.content) } : {}),
      });
      if (done.length < slice.length) return false;
    }
    this.#onBytes(want.content.size);
    return true;
  }
}
