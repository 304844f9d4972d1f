import { fromHex } from '../../../protocol/bytes.ts';
import { openChunk } from '../../../protocol/chunk.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { decodeManifestNode, manifestItemId } from '../../../protocol/manifest.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import { ENTROPY_SAMPLE_LEAST_BYTES, looksEncrypted } from '../../core/entropy.ts';
import { trashPart } from '../../core/names/assign.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { DiskStep } from '../disk/apply-job.ts';
import type { ServeJob } from '../disk/jobs.ts';
import { splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import { entriesIn } from '../scan/departures.ts';
import type { Ready } from '../scan/ready.ts';

/** Files looked into to judge a batch; spread over all of it. */
export const SAMPLES = 48;
/** Below this share of suspicious files all that was rewritten lately is taken for ordinary work. */
export const HARMLESS_SHARE = 0.1;

/** Paths kept to be shown of a held batch. */
export const PATHS_KEPT = 20;

/** A file that was rewritten: what it is now, and where its bytes begin. */
interface Rewrite {
  readonly ready: Ready;
  readonly content: FileContent;
  readonly start: ServeJob['items'][number];
}

/**
 * Holds files that were rewritten in large numbers with bytes that look random: this is how ransomware looks. Nothing is
 * read as long as there are few rewrites; then the beginnings of some are. One for each scan.
 */
export class Rewrites {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #lookEverywhere: (() => void) | undefined;
  /** Held back so far by this scan. */
  readonly #held: Ready[] = [];
  #finished = false;

  /** @param lookEverywhere given when the scan sees a part of the folder only */
  constructor(context: FolderContext, publisher: Publisher, lookEverywhere: (() => void) | undefined) {
    this.#context = context;
    this.#publisher = publisher;
    this.#lookEverywhere = lookEverywhere;
  }

  /** What of a batch may be published now. */
  async admit(batch: readonly Ready[]): Promise<readonly Ready[]> {
    const { brakes, index } = this.#context;
    const rewrites = batch.flatMap((ready) => rewriteOf(this.#context, ready) ?? []);
    if (rewrites.length === 0) return batch;
    const entries = entriesIn(index.counters());
    const count = rewrites.length + this.#held.length;
    let verdict = brakes.rewriting.judge(count, entries);
    if (verdict === 'hold') {
      const share = await this.#suspiciousShare(rewrites);
      if (share < HARMLESS_SHARE) brakes.rewriting.forgive();
      verdict = brakes.rewriting.judge(Math.round(share * rewrites.length) + this.#held.length, entries);
    }
    if (verdict === 'go') {
      await brakes.rewriting.passed(rewrites.length);
      return batch;
    }
    const stopped = new Set(rewrites.map(({ ready }) => ready));
    if (verdict === 'undo') await this.#undo([...stopped]);
    else this.#held.push(...stopped);
    return batch.filter((ready) => !stopped.has(ready));
  }

  /** After the last batch of a scan, and once more when it went on in what was moved. */
  finish(): void {
    const { brakes, index } = this.#context;
    const held = this.#held;
    const first = !this.#finished;
    this.#finished = true;
    if (this.#lookEverywhere !== undefined) {
      if ((brakes.rewriting.held?.changes ?? 0) < held.length) this.#lookEverywhere();
    } else if (held.length === 0) {
      if (first) brakes.rewriting.release();
    } else {
      const paths = held.slice(0, PATHS_KEPT).map(({ spotted }) => spotted.path);
      brakes.rewriting.hold(held.length, entriesIn(index.counters()), paths);
    }
  }

  /** Of some of them, the share that looks encrypted. What can not be read says nothing. */
  async #suspiciousShare(rewrites: readonly Rewrite[]): Promise<number> {
    const { disk, root, membership } = this.#context;
    const step = Math.max(1, rewrites.length / SAMPLES);
    const chosen: Rewrite[] = [];
    for (let at = 0; at < rewrites.length; at += step)
      chosen.push(...rewrites.slice(Math.floor(at), Math.floor(at) + 1));
    let read = 0;
    let suspicious = 0;
    for (const { content, start } of chosen) {
      const keys: EpochKeys | undefined = membership.keys(content.epoch);
      if (keys === undefined) continue;
      // Read as a peer would be served: only what is there and as it was told is answered.
      const { bytes } = await onDisk(disk, { kind: 'serve', root, keys, items: [start] });
      const plain = bytes.length === 0 ? undefined : openChunk(keys, fromHex(start.chunk), bytes);
      if (plain === undefined) continue;
      read += 1;
      if (looksEncrypted(plain)) suspicious += 1;
    }
    return read === 0 ? 0 : suspicious / read;
  }

  /** Puts the rewritten files into the trash; the versions before are fetched from the others. */
  async #undo(items: readonly Ready[]): Promise<void> {
    const { disk, root, clock, index, turn, brakes } = this.#context;
    await turn.take(async () => {
      const steps = items.map(({ spotted, stamp }, at): DiskStep => {
        const { path } = spotted;
        const keep = `${clock.now()}-${at.toString(36)}-rejected-${trashPart(splitPath(path).name)}`;
        return { kind: 'trash', path, expected: { kind: 'stamp', stamp }, keep };
      });
      const { steps: outcomes } = await onDisk(disk, { kind: 'apply', root, steps, needs: steps.map(() => []) });
      const draft = new IndexDraft(index);
      for (const [at, { spotted }] of items.entries()) {
        if (outcomes[at]?.kind === 'done' && spotted.known !== undefined) draft.setSynced(spotted.known.id, undefined);
      }
      await this.#publisher.commit(draft, []);
      await brakes.rewriting.passed(items.length);
    });
  }
}

/** Undefined for what is no rewrite, and for files too small to tell. */
function rewriteOf({ index }: FolderContext, ready: Ready): Rewrite | undefined {
  const { spotted, content, stamp, nodes } = ready;
  if (spotted.known === undefined || content.kind !== 'file' || content.size < ENTROPY_SAMPLE_LEAST_BYTES) {
    return undefined;
  }
  const before = index.entry(spotted.known.id)?.synced?.content;
  if (before?.kind !== 'file' || before.epoch !== content.epoch || before.digest === content.digest) return undefined;
  const first = firstChunk(content, nodes);
  return first === undefined
    ? undefined
    : { ready, content, start: { path: spotted.path, stamp, offset: 0, ...first } };
}

function firstChunk(content: FileContent, nodes: Ready['nodes']): { chunk: string; length: number } | undefined {
  if (!content.manifest) return { chunk: content.digest, length: content.size };
  for (const { bytes } of nodes) {
    try {
      const node = decodeManifestNode(bytes);
      const length = node.lengths[0];
      // Nodes come in the order of the file, the lowest level first.
      if (node.level === 0 && length !== undefined) return { chunk: manifestItemId(node, 0), length };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}
