import type { EntryId } from '../../../protocol/ids.ts';
import { asListed } from '../../core/names/disk-names.ts';
import type { Timer } from '../../effects/clock.ts';
import type { FolderContext } from '../context.ts';
import { splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import type { LookHint } from './root-watch.ts';
import { Scan, type ScanScope, type ScanSummary } from './scan.ts';
import { ScanSink } from './scan-sink.ts';

/** A burst of hints becomes one scan; an editor's save is several operations within a few milliseconds. */
const DEBOUNCE_MS = 20;
/** A directory with a file that was being written is looked at again after this. */
const AGAIN_MS = 60;
/** What could not be read is tried again after a while: at first soon, then doubling, between these. */
const TROUBLE_FIRST_MS = 5000;
const TROUBLE_LAST_MS = 10 * 60 * 1000;
/** Everything is scanned this often even if nothing hints at a change, jittered by a quarter. */
const FULL_EVERY_MS = 60 * 60 * 1000;
/** More directories than this at once are scanned as the whole tree. */
const SCOPES_LIMIT = 4096;

/** Decides when to scan what. One scan at a time. */
export class Scanner {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #onHalt: (error: unknown) => void;
  readonly #onIdle: () => void;
  #scopes = new Map<string, boolean>();
  /** By path, with the directory's entry where it is known. */
  #later = new Map<string, EntryId | undefined>();
  #timer: Timer | undefined;
  #laterTimer: Timer | undefined;
  readonly #troubled = new Set<string>();
  /** What could not be read when it was last looked at, by path, and with which code. */
  readonly #unreadable = new Map<string, string>();
  #triedAgain = new Set<string>();
  #troubleMs = TROUBLE_FIRST_MS;
  #troubleTimer: Timer | undefined;
  #fullTimer: Timer | undefined;
  #running: Promise<ScanSummary> | undefined;
  #stopped = false;

  constructor(
    context: FolderContext,
    publisher: Publisher,
    on: { readonly halt: (error: unknown) => void; readonly idle: () => void },
  ) {
    this.#context = context;
    this.#publisher = publisher;
    this.#onHalt = on.halt;
    this.#onIdle = on.idle;
  }

  /** Directories known to need a look. */
  get pending(): number {
    return this.#scopes.size + this.#later.size;
  }

  get busy(): boolean {
    return this.#running !== undefined || this.pending > 0;
  }

  /** Paths that may hold what the others lack, as they can not be read; none where nothing is sent anyway. */
  get unreadable(): readonly string[] {
    const { problems, membership, device } = this.#context;
    if (this.#unreadable.size === 0 || !membership.mayWrite(device.id)) return [];
    return [...this.#unreadable].flatMap(([path, code]) => (problems.codeAt(path) === code ? [path] : []));
  }

  hint(hint: LookHint): void {
    if (hint.kind === 'overflow') this.#add('', true);
    else this.#add(hint.directory, hint.kind === 'subtree');
  }

  /**
   * A directory whose content did not hold still, or is not as the index says.
   * @param id its entry: it may stand elsewhere when its turn comes, and be looked for there
   */
  again(directory: string, id?: EntryId): void {
    this.#later.set(directory, id);
    if (this.#stopped || this.#laterTimer !== undefined) return;
    this.#laterTimer = this.#context.clock.after(AGAIN_MS, () => {
      this.#laterTimer = undefined;
      const due = this.#later;
      this.#later = new Map();
      for (const [path, id] of due) {
        const now = id === undefined ? undefined : this.#context.index.pathOf(id)?.join('/');
        this.#add(now ?? path, false);
      }
    });
  }

  /** A directory or a file that could not be read: it is tried again by and by, as it may stay so. */
  #trouble(path: string, code: string): void {
    this.#troubled.add(path);
    this.#unreadable.set(path, code);
    if (this.#stopped || this.#troubleTimer !== undefined) return;
    this.#troubleTimer = this.#context.clock.after(this.#troubleMs, () => {
      this.#troubleTimer = undefined;
      this.#troubleMs = Math.min(this.#troubleMs * 2, TROUBLE_LAST_MS);
      for (const each of this.#troubled) {
        this.#add(splitPath(each).directory, false);
        this.#add(each, true);
        this.#triedAgain.add(each);
      }
      this.#troubled.clear();
    });
  }

  /** Everything, soon. */
  everywhere(): void {
    this.#add('', true);
  }

  #add(told: string, recursive: boolean): void {
    if (this.#stopped) return;
    const path = asListed(this.#context.index.names, told);
    this.#scopes.set(path, recursive || this.#scopes.get(path) === true);
    if (this.#scopes.size > SCOPES_LIMIT) this.#scopes = new Map([['', true]]);
    if (this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = this.#context.clock.after(DEBOUNCE_MS, () => {
      this.#timer = undefined;
      void this.#runPending();
    });
  }

  async #runPending(): Promise<void> {
    if (this.#running !== undefined || this.#stopped) return;
    const scopes = [...this.#scopes].map(([path, recursive]) => ({ path, recursive }));
    this.#scopes = new Map();
    if (scopes.length === 0) return;
    const tried = this.#triedAgain;
    this.#triedAgain = new Set();
    try {
      await this.#run(scopes);
      // Readable now, or gone.
      for (const path of tried) if (!this.#troubled.has(path)) this.#context.problems.clear(path);
    } catch (error) {
      this.#onHalt(error);
    }
  }

  async #run(scopes: readonly ScanScope[]): Promise<ScanSummary> {
    const whole = scopes.some(({ path, recursive }) => path === '' && recursive);
    const before = whole ? this.unreadable : [];
    const met = new Set<string>();
    const sink = new ScanSink(
      this.#context,
      this.#publisher,
      (directory, id) => this.again(directory, id),
      (path, code) => {
        met.add(path);
        this.#trouble(path, code);
      },
      whole ? undefined : () => this.everywhere(),
    );
    const running = new Scan(this.#context, sink).run(scopes);
    this.#running = running;
    try {
      const summary = await running;
      const { directories, entries, changed } = summary;
      this.#overcome(before.filter((path) => !met.has(path)));
      if (this.#troubleTimer === undefined) this.#troubleMs = TROUBLE_FIRST_MS;
      if (changed > 0 || whole) {
        this.#context.emit('scan-finished', { detail: { directories, entries, changed } });
      }
      return summary;
    } finally {
      this.#running = undefined;
      if (this.#scopes.size > 0 && !this.#stopped)
        this.#timer ??= this.#context.clock.after(DEBOUNCE_MS, () => {
          this.#timer = undefined;
          void this.#runPending();
        });
      else this.#onIdle();
    }
  }

  /** A look at everything did not meet these again: they are gone, or can be read. */
  #overcome(paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#context.problems.codeAt(path) === this.#unreadable.get(path)) this.#context.problems.clear(path);
      this.#unreadable.delete(path);
    }
  }

  /** Scans now, after what is under way. Throws what stops the folder ('root-missing', …). */
  async scan(path = '', recursive = true): Promise<ScanSummary> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    if (this.#stopped) return { directories: 0, entries: 0, changed: 0 };
    if (path === '' && recursive) {
      this.#scopes = new Map();
      this.#planFull();
    }
    return this.#run([{ path: asListed(this.#context.index.names, path), recursive }]);
  }

  #planFull(): void {
    this.#fullTimer?.cancel();
    const [byte = 128] = this.#context.random.bytes(1);
    const delayMs = FULL_EVERY_MS * (0.75 + byte / 512);
    this.#fullTimer = this.#context.clock.after(delayMs, () => this.#add('', true));
  }

  /** Resolves when the scan under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#laterTimer?.cancel();
    this.#troubleTimer?.cancel();
    this.#fullTimer?.cancel();
    await this.#running?.catch(() => undefined);
  }
}
