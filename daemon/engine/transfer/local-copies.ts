import type { EpochKeys } from '../../../protocol/epoch.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { ReuseJob, StagedMetadata } from '../disk/jobs.ts';
import { joinPath, TRASH } from '../disk/places.ts';
import { chunksOf, type PlacedChunk } from './manifests.ts';
import { type FetchOutcome, failed, metadataOf, type Want } from './wants.ts';

/** Chunks looked for on this disk by one job: about 16 MiB of reading. */
const REUSE_CHUNKS = 128;
/** Such jobs at once: one reads and hashes while another waits for the disk. */
const REUSES_AT_ONCE = 2;

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
    return this.#stageFrom(want, stage, twins, leftover);
  }

  /**
   * The last resort, when nobody has the bytes: a crash while a version was being brought to another name may have left
   * it in the trash alone.
   */
  async findInTrash(want: Want, stage: string, trash: TrashSizes): Promise<FetchOutcome | undefined> {
    const paths = trash.get(want.content.size) ?? [];
    return paths.length === 0 ? undefined : this.#stageFrom(want, stage, paths, true);
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

  /**
   * Brings over what the version on this disk has in common with the one wanted. Rejects when the disk can not be used.
   * @param onLooked called for every run of chunks with those that are not here
   */
  async fill(
    want: Want,
    stage: string,
    chunks: readonly PlacedChunk[],
    leftover: boolean,
    onLooked: (missing: readonly PlacedChunk[]) => void,
  ): Promise<void> {
    const { before } = want;
    const known = new Map<string, number>();
    if (before !== undefined) {
      for (const { chunk, offset } of chunksOf(this.#context.index, before.content) ?? []) known.set(chunk, offset);
    }
    await this.#eachRun(chunks, async (run) => {
      const sources = run.map(({ chunk }) => {
        const offset = known.get(chunk);
        return before === undefined || offset === undefined ? [] : [{ path: before.path, offset }];
      });
      const here = new Set(await this.#reuse(want, stage, run, sources, leftover));
      for (const [at, { length }] of run.entries()) if (here.has(at)) this.#onBytes(length);
      onLooked(run.filter((_, at) => !here.has(at)));
      return true;
    });
  }

  async #stageFrom(
    want: Want,
    stage: string,
    paths: readonly string[],
    leftover: boolean,
  ): Promise<FetchOutcome | undefined> {
    const chunks = chunksOf(this.#context.index, want.content);
    if (chunks === undefined) return undefined;
    try {
      return (await this.#copy(want, stage, chunks, paths, leftover)) ? { kind: 'staged', stage } : undefined;
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

  async #copy(
    want: Want,
    stage: string,
    chunks: readonly PlacedChunk[],
    paths: readonly string[],
    leftover: boolean,
  ): Promise<boolean> {
    const single = chunks.length <= REUSE_CHUNKS;
    const whole = metadataOf(want.content);
    const look = async (run: readonly PlacedChunk[]): Promise<boolean> => {
      const sources = run.map(({ offset }) => paths.map((path) => ({ path, offset })));
      const done = await this.#reuse(want, stage, run, sources, leftover, single ? whole : undefined);
      return done.length === run.length;
    };
    const all = single ? await look(chunks) : await this.#eachRun(chunks, look);
    if (!all) return false;
    if (!single) await this.#reuse(want, stage, [], [], true, whole);
    this.#onBytes(want.content.size);
    return true;
  }

  /** False as soon as one is: what is under way then is waited for, and nothing more begun. */
  async #eachRun(
    chunks: readonly PlacedChunk[],
    take: (run: readonly PlacedChunk[]) => Promise<boolean>,
  ): Promise<boolean> {
    let from = 0;
    let well = true;
    const lane = async (): Promise<void> => {
      while (well && from < chunks.length) {
        const run = chunks.slice(from, from + REUSE_CHUNKS);
        from += REUSE_CHUNKS;
        well = (await take(run)) && well;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: REUSES_AT_ONCE }, lane));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    return well;
  }

  async #reuse(
    want: Want,
    stage: string,
    chunks: readonly PlacedChunk[],
    sources: ReuseJob['sources'],
    leftover: boolean,
    whole?: StagedMetadata,
  ): Promise<readonly number[]> {
    const { disk, root } = this.#context;
    const keys = keysFor(this.#context, want.content);
    const job: ReuseJob = { kind: 'reuse', root, keys, stage, chunks, sources, leftover };
    return (await onDisk(disk, whole === undefined ? job : { ...job, whole })).done;
  }
}
