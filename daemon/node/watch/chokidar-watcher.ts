import { join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Watch, Watcher, WatchHint } from '../../effects/watcher.ts';
import { fileSystemError } from '../disk/errors.ts';
import { HintCollector, parentOf } from './hint-collector.ts';
import { rootIdentity } from './root-identity.ts';
import { fatalReason, rootGoneReason } from './watch-errors.ts';

/**
 * chokidar reads a new directory before it watches it; what appears in between goes unnoticed. So a new directory is
 * hinted at a second time after this delay.
 */
const SECOND_LOOK_MS = 250;

export interface ChokidarOptions {
  /** Called once when more than this many files and directories are watched. */
  readonly limitEntries?: number;
  readonly onLimit?: () => void;
}

/** Watches every file and directory through chokidar: about 4.5 KB of memory and 20 µs of starting each. */
export function createChokidarWatcher(options: ChokidarOptions = {}): Watcher {
  return {
    async watch(root, ignored, onHint) {
      // chokidar itself waits in silence for a root that is not there.
      if (rootIdentity(root) === undefined) throw fileSystemError('ENOENT', 'watch', root);
      const started = new ChokidarWatch(root, ignored, onHint, options);
      await started.ready;
      return started;
    },
  };
}

class ChokidarWatch implements Watch {
  readonly ready: Promise<void>;
  readonly #root: string;
  readonly #identity: string | undefined;
  readonly #hints: HintCollector;
  readonly #watcher: FSWatcher;
  readonly #options: ChokidarOptions;
  readonly #secondLooks = new Set<string>();
  #secondLookTimer: NodeJS.Timeout | undefined;
  readonly #directories = new Set<string>();
  #entries = 0;

  constructor(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void, options: ChokidarOptions) {
    this.#root = root;
    this.#identity = rootIdentity(root);
    this.#options = options;
    this.#hints = new HintCollector(onHint, () => {
      if (rootIdentity(root) !== this.#identity) this.#fail(rootGoneReason(root));
    });
    const ignoredPaths = new Set(ignored.map((name) => join(root, name)));
    // `atomic` would hold removals back for 100 ms, to hide that an editor replaces files; scans see that themselves.
    this.#watcher = watch(root, {
      ignored: (path) => ignoredPaths.has(path),
      followSymlinks: false,
      atomic: false,
      ignorePermissionErrors: true,
    });
    let isReady = false;
    this.#watcher.on('raw', (_event, _name, details) => this.#onRawEvent(details));
    this.#watcher.on('all', (event, path) => {
      this.#count(event, path);
      if (isReady) this.#onEvent(event, path);
    });
    this.ready = new Promise((resolve, reject) => {
      this.#watcher.on('ready', () => {
        isReady = true;
        resolve();
      });
      this.#watcher.on('error', (error) => {
        const reason = fatalReason(error, root);
        if (reason === undefined) return;
        if (isReady) return this.#fail(reason);
        void this.close();
        reject(error);
      });
    });
  }

  async close(): Promise<void> {
    this.#hints.close();
    clearTimeout(this.#secondLookTimer);
    await this.#watcher.close();
  }

  /**
   * The system's own event, before chokidar has looked at the disk: some never become one of chokidar's, as when a
   * directory is removed and made again at once.
   */
  #onRawEvent(details: unknown): void {
    this.#hints.countEvent();
    const watched = typeof details === 'object' && details !== null && 'watchedPath' in details && details.watchedPath;
    if (typeof watched !== 'string') return;
    const path = this.#relative(watched);
    this.#hints.directory(this.#directories.has(path) ? path : (parentOf(path) ?? ''));
  }

  #relative(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }

  #onEvent(event: string, path: string): void {
    const changed = this.#relative(path);
    this.#hints.directory(parentOf(changed) ?? '');
    if (event !== 'addDir') return;
    this.#hints.subtree(changed);
    this.#secondLooks.add(changed);
    this.#secondLookTimer ??= setTimeout(() => this.#lookAgain(), SECOND_LOOK_MS);
  }

  #lookAgain(): void {
    this.#secondLookTimer = undefined;
    for (const path of this.#secondLooks) this.#hints.subtree(path);
    this.#secondLooks.clear();
  }

  #count(event: string, path: string): void {
    if (event === 'addDir') this.#directories.add(this.#relative(path));
    else if (event === 'unlinkDir') this.#directories.delete(this.#relative(path));
    if (event === 'add' || event === 'addDir') this.#entries += 1;
    else if (event !== 'change') this.#entries -= 1;
    if (this.#entries <= (this.#options.limitEntries ?? Number.POSITIVE_INFINITY)) return;
    this.#entries = Number.NEGATIVE_INFINITY;
    this.#options.onLimit?.();
  }

  #fail(reason: string): void {
    this.#hints.fail(reason);
    void this.close();
  }
}
