import type { EntryId } from '../../../protocol/ids.ts';
import { type Entry, isRewritten, wantedPlacement } from '../../core/entry.ts';
import { wantedPath } from '../apply/disk-tree.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { entriesIn } from '../scan/departures.ts';
import type { FetchOutcome } from '../transfer/wants.ts';
import { HARMLESS_SHARE, PATHS_KEPT, SAMPLES } from './rewrites.ts';

const NONE: ReadonlySet<EntryId> = new Set();

/**
 * Holds what others deleted or rewrote in large numbers until a person here agrees; everything else goes on. Deletions are
 * counted before anything is done. Whether rewritten files look encrypted shows when the first of them are staged.
 */
export class Incoming {
  readonly #context: FolderContext;

  constructor(context: FolderContext) {
    this.#context = context;
  }

  /** What has to wait now, by what is known so far; undefined when nothing has to. */
  held(): ((entry: Entry) => boolean) | undefined {
    const deletions = this.#holdsDeletions();
    const rewrites = this.#holdsRewrites();
    if (!deletions && !rewrites) return undefined;
    return (entry) => (deletions && wantedPlacement(entry) === undefined) || (rewrites && isRewritten(entry));
  }

  #holdsDeletions(): boolean {
    const { index, brakes } = this.#context;
    const counters = index.counters();
    const verdict = brakes.receiving.judge(counters.leaving, entriesIn(counters));
    if (verdict === 'hold') brakes.receiving.hold(counters.leaving, entriesIn(counters));
    else brakes.receiving.release();
    return verdict === 'hold';
  }

  /** Once they are held they stay so, however many more come, until there are few or a person has decided. */
  #holdsRewrites(): boolean {
    const { index, brakes } = this.#context;
    const { overwriting } = brakes;
    if (overwriting.held === undefined) return false;
    const counters = index.counters();
    const holds = overwriting.judge(counters.rewritten, entriesIn(counters)) === 'hold';
    if (holds) overwriting.hold(counters.rewritten, entriesIn(counters), overwriting.paths);
    else overwriting.release();
    return holds;
  }

  /** What of a round that was fetched may not be applied, by what is in it. */
  async rewritesOf(
    entries: ReadonlyMap<EntryId, Entry>,
    outcomes: ReadonlyMap<EntryId, FetchOutcome>,
  ): Promise<ReadonlySet<EntryId>> {
    const { index, brakes } = this.#context;
    const { overwriting } = brakes;
    const rewritten = [...entries.values()].filter(isRewritten);
    if (rewritten.length === 0) return NONE;
    const counters = index.counters();
    const total = entriesIn(counters);
    if (overwriting.judge(counters.rewritten, total) !== 'hold') return NONE;
    if (overwriting.held === undefined) {
      const stages = rewritten.flatMap(({ id }) => {
        const outcome = outcomes.get(id);
        return outcome?.kind === 'staged' ? [outcome.stage] : [];
      });
      const share = await this.#suspiciousShare(stages);
      if (share < HARMLESS_SHARE) overwriting.forgive();
      if (overwriting.judge(Math.round(share * counters.rewritten), total) !== 'hold') return NONE;
      const paths = rewritten.slice(0, PATHS_KEPT).map((entry) => wantedPath(index, entry));
      overwriting.hold(counters.rewritten, total, paths);
    }
    return new Set(rewritten.map(({ id }) => id));
  }

  /** Of some of them, the share that looks encrypted. What can not be read says nothing. */
  async #suspiciousShare(stages: readonly string[]): Promise<number> {
    const { disk, root } = this.#context;
    const step = Math.max(1, stages.length / SAMPLES);
    const chosen: string[] = [];
    for (let at = 0; at < stages.length; at += step) chosen.push(...stages.slice(Math.floor(at), Math.floor(at) + 1));
    if (chosen.length === 0) return 0;
    const { encrypted } = await onDisk(disk, { kind: 'peek', root, stages: chosen });
    const read = encrypted.filter((each) => each !== undefined);
    return read.length === 0 ? 0 : read.filter((each) => each).length / read.length;
  }
}
