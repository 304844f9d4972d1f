import type { Watch, Watcher, WatchHint } from '../../effects/watcher.ts';
import { createChokidarWatcher } from './chokidar-watcher.ts';
import { countEntries } from './count-entries.ts';
import { createLightWatcher } from './light-watcher.ts';
import { fatalReason } from './watch-errors.ts';

/**
 * chokidar for trees of up to `limitEntries` files and directories, the light watcher for larger ones, also for a tree
 * that grows larger while it is watched, that chokidar finds no watches for, or whose events it lost. docs/decisions/watchers.md has the
 * measurements.
 */
export function createChoosingWatcher(limitEntries: number): Watcher {
  const light = createLightWatcher();
  return {
    async watch(root, ignored, onHint) {
      if (countEntries(root, ignored, limitEntries) > limitEntries) return await light.watch(root, ignored, onHint);
      const growing = new GrowingWatch(light, root, ignored, onHint);
      await growing.start(limitEntries);
      return growing;
    },
  };
}

class GrowingWatch implements Watch {
  readonly #light: Watcher;
  readonly #root: string;
  readonly #ignored: readonly string[];
  readonly #onHint: (hint: WatchHint) => void;
  #current: Watch | undefined;
  #switching: Promise<void> | undefined;
  #closed = false;

  constructor(light: Watcher, root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void) {
    this.#light = light;
    this.#root = root;
    this.#ignored = ignored;
    this.#onHint = onHint;
  }

  async start(limitEntries: number): Promise<void> {
    const chokidar = createChokidarWatcher({
      limitEntries,
      onLimit: () => {
        this.#switching ??= this.#switch();
      },
    });
    const onHint = (hint: WatchHint): void => {
      if (hint.kind !== 'failed') this.#onHint(hint);
      // After a failure fewer watches may do; after lost events chokidar does not look for what it missed.
      if (hint.kind === 'failed' || hint.kind === 'overflow') this.#switching ??= this.#switch();
    };
    try {
      const started = await chokidar.watch(this.#root, this.#ignored, onHint);
      if (this.#switching) await started.close();
      else this.#current = started;
    } catch (error) {
      if (fatalReason(error, this.#root) === undefined) throw error;
      this.#switching ??= this.#switch();
    }
    await this.#switching;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#switching;
    await this.#current?.close();
  }

  /** The new watch stands before the old one ends, so that nothing falls between them. */
  async #switch(): Promise<void> {
    const before = this.#current;
    try {
      this.#current = await this.#startLight(before);
      this.#onHint({ kind: 'overflow' });
    } catch (error) {
      this.#current = undefined;
      const reason = fatalReason(error, this.#root) ?? `Watching ${this.#root} failed: ${String(error)}`;
      if (!this.#closed) this.#onHint({ kind: 'failed', reason });
    }
    await before?.close();
  }

  async #startLight(before: Watch | undefined): Promise<Watch> {
    try {
      return await this.#light.watch(this.#root, this.#ignored, this.#onHint);
    } catch (error) {
      if (before === undefined || fatalReason(error, this.#root) === undefined) throw error;
      // There are not enough watches for both; a gap that the overflow hint covers is better than none.
      await before.close();
      return await this.#light.watch(this.#root, this.#ignored, this.#onHint);
    }
  }
}
