import type { Inode } from './inode.ts';
import { diskError } from './operations.ts';
import type { Tree } from './tree.ts';

/** As many as Linux follows before it says ELOOP. */
const SYMLINKS_FOLLOWED_LIMIT = 40;

/** Where absolute paths lead. */
export class Paths {
  readonly #tree: Tree;
  readonly #root: number;

  constructor(tree: Tree, root: number) {
    this.#tree = tree;
    this.#root = root;
  }

  /** What a path leads to, symlinks followed, also the last unless told otherwise. ENOENT, ENOTDIR, ELOOP. */
  resolve(path: string, followLast = true): Inode {
    return this.#walk(this.#tree.inode(this.#root), path, followLast, { left: SYMLINKS_FOLLOWED_LIMIT });
  }

  #walk(start: Inode, path: string, followLast: boolean, budget: { left: number }): Inode {
    let at = path.startsWith('/') ? this.#tree.inode(this.#root) : start;
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    for (const [index, name] of names.entries()) {
      if (at.kind !== 'directory') throw diskError('ENOTDIR', 'open', path);
      const found = name === '..' ? this.#above(at) : this.#tree.lookup(at, name);
      if (found === undefined) throw diskError('ENOENT', 'open', path);
      if (found.kind === 'symlink' && (followLast || index + 1 < names.length)) {
        budget.left -= 1;
        if (budget.left < 0) throw diskError('ELOOP', 'open', path);
        at = this.#walk(at, found.target, true, budget);
      } else at = found;
    }
    return at;
  }

  #above(directory: Inode): Inode {
    const over = this.#tree.mountedAt.get(directory.id);
    const { parent } = over === undefined ? directory : this.#tree.inode(over);
    return this.#tree.inode(parent?.directory ?? this.#root);
  }
}
