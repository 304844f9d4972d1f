import type { Inode } from './inode.ts';
import { Killed, type Operations } from './operations.ts';
import type { Tree } from './tree.ts';

/** What a process holds open. It ends with the process. */
export class DiskSession {
  ended = false;
  readonly #held = new Set<Inode>();

  require(): void {
    if (this.ended) throw new Killed();
  }

  hold(inode: Inode): void {
    inode.handles += 1;
    this.#held.add(inode);
  }

  end(tree: Tree): void {
    this.ended = true;
    for (const inode of this.#held) {
      inode.handles = 0;
      tree.release(inode);
    }
    this.#held.clear();
  }
}

/** A disk as the handles of one process use it. */
export interface ProcessDisk {
  readonly tree: Tree;
  readonly operations: Operations;
  readonly session: DiskSession;
  /** Makes names or bytes durable; 'lost' acts out a sync that fails. */
  readonly sync: (what: Inode | 'everything', lost: boolean) => void;
}
