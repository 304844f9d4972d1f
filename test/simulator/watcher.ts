import type { Watch, Watcher, WatchHint } from '../../daemon/effects/watcher.ts';
import type { VirtualDisk } from './disk/virtual-disk.ts';
import type { Life } from './life.ts';

/** How a watcher fails its owner. Zero for all is one that only takes its time. */
export interface WatcherLies {
  /** Chance that a change is never hinted at. */
  readonly drops: number;
  /** Chance of a hint at something that did not happen. */
  readonly invents: number;
  /** Chance that a change is hinted at as "something was lost". */
  readonly overflows: number;
  /** Longest time until a hint comes. */
  readonly lateMs: number;
}

export const HONEST: WatcherLies = { drops: 0, invents: 0, overflows: 0, lateMs: 30 };

/**
 * Watches a virtual disk. `changed` is to be called with every visible change; the disk itself tells only one listener.
 */
export class SimulatedWatcher implements Watcher {
  lies: WatcherLies = HONEST;
  readonly #life: Life;
  readonly #disk: VirtualDisk;
  #open: { readonly root: string; readonly ignored: readonly string[]; readonly onHint: (hint: WatchHint) => void }[] =
    [];

  constructor(life: Life, disk: VirtualDisk) {
    this.#life = life;
    this.#disk = disk;
  }

  async watch(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void): Promise<Watch> {
    await this.#life.later(1, 'watch', () => undefined);
    const open = { root, ignored, onHint };
    this.#open.push(open);
    return {
      close: async () => {
        this.#open = this.#open.filter((each) => each !== open);
        await Promise.resolve();
      },
    };
  }

  changed(directory: string, name: string): void {
    for (const watch of this.#open) {
      if (directory !== watch.root && !directory.startsWith(`${watch.root}/`)) continue;
      const relative = directory.slice(watch.root.length + 1);
      const first = relative === '' ? name : relative.split('/')[0];
      if (first !== undefined && watch.ignored.includes(first)) continue;
      this.#hint(watch, { kind: 'directory', directory: relative });
      if (this.#disk.user.kindOf(`${directory}/${name}`) !== 'directory') continue;
      this.#hint(watch, { kind: 'subtree', directory: relative === '' ? name : `${relative}/${name}` });
    }
  }

  #hint(watch: { readonly onHint: (hint: WatchHint) => void }, hint: WatchHint): void {
    const { dice } = this.#life.schedule;
    const { drops, invents, overflows, lateMs } = this.lies;
    const told: WatchHint[] = [];
    if (overflows > 0 && dice.chance(overflows)) told.push({ kind: 'overflow' });
    else if (drops === 0 || !dice.chance(drops)) told.push(hint);
    if (invents > 0 && dice.chance(invents))
      told.push({ kind: 'directory', directory: dice.pick(['', 'a', 'a/b', 'zz']) });
    for (const each of told) {
      this.#life.after(dice.delay(0, lateMs), 'hint', () => {
        if (this.#open.some((open) => open === watch)) watch.onHint(each);
      });
    }
  }
}
