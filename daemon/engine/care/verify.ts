import type { EpochKeys } from '../../../protocol/epoch.ts';
import type { EntryId } from '../../../protocol/ids.ts';
import type { DamagedFile, VerifyResult } from '../../../protocol/local-api-decisions.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import { isDirty, type Stamp, sameContent, sameStamp, standingPlace } from '../../core/entry.ts';
import { applyPlan } from '../apply/apply.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { ReadOutcome } from '../disk/jobs.ts';
import type { Publisher } from '../logs/publish.ts';
import type { Fetcher } from '../transfer/fetch.ts';

/** Files read by one job, as a scan reads them. */
const READ_FILES = 256;
const READ_BYTES = 32 * 1024 * 1024;

/** Shown in `status` until the file is whole again or is changed. */
const ROTTEN = 'bit-rot';

interface Checked {
  readonly id: EntryId;
  readonly path: string;
  readonly stamp: Stamp;
  readonly content: FileContent;
}

/** Reads every file anew and compares it with what was agreed; heals from other devices when asked to. */
export class Verifier {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #fetcher: Fetcher;

  constructor(context: FolderContext, publisher: Publisher, fetcher: Fetcher) {
    this.#context = context;
    this.#publisher = publisher;
    this.#fetcher = fetcher;
  }

  /**
   * A file whose stamp is as it was but whose bytes are not has rotted: nobody wrote it. Others never get such bytes,
   * as every chunk is checked against its id, and a scan does not take them for an edit.
   */
  async verify(heal: boolean): Promise<VerifyResult> {
    const damaged: DamagedFile[] = [];
    const sums = { files: 0, bytes: 0, skipped: 0 };
    for await (const batch of this.#batches()) {
      const outcomes = await this.#read(batch);
      for (const [index, file] of batch.entries()) {
        const outcome = outcomes[index];
        const verdict = outcome === undefined ? 'changed' : judge(file, outcome);
        if (verdict === 'changed') {
          sums.skipped += 1;
          continue;
        }
        sums.files += 1;
        sums.bytes += file.stamp.size;
        if (verdict !== 'good') damaged.push(await this.#meet(file, verdict.message, heal));
        else if (this.#context.problems.codeAt(file.path) === ROTTEN) this.#context.problems.clear(file.path);
      }
    }
    return { ...sums, damaged };
  }

  async #meet(file: Checked, message: string, heal: boolean): Promise<DamagedFile> {
    const { config, problems, emit, logger } = this.#context;
    const { path } = file;
    logger.warn('a file has rotted', { folder: config.name, path, message });
    const failure = heal ? await this.#heal(file) : 'run "sheaf verify --heal" to get it from another device';
    if (failure === undefined) {
      problems.clear(path);
      return {
        folder: config.name,
        path,
        healed: true,
        message: `${message}; healed, the damaged one is in the trash`,
      };
    }
    const whole = `${message}; ${failure}`;
    if (problems.report(path, ROTTEN, whole)) emit('problem', { path, detail: { code: ROTTEN } });
    return { folder: config.name, path, healed: false, message: whole };
  }

  /** Returns why not, or undefined when the file is whole again. The damaged file goes to the trash. */
  async #heal(file: Checked): Promise<string | undefined> {
    const { id, path, content } = file;
    const outcomes = await this.#fetcher.fetch([{ entry: id, content, before: { path, content } }]);
    const outcome = outcomes.get(id);
    if (outcome === undefined || outcome.kind === 'unavailable') return 'no connected device has a good copy';
    if (outcome.kind === 'problem') return outcome.problem.message;
    return this.#context.turn.take(async () => {
      const entry = this.#context.index.entry(id);
      const synced = entry?.synced;
      if (entry === undefined || synced === undefined || isDirty(entry) || !sameContent(synced.content, content)) {
        return 'it changed meanwhile';
      }
      const step = { kind: 'replace', entry: id, at: standingPlace(synced), content } as const;
      const applied = await applyPlan(this.#context, this.#publisher, { steps: [step], postponed: [] }, [[]]);
      return applied.done.length > 0 ? undefined : (applied.problems[0]?.message ?? 'it changed meanwhile');
    });
  }

  async #read(batch: readonly Checked[]): Promise<readonly ReadOutcome[]> {
    const { disk, root, clock } = this.#context;
    const outcomes = new Map<EntryId, ReadOutcome>();
    const byEpoch = Map.groupBy(batch, ({ content }) => content.epoch);
    for (const [epoch, files] of byEpoch) {
      const keys: EpochKeys | undefined = this.#context.membership.keys(epoch);
      if (keys === undefined) continue;
      const nowNs = BigInt(clock.now()) * 1_000_000n;
      const paths = files.map(({ path }) => ({ path, kind: 'file' as const }));
      const job = { kind: 'read', root, keys, files: paths, nowNs, largeFrom: Number.POSITIVE_INFINITY } as const;
      const result = await onDisk(disk, job);
      for (const [index, { id }] of files.entries()) {
        const outcome = result.files[index];
        if (outcome !== undefined) outcomes.set(id, outcome);
      }
    }
    return batch.map(({ id }) => outcomes.get(id) ?? { kind: 'gone' });
  }

  /** All files that are here as agreed, some at a time. */
  async *#batches(): AsyncGenerator<readonly Checked[]> {
    const { index } = this.#context;
    let batch: Checked[] = [];
    let bytes = 0;
    for await (const page of index.standing()) {
      for (const { id, stamp } of page) {
        const content = index.entry(id)?.synced?.content;
        const path = stamp.kind === 'file' ? index.pathOf(id) : undefined;
        if (content?.kind !== 'file' || path === undefined) continue;
        batch.push({ id, path: path.join('/'), stamp, content });
        bytes += stamp.size;
        if (batch.length < READ_FILES && bytes < READ_BYTES) continue;
        yield batch;
        batch = [];
        bytes = 0;
      }
    }
    if (batch.length > 0) yield batch;
  }
}

function judge(file: Checked, outcome: ReadOutcome): 'good' | 'changed' | { readonly message: string } {
  if (outcome.kind === 'problem') return { message: `it can not be read: ${outcome.problem.message}` };
  // Edited, moved or deleted since the last scan: that is the scan's to find.
  if (outcome.kind !== 'file' || !sameStamp(outcome.stamp, file.stamp)) return 'changed';
  if (outcome.digest === file.content.digest) return 'good';
  return { message: 'its bytes changed though nobody wrote it' };
}
