import { type FSWatcher, lstatSync, watch } from 'node:fs';
import type { Watch, WatchHint } from '../../effects/watcher.ts';
import { HintCollector, parentOf } from './hint-collector.ts';
import { rootIdentity } from './root-identity.ts';
import { fatalReason, rootGoneReason } from './watch-errors.ts';

/**
 * macOS and Windows: one recursive watch of the system for the whole tree. Both tell of a directory that was moved in,
 * but not of what is in it.
 */
export class SystemWatch implements Watch {
  readonly #root: string;
  readonly #identity: string | undefined;
  readonly #ignored: ReadonlySet<string>;
  readonly #hints: HintCollector;
  readonly #watcher: FSWatcher;
  readonly #renamed = new Set<string>();

  /** Throws when the root cannot be watched. */
  constructor(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void) {
    this.#root = root;
    this.#identity = rootIdentity(root);
    this.#ignored = new Set(ignored);
    this.#hints = new HintCollector(onHint, () => this.#beforeDrain());
    this.#watcher = watch(root, { recursive: true, persistent: false }, (type, name) => this.#onEvent(type, name));
    this.#watcher.on('error', (error) => this.#onError(error));
  }

  close(): Promise<void> {
    this.#hints.close();
    this.#watcher.close();
    return Promise.resolve();
  }

  #onEvent(type: string, name: string | null): void {
    this.#hints.countEvent();
    // Windows tells of an overflow of its buffer by an event without a name.
    if (name === null) {
      this.#hints.overflow();
      return;
    }
    const path = process.platform === 'win32' ? name.replaceAll('\\', '/') : name;
    if (this.#ignored.has(path.split('/', 1)[0] ?? '')) return;
    this.#hints.directory(parentOf(path) ?? '');
    if (type === 'rename') this.#renamed.add(path);
  }

  #onError(error: unknown): void {
    this.#fail(fatalReason(error, this.#root) ?? `Watching ${this.#root} failed: ${String(error)}`);
  }

  #beforeDrain(): void {
    if (rootIdentity(this.#root) !== this.#identity) {
      this.#fail(rootGoneReason(this.#root));
      return;
    }
    for (const path of this.#renamed) {
      const stats = lstatOrNothing(`${this.#root}/${path}`);
      if (stats?.isDirectory()) this.#hints.subtree(path);
    }
    this.#renamed.clear();
  }

  #fail(reason: string): void {
    this.#hints.fail(reason);
    this.#watcher.close();
  }
}

function lstatOrNothing(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
