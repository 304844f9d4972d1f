import type { EntryId } from '../../../protocol/ids.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { type Entry, isDirty, sameContent, wantedPlacement } from '../../core/entry.ts';
import { planSteps } from '../../core/plan/plan.ts';
import { prerequisitesOf } from '../../core/plan/prerequisites.ts';
import type { Change, Postponed } from '../../core/plan/step.ts';
import type { Timer } from '../../effects/clock.ts';
import { Incoming } from '../care/incoming.ts';
import type { FolderContext } from '../context.ts';
import { splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import type { Fetcher } from '../transfer/fetch.ts';
import { type FetchOutcome, wantOf } from '../transfer/wants.ts';
import { type Applied, applyPlan } from './apply.ts';
import { diskTreeFor, toChange, wantedPath } from './disk-tree.ts';
import { LostVersions } from './lost-versions.ts';

/** Entries brought over in one round: enough to share two syncs of the disk, few enough to see progress. */
const ROUND_ENTRIES = 2048;
/** Bytes of content in one round, unless a single file is larger. */
const ROUND_BYTES = 64 * 1024 * 1024;
/** Waits before an entry that failed is tried again: doubling, between these. */
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 60_000;

interface Stuck {
  readonly untilMs: number;
  readonly delayMs: number;
  /** Where a problem is shown because of it. */
  readonly shownAt: string | undefined;
}

interface Round {
  readonly entries: ReadonlyMap<EntryId, Entry>;
  readonly outcomes: ReadonlyMap<EntryId, FetchOutcome>;
}

/** Brings this disk to what the registers say, round by round: fetch, plan, apply, commit. */
export class Reconciler {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #fetcher: Fetcher;
  readonly #scanAgain: (directory: string) => void;
  readonly #onHalt: (error: unknown) => void;
  readonly #onIdle: () => void;
  readonly #onApplied: (entries: number) => void;
  readonly #stuck = new Map<EntryId, Stuck>();
  readonly #lost: LostVersions;
  readonly #incoming: Incoming;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** Entries that only waited for others of the same run, and whether any of those got through. */
  readonly #postponed = new Set<EntryId>();
  /** Entries in directories that nobody has told of: these come with what else their author said, or never. */
  readonly #orphans = new Set<EntryId>();
  #progress = false;
  #timer: Timer | undefined;

  constructor(
    context: FolderContext,
    publisher: Publisher,
    fetcher: Fetcher,
    on: {
      readonly scanAgain: (directory: string) => void;
      readonly halt: (error: unknown) => void;
      readonly idle: () => void;
      readonly applied: (entries: number) => void;
    },
  ) {
    this.#context = context;
    this.#publisher = publisher;
    this.#fetcher = fetcher;
    this.#lost = new LostVersions(context, publisher);
    this.#incoming = new Incoming(context);
    this.#scanAgain = on.scanAgain;
    this.#onHalt = on.halt;
    this.#onIdle = on.idle;
    this.#onApplied = on.applied;
  }

  /** Dirty entries that nothing can be done about here, and that no member has more of. */
  get orphans(): number {
    return this.#orphans.size;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Something may have become possible: registers changed, a scan finished, a peer came. */
  kick(fresh = false): void {
    if (fresh)
      for (const [id, stuck] of this.#stuck) this.#stuck.set(id, { ...stuck, untilMs: 0, delayMs: RETRY_FIRST_MS / 2 });
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run()
      .catch((error: unknown) => this.#onHalt(error))
      .finally(() => {
        this.#running = undefined;
        if (this.#again) {
          this.#again = false;
          this.kick();
        } else this.#onIdle();
      });
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#progress = false;
      for (const id of this.#postponed) this.#stuck.delete(id);
      this.#postponed.clear();
      await this.#runRounds();
    } while (this.#progress && this.#postponed.size > 0 && !this.#stopped);
    this.#planRetry();
  }

  async #runRounds(): Promise<void> {
    // The next round's content is fetched while this one is applied.
    let fetching = this.#nextRound(new Set());
    for (;;) {
      const round = await fetching;
      if (round === undefined || this.#stopped) return;
      fetching = this.#nextRound(new Set(round.entries.keys()));
      // A failure of the round ahead is met when its turn comes.
      fetching.catch(() => undefined);
      await this.#apply(round);
    }
  }

  /** Chooses dirty entries and fetches what they need. Undefined when there is nothing to try now. */
  async #nextRound(taken: ReadonlySet<EntryId>): Promise<Round | undefined> {
    const entries = await this.#choose(taken);
    if (entries.size === 0) return undefined;
    const wants = [...entries.values()].flatMap((entry) => wantOf(this.#context.index, entry) ?? []);
    const outcomes = await this.#fetcher.fetch(wants);
    return { entries, outcomes };
  }

  async #choose(taken: ReadonlySet<EntryId>): Promise<ReadonlyMap<EntryId, Entry>> {
    const { index, clock } = this.#context;
    const now = clock.monotonicMs();
    const held = this.#incoming.held();
    const chosen = new Map<EntryId, Entry>();
    let bytes = 0;
    let after: Uint8Array | undefined;
    while (chosen.size < ROUND_ENTRIES && bytes < ROUND_BYTES) {
      const page = await index.dirty(ROUND_ENTRIES, after);
      for (const { id, key } of page) {
        after = key;
        if (taken.has(id) || chosen.has(id) || (this.#stuck.get(id)?.untilMs ?? 0) > now) continue;
        const entry = held === undefined ? undefined : index.entry(id);
        if (entry !== undefined && held?.(entry) === true) continue;
        bytes += this.#add(chosen, id, taken);
        if (chosen.size >= ROUND_ENTRIES || bytes >= ROUND_BYTES) break;
      }
      if (page.length < ROUND_ENTRIES) break;
    }
    return chosen;
  }

  /** Adds an entry and the directories it needs that are not on disk yet. Returns the bytes to fetch. */
  #add(chosen: Map<EntryId, Entry>, id: EntryId, taken: ReadonlySet<EntryId>): number {
    const { index } = this.#context;
    let bytes = 0;
    let at: EntryId = id;
    while (at !== ROOT_ENTRY && !chosen.has(at) && !taken.has(at)) {
      const entry = index.entry(at);
      if (entry === undefined || !isDirty(entry)) break;
      chosen.set(at, entry);
      bytes += wantOf(this.#context.index, entry)?.content.size ?? 0;
      const wanted = wantedPlacement(entry);
      if (wanted === undefined) break;
      at = wanted.parent;
    }
    return bytes;
  }

  async #apply(round: Round): Promise<void> {
    const { index, turn, brakes } = this.#context;
    const held = await this.#incoming.rewritesOf(round.entries, round.outcomes);
    await turn.take(async () => {
      const changes: Change[] = [];
      for (const [id, before] of round.entries) {
        const entry = held.has(id) ? undefined : index.entry(id);
        if (entry === undefined || !isDirty(entry)) continue;
        const outcome = round.outcomes.get(id);
        if (outcome !== undefined && outcome.kind !== 'staged') {
          this.#note(entry, outcome);
          continue;
        }
        // The registers moved on while it was fetched: the next round fetches what they want now.
        if (this.#needsOther(entry, before, outcome)) continue;
        changes.push(toChange(entry));
      }
      await this.#lost.giveUp();
      if (changes.length === 0) return;
      const { leaving, rewritten } = index.counters();
      const disk = await diskTreeFor(index, changes);
      const plan = planSteps(changes, disk);
      const applied = await applyPlan(this.#context, this.#publisher, plan, prerequisitesOf(plan.steps, disk));
      await brakes.receiving.passed(leaving - index.counters().leaving);
      await brakes.overwriting.passed(rewritten - index.counters().rewritten);
      this.#learn(applied, plan.postponed);
    });
  }

  #needsOther(entry: Entry, before: Entry, outcome: FetchOutcome | undefined): boolean {
    const want = wantOf(this.#context.index, entry);
    if (want === undefined) return false;
    return outcome === undefined || before.remote === undefined || !sameContent(before.remote.content, want.content);
  }

  #note(entry: Entry, outcome: Exclude<FetchOutcome, { kind: 'staged' }>): void {
    if (outcome.kind === 'unavailable') {
      this.#lost.note(entry, outcome.goneAt);
      return this.#delay(entry.id);
    }
    this.#show(entry.id, wantedPath(this.#context.index, entry), outcome.problem);
  }

  #show(entry: EntryId, path: string, { code, message }: { readonly code: string; readonly message: string }): void {
    const { problems, emit } = this.#context;
    const { shownAt = path } = this.#stuck.get(entry) ?? {};
    // It was to go elsewhere then: there nothing is wrong any more.
    if (shownAt !== path) problems.clear(shownAt);
    this.#delay(entry, path);
    if (problems.report(path, code, message)) emit('problem', { path, detail: { code } });
  }

  #learn(applied: Applied, postponed: readonly Postponed[]): void {
    const { problems, emit, index } = this.#context;
    for (const { entry, path } of applied.done) {
      this.#unstick(entry);
      problems.clear(path);
    }
    for (const { entry, path } of applied.changed) {
      this.#delay(entry);
      this.#scanAgain(splitPath(path).directory);
    }
    for (const problem of applied.problems) this.#show(problem.entry, problem.path, problem);
    for (const { entry, reason, blocker } of postponed) {
      this.#delay(entry);
      this.#postponed.add(entry);
      const unheardOf = this.#orphans.has(blocker) || index.entry(blocker)?.remote === undefined;
      if (reason === 'parent-missing' && unheardOf) this.#orphans.add(entry);
    }
    if (applied.done.length === 0) return;
    this.#progress = true;
    this.#onApplied(applied.done.length);
    const only = applied.done.length === 1 ? applied.done[0] : undefined;
    emit('applied', { ...(only === undefined ? {} : { path: only.path }), detail: { entries: applied.done.length } });
  }

  #delay(id: EntryId, shownAt: string | undefined = this.#stuck.get(id)?.shownAt): void {
    const delayMs = Math.min(RETRY_LAST_MS, 2 * (this.#stuck.get(id)?.delayMs ?? RETRY_FIRST_MS / 2));
    this.#stuck.set(id, { delayMs, untilMs: this.#context.clock.monotonicMs() + delayMs, shownAt });
  }

  /** It is as wanted, by whatever way: what was shown of it is over. */
  #unstick(id: EntryId): void {
    const shownAt = this.#stuck.get(id)?.shownAt;
    if (shownAt !== undefined) this.#context.problems.clear(shownAt);
    this.#stuck.delete(id);
    this.#orphans.delete(id);
  }

  #planRetry(): void {
    this.#timer?.cancel();
    const { clock, index } = this.#context;
    const now = clock.monotonicMs();
    let first = Number.POSITIVE_INFINITY;
    for (const [id, { untilMs }] of this.#stuck) {
      const entry = index.entry(id);
      if (entry === undefined || !isDirty(entry)) this.#unstick(id);
      else first = Math.min(first, Math.max(untilMs, now + RETRY_FIRST_MS / 2));
    }
    if (!Number.isFinite(first) || this.#stopped) return;
    this.#timer = clock.after(first - now, () => this.kick());
  }
}
