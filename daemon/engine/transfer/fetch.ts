import { fromHex } from '../../../protocol/bytes.ts';
import { openChunk } from '../../../protocol/chunk.ts';
import type { ChunkId, DeviceId, EntryId } from '../../../protocol/ids.ts';
import { manifestItemId } from '../../../protocol/manifest.ts';
import type { Operation } from '../../effects/key-value-store.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { StagedChunk } from '../disk/jobs.ts';
import type { PathProblem } from '../disk/root-reference.ts';
import type { Answer, ChunkSource } from './chunk-source.ts';
import { keysFor, LocalCopies, type TrashSizes } from './local-copies.ts';
import { nodeKey, type PlacedChunk, readNode } from './manifests.ts';
import { Patience } from './patience.ts';
import { type FileJob, type Piece, PieceQueue } from './piece-queue.ts';
import { type FetchOutcome, failed, metadataOf, stageName, type Want } from './wants.ts';

/** Bytes asked of one peer and not yet on disk: what a fast link holds in flight, and what a slow disk may pile up. */
const OUTSTANDING_BYTES = 16 * 1024 * 1024;
/** What a small item costs beside its bytes, so that thousands of empty requests still count. */
const ITEM_BYTES = 256;
const NODE_BYTES = 16 * 1024;

/** Gets file versions into the staging directory: from this disk where the chunks are here, else from peers. */
export class Fetcher {
  readonly #context: FolderContext;
  readonly #sources: () => readonly ChunkSource[];
  readonly #onBytes: (bytes: number) => void;
  readonly #leftovers: Set<string>;
  readonly #outstanding = new Map<DeviceId, number>();
  readonly #queue = new PieceQueue();
  readonly #patience: Patience;
  #pumping = false;
  readonly #localCopies: LocalCopies;
  readonly #waiting = new Map<FileJob, (outcome: FetchOutcome) => void>();

  /** @param leftovers staged files of an earlier run: what they hold is not asked for again */
  constructor(
    context: FolderContext,
    sources: () => readonly ChunkSource[],
    onBytes: (bytes: number) => void,
    leftovers: Iterable<string>,
  ) {
    this.#context = context;
    this.#sources = sources;
    this.#onBytes = onBytes;
    this.#leftovers = new Set(leftovers);
    this.#localCopies = new LocalCopies(context, onBytes);
    this.#patience = new Patience(context.clock);
  }

  /** Fetches all, side by side. Every want has an outcome; none rejects but for a bug or a lost root. */
  async fetch(wants: readonly Want[]): Promise<ReadonlyMap<EntryId, FetchOutcome>> {
    let trash: Promise<TrashSizes> | undefined;
    const outcomes = wants.map(async (want) => {
      const outcome = await this.#fetchOne(want);
      if (outcome.kind !== 'unavailable') return [want.entry, outcome] as const;
      trash ??= this.#localCopies.trash();
      const stage = stageName(want.entry, want.content);
      return [want.entry, (await this.#localCopies.findInTrash(want, stage, await trash)) ?? outcome] as const;
    });
    return new Map(await Promise.all(outcomes));
  }

  /** Hands queued pieces to peers that have room; also called when a peer comes or goes. */
  pump(): void {
    const sources = this.#patience.amongst(this.#sources());
    for (const source of sources) this.#feed(source);
    const hopeless = this.#queue.takeHopeless(sources.map(({ device }) => device));
    for (const { job } of hopeless) this.#finish(job, { kind: 'unavailable', goneAt: job.goneAt });
  }

  /** Once for all pieces that are queued in the same breath, so that they share requests. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void Promise.resolve().then(() => {
      this.#pumping = false;
      this.pump();
    });
  }

  async #fetchOne(want: Want): Promise<FetchOutcome> {
    const stage = stageName(want.entry, want.content);
    const leftover = this.#leftovers.delete(stage);
    const local = await this.#localCopies.find(want, stage, leftover);
    if (local !== undefined) return local;
    const job: FileJob = {
      want,
      stage,
      leftover,
      collected: want.content.manifest && (leftover || want.before !== undefined) ? [] : undefined,
      open: 0,
      openNodes: 0,
      finished: false,
      goneAt: new Set(),
    };
    return new Promise((resolve) => {
      this.#waiting.set(job, resolve);
      const id = want.content.digest as string as ChunkId;
      this.#enqueue(job, id, want.content.manifest ? 'node' : 'data', 0, want.content.size);
      this.#pumpSoon();
    });
  }

  #enqueue(job: FileJob, chunk: ChunkId, kind: 'data' | 'node', offset: number, length: number): void {
    const { entry, content } = job.want;
    job.open += 1;
    if (kind === 'node') job.openNodes += 1;
    this.#queue.add({
      job,
      wanted: { entry, digest: content.digest, chunk, kind, offset, length },
      bytes: ITEM_BYTES + (kind === 'data' ? length : NODE_BYTES),
      tried: new Set(),
    });
  }

  #feed(source: ChunkSource): void {
    for (;;) {
      const used = this.#outstanding.get(source.device) ?? 0;
      if (used >= OUTSTANDING_BYTES) return;
      const pieces = this.#queue.take(source.device);
      const first = pieces[0];
      if (first === undefined) return;
      const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
      this.#outstanding.set(source.device, used + bytes);
      this.#ask(source, first.job.want.content.epoch, pieces)
        .catch((error: unknown) => this.#context.logger.debug('a chunk request failed', { error: String(error) }))
        .finally(() => {
          this.#outstanding.set(source.device, (this.#outstanding.get(source.device) ?? 0) - bytes);
          this.pump();
        });
    }
  }

  async #ask(source: ChunkSource, epoch: number, pieces: readonly Piece[]): Promise<void> {
    const unanswered = new Set(pieces);
    const watch = this.#patience.watch(source.device);
    try {
      await source.request(
        epoch,
        pieces.map(({ wanted }) => wanted),
        async (frame, answers) => {
          const arrived: { piece: Piece; answer: Answer }[] = [];
          for (const answer of answers) {
            const piece = pieces[answer.index];
            if (piece === undefined || !unanswered.delete(piece)) continue;
            if (answer.status === 'gone') piece.job.goneAt.add(source.device);
            if (answer.status === 'ok') arrived.push({ piece, answer });
            else this.#retry(piece, source.device);
          }
          await this.#takeArrived(source, frame, arrived);
        },
        watch.over,
      );
    } finally {
      watch.end();
      for (const piece of unanswered) this.#retry(piece, source.device);
    }
  }

  #retry(piece: Piece, device: DeviceId): void {
    if (piece.job.finished) return;
    piece.tried.add(device);
    this.#queue.addAgain(piece);
  }

  async #takeArrived(
    source: ChunkSource,
    frame: Uint8Array,
    arrived: readonly { readonly piece: Piece; readonly answer: Answer }[],
  ): Promise<void> {
    const live = arrived.filter(({ piece }) => !piece.job.finished);
    const data = live.filter(({ piece }) => piece.wanted.kind === 'data');
    for (const { piece, answer } of live) if (piece.wanted.kind === 'node') await this.#takeNode(source, piece, answer);
    if (data.length > 0) await this.#stage(source, frame, data);
  }

  async #stage(
    source: ChunkSource,
    frame: Uint8Array,
    data: readonly { readonly piece: Piece; readonly answer: Answer }[],
  ): Promise<void> {
    const { disk, root } = this.#context;
    const first = data[0];
    if (first === undefined) return;
    const chunks = data.map(({ piece, answer }): StagedChunk => {
      const { content } = piece.job.want;
      const start = answer.sealed.byteOffset - frame.byteOffset;
      return {
        stage: piece.job.stage,
        offset: piece.wanted.offset,
        length: piece.wanted.length,
        chunk: piece.wanted.chunk,
        start,
        end: start + answer.sealed.length,
        ...(content.manifest ? {} : { whole: metadataOf(content) }),
      };
    });
    let outcomes: readonly ('ok' | 'damaged' | PathProblem)[];
    try {
      const keys = keysFor(this.#context, first.piece.job.want.content);
      outcomes = (await onDisk(disk, { kind: 'stage', root, keys, frame, chunks }, 'normal', ownMemory(frame))).chunks;
    } catch (error) {
      for (const { piece } of data) this.#finish(piece.job, failed(error));
      return;
    }
    for (const [index, { piece }] of data.entries()) {
      const outcome = outcomes[index];
      if (outcome === 'ok') {
        this.#onBytes(piece.wanted.length);
        this.#patience.brought(source.device, piece.bytes);
        await this.#done(piece.job);
      } else if (outcome === 'damaged' || outcome === undefined) {
        this.#context.logger.warn('a peer sent a chunk that is not what was asked for', { device: source.device });
        this.#retry(piece, source.device);
      } else this.#finish(piece.job, { kind: 'problem', problem: outcome });
    }
  }

  /** A manifest node names the nodes or chunks below it. It is kept: it is needed to serve the file to others. */
  async #takeNode(source: ChunkSource, piece: Piece, answer: Answer): Promise<void> {
    const { job, wanted } = piece;
    const bytes = openChunk(keysFor(this.#context, job.want.content), fromHex(wanted.chunk), answer.sealed, 'manifest');
    const node = bytes === undefined ? undefined : readNode(bytes, wanted.length);
    if (bytes === undefined || node === undefined) return this.#retry(piece, source.device);
    this.#patience.brought(source.device, piece.bytes);
    const { store, index } = this.#context;
    const row: Operation = { kind: 'put', key: nodeKey(index.number, wanted.chunk), value: bytes };
    await store.write([row], { durable: false });
    let { offset } = wanted;
    for (const [item, length] of node.lengths.entries()) {
      const id = manifestItemId(node, item);
      if (node.level > 0) this.#enqueue(job, id, 'node', offset, length);
      else if (job.collected === undefined) this.#enqueue(job, id, 'data', offset, length);
      else job.collected.push({ chunk: id, offset, length });
      offset += length;
    }
    job.openNodes -= 1;
    if (job.openNodes === 0 && job.collected !== undefined) await this.#fillFromHere(job, job.collected);
    await this.#done(job);
    this.pump();
  }

  /** All chunks are known: those that are on this disk need not travel. */
  async #fillFromHere(job: FileJob, chunks: readonly PlacedChunk[]): Promise<void> {
    try {
      await this.#localCopies.fill(job.want, job.stage, chunks, job.leftover, (missing) => {
        for (const chunk of missing) this.#enqueue(job, chunk.chunk, 'data', chunk.offset, chunk.length);
        this.pump();
      });
    } catch (error) {
      this.#finish(job, failed(error));
    }
  }

  async #done(job: FileJob): Promise<void> {
    job.open -= 1;
    if (job.open > 0 || job.finished) return;
    const { content } = job.want;
    if (!content.manifest) return this.#finish(job, { kind: 'staged', stage: job.stage });
    const { disk, root } = this.#context;
    try {
      const metadata = metadataOf(content);
      const { outcome } = await onDisk(disk, { kind: 'finish', root, stage: job.stage, metadata });
      if (outcome === 'ok') this.#finish(job, { kind: 'staged', stage: job.stage });
      else if (outcome === 'damaged') this.#finish(job, { kind: 'unavailable', goneAt: new Set() });
      else this.#finish(job, { kind: 'problem', problem: outcome });
    } catch (error) {
      this.#finish(job, failed(error));
    }
  }

  #finish(job: FileJob, outcome: FetchOutcome): void {
    if (job.finished) return;
    job.finished = true;
    // What was staged of it is found and used when it is tried again.
    if (outcome.kind !== 'staged') this.#leftovers.add(job.stage);
    this.#waiting.get(job)?.(outcome);
    this.#waiting.delete(job);
  }
}

/** The frame's memory when nothing else lies in it: nobody needs it after its chunks are staged. */
function ownMemory({ buffer, byteLength }: Uint8Array): readonly ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
