import { CodedError } from '../../protocol/errors.ts';
import { sameFrontier } from '../../protocol/frontier.ts';
import type { DeviceId, EntryId } from '../../protocol/ids.ts';
import type { ApiError, FolderState, FolderStatus } from '../../protocol/local-api.ts';
import type { DeviceAddresses, SyncState } from '../../protocol/message-types.ts';
import type { Watcher } from '../effects/watcher.ts';
import { recover } from './apply/apply.ts';
import { Reconciler } from './apply/reconcile.ts';
import { FolderGuard } from './care/guard.ts';
import { heldHere } from './care/held.ts';
import { type FolderContext, markScanned, onDisk } from './context.ts';
import { folderStatus } from './folder-status.ts';
import { Halt } from './halt.ts';
import { Housekeeping } from './housekeeping.ts';
import { Gossip } from './logs/gossip.ts';
import { hearFirst } from './logs/hear-first.ts';
import { Publisher } from './logs/publish.ts';
import { Receiver } from './logs/receive.ts';
import { listMembers } from './member-list.ts';
import { Progress, Rate } from './progress.ts';
import { Rest } from './rest.ts';
import { unsentDirectories } from './scan/reader-changes.ts';
import { RootWatch } from './scan/root-watch.ts';
import { Scanner } from './scan/scanner.ts';
import { Fetcher } from './transfer/fetch.ts';

/** How long a member that asks how far we are waits for a scan and its consequences. */
const FLUSH_MS = 20_000;

/** What the daemon lends to a folder. */
export interface FolderHooks {
  readonly watcher: Watcher;
  readonly addressesOf: (devices: readonly DeviceId[]) => readonly DeviceAddresses[];
  readonly learnAddresses: (addresses: readonly DeviceAddresses[]) => void;
  readonly onMembership: () => void;
}

/** One folder at work: the stages, wired. */
export class Folder {
  readonly context: FolderContext;
  readonly gossip: Gossip;
  readonly upload: Rate;
  readonly guard: FolderGuard;
  readonly #publisher: Publisher;
  readonly #receiver: Receiver;
  readonly #scanner: Scanner;
  readonly #fetcher: Fetcher;
  readonly #reconciler: Reconciler;
  readonly #progress: Progress;
  readonly #watch: RootWatch;
  readonly #halt: Halt;
  readonly #housekeeping: Housekeeping;
  #started = false;
  #stopped = false;
  readonly #rest: Rest;
  #lastState: FolderState | undefined;

  /** @param leftovers what an interrupted run left in sheaf's own directory */
  constructor(context: FolderContext, hooks: FolderHooks, leftovers: { readonly staged: readonly string[] }) {
    this.context = context;
    this.#halt = new Halt(context.clock, () => void this.#tryResume());
    this.#rest = new Rest(context.clock);
    this.#progress = new Progress(context.clock);
    this.#housekeeping = new Housekeeping(context, () => this.settled);
    this.#watch = new RootWatch(context, hooks.watcher, (hint) => {
      if (!this.#stopped && this.#halt.error === undefined) this.#scanner.hint(hint);
    });
    this.upload = new Rate(context.clock);
    this.#publisher = new Publisher(context, (head, entries) => this.gossip.spread(head, entries));
    this.#receiver = new Receiver(
      context,
      this.#publisher,
      (head, entries) => this.gossip.spread(head, entries),
      () => {
        const unsent = unsentDirectories(context);
        for (const directory of unsent) this.#scanner.again(directory);
        // Before a look at it nobody knows which of it is here already: fetching would fetch it again.
        if (unsent.size === 0 && (this.#started || context.config.scanned)) this.#reconciler.kick();
      },
    );
    this.gossip = new Gossip(context, this.#receiver, {
      flush: () => this.flush(FLUSH_MS),
      state: () => this.syncState(),
      addresses: () => hooks.addressesOf(context.membership.current.members.map(({ device }) => device)),
      learn: hooks.learnAddresses,
      onPeers: () => this.#onPeers(),
      onMembership: hooks.onMembership,
    });
    this.#fetcher = new Fetcher(
      context,
      () => this.gossip.sources(),
      (bytes) => this.#progress.rate.add(bytes),
      leftovers.staged,
    );
    this.#scanner = new Scanner(context, this.#publisher, {
      halt: (error) => this.halt(error),
      idle: () => {
        this.#onIdle();
        if (this.#started && this.#halt.error === undefined && context.index.counters().dirty > 0)
          this.#reconciler.kick();
      },
    });
    this.#reconciler = new Reconciler(context, this.#publisher, this.#fetcher, {
      scanAgain: (directory) => this.#scanner.again(directory),
      halt: (error) => this.halt(error),
      idle: () => this.#onIdle(),
      applied: (entries) => this.#progress.applied(entries),
    });
    this.guard = new FolderGuard(context, this.#publisher, this.#fetcher, {
      everywhere: () => {
        this.#scanner.everywhere();
        if (this.#started && this.#halt.error === undefined) this.#reconciler.kick(true);
      },
      at: (directory) => this.#scanner.scan(directory, false),
    });
  }

  /** Watches, scans everything, then follows. Resolves when the first scan is done or the folder is halted. */
  async start(parked: readonly string[]): Promise<void> {
    try {
      await recover(this.context, this.#publisher, parked as readonly EntryId[]);
      await this.#watch.start();
      await hearFirst(this.context, this.gossip, this.#receiver, () => this.#stopped);
      await this.#scanner.scan().then(() => markScanned(this.context));
      this.#started = true;
      this.#reconciler.kick(true);
      this.#housekeeping.start();
    } catch (error) {
      this.halt(error);
    }
    this.#tellState();
  }

  /** Stops everything on this disk until the reason is gone. Deletes nothing, infers nothing. */
  halt(error: unknown): void {
    if (this.#stopped) return;
    const { logger, emit, config } = this.context;
    const news = this.#halt.set(error);
    const { code, message } = this.#halt.error ?? { code: 'internal', message: '' };
    if (news) {
      logger.error('a folder is halted', { folder: config.name, code, message });
      if (code === 'internal' && error instanceof Error) logger.error(error.stack ?? '');
      emit('problem', { detail: { code, halted: true } });
    }
    this.#tellState();
  }

  async #tryResume(): Promise<void> {
    if (this.#stopped) return;
    const { disk, root } = this.context;
    try {
      await onDisk(disk, { kind: 'list', root, directories: [''] });
      // A plan that could not be finished may have left something parked.
      const { parked } = await onDisk(disk, { kind: 'prepare', path: root.path, marker: undefined });
      this.#halt.clear();
      await this.start(parked);
    } catch (error) {
      this.halt(error);
    }
  }

  get halted(): ApiError | undefined {
    return this.#halt.error;
  }

  /** Nothing known is left to do here: all is scanned, published and applied. */
  get settled(): boolean {
    return (
      this.#started &&
      this.#halt.error === undefined &&
      !this.#scanner.busy &&
      !this.#reconciler.busy &&
      heldHere(this.context) === 0 &&
      this.#scanner.unreadable.length === 0 &&
      this.context.index.counters().dirty <= this.#reconciler.orphans
    );
  }

  get unreadable(): readonly string[] {
    return this.#scanner.unreadable;
  }

  syncState(): SyncState {
    const pending = this.context.index.counters().dirty + heldHere(this.context);
    return { frontier: this.context.feeds.frontier(), settled: this.settled, pending };
  }

  /** Scans everything now and lets what follows from it happen, for at most `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const { clock } = this.context;
    const untilMs = clock.monotonicMs() + timeoutMs;
    // A device that joins hears what the others know before it looks at what it has; whoever asks must not hurry it.
    while (!this.#started && this.#halt.error === undefined && clock.monotonicMs() < untilMs)
      await this.#rest.next(untilMs - clock.monotonicMs());
    if (this.#halt.error !== undefined || !this.#started) return;
    try {
      await this.#scanner.scan();
    } catch (error) {
      return this.halt(error);
    }
    this.#reconciler.kick(true);
    while (!this.settled && this.#halt.error === undefined && clock.monotonicMs() < untilMs) {
      if (!this.#scanner.busy && !this.#reconciler.busy) return;
      await this.#rest.next(untilMs - clock.monotonicMs());
    }
  }

  async scan(path: string): ReturnType<Scanner['scan']> {
    if (this.#halt.error !== undefined) throw new CodedError(this.#halt.error.code, this.#halt.error.message);
    try {
      return await this.#scanner.scan(path, true);
    } catch (error) {
      this.halt(error);
      throw error;
    }
  }

  #onIdle(): void {
    this.#rest.tell();
    if (this.#stopped) return;
    if (this.settled) this.#halt.forget();
    this.gossip.tellApplied();
    this.#tellState();
  }

  #onPeers(): void {
    this.#fetcher.pump();
    if (this.#started && this.#halt.error === undefined && this.context.index.counters().dirty > 0)
      this.#reconciler.kick(true);
    this.#tellState();
  }

  #tellState(): void {
    // The state is read from the database, which is closed soon after a stop.
    if (this.#stopped) return;
    const state = this.state();
    if (state === this.#lastState) return;
    this.#lastState = state;
    this.context.emit('folder-state', { detail: { state } });
  }

  state(): FolderState {
    if (this.#halt.error !== undefined) return 'halted';
    if (!this.#started) return this.context.config.scanned ? 'starting' : 'scanning';
    if (this.#scanner.busy) return 'scanning';
    const { index, brakes, problems, membership, device: own } = this.context;
    const { dirty } = index.counters();
    const { receiving, overwriting } = brakes;
    const stuck = (receiving.held?.changes ?? 0) + (overwriting.held?.changes ?? 0) + this.#reconciler.orphans;
    if (dirty > stuck) return this.gossip.devices().length > 0 ? 'syncing' : 'waiting';
    if (dirty > 0 || heldHere(this.context) > 0 || problems.list().length > 0) return 'waiting';
    const synced = membership.current.members.every(({ device }) => device === own.id || this.inSyncWith(device));
    return synced ? 'in-sync' : 'waiting';
  }

  /** By what the member last told us: equal frontiers, and both disks show them. */
  inSyncWith(device: DeviceId): boolean {
    const state = this.gossip.stateOf(device);
    return state?.settled === true && this.settled && sameFrontier(state.frontier, this.context.feeds.frontier());
  }

  status(): FolderStatus {
    const { dirty, dirtyBytes } = this.context.index.counters();
    return folderStatus(this.context, {
      state: this.state(),
      halt: this.#halt.error ?? null,
      pendingDirectories: this.#scanner.pending,
      download: this.#progress.view(dirty, dirtyBytes),
      upload: { bytesPerSecond: this.upload.bytesPerSecond, bytesDone: this.upload.total },
      members: listMembers(this.context, this.gossip, (device) => this.inSyncWith(device)),
    });
  }

  /** Resolves when nothing of this folder runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#halt.stop();
    this.#housekeeping.stop();
    this.gossip.stop();
    await this.#watch.close();
    await this.#scanner.stop();
    await this.#reconciler.stop();
    await this.context.turn.take(() => Promise.resolve());
  }
}
