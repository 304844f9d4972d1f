import type { Inode, InodeKind } from './inode.ts';
import { diskError } from './operations.ts';
import type { Paths } from './paths.ts';
import type { Tree } from './tree.ts';

/** One thing as a person finds it. */
export interface Found {
  readonly kind: InodeKind;
  /** Of a file, a copy; of a symlink its target in UTF-8; empty for the rest. */
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

/**
 * A person and their programs at the disk. Paths are absolute; symlinks on the way are followed, the last one is not
 * unless it is written to. Throws errors with errno codes.
 */
export class DiskUser {
  readonly #tree: Tree;
  readonly #paths: Paths;

  constructor(tree: Tree, paths: Paths) {
    this.#tree = tree;
    this.#paths = paths;
  }

  /** Makes a directory and those above it. */
  makeDirectories(path: string): void {
    let above = '';
    for (const name of path.split('/').filter((each) => each !== '')) {
      const next = `${above}/${name}`;
      if (this.kindOf(next) === undefined) this.#create(next, 'directory', 0o755);
      above = next;
    }
  }

  /** Writes a file in place: an existing one is emptied first, and keeps its inode, mode and links. */
  write(path: string, bytes: Uint8Array): void {
    const file = this.#fileToWrite(path);
    this.#tree.truncate(file, 0);
    this.#tree.write(file, bytes, 0);
  }

  /** As careful editors save: a new file beside it, renamed over it. */
  replace(path: string, bytes: Uint8Array): void {
    const beside = `${path}.new~`;
    this.write(beside, bytes);
    this.rename(beside, path);
  }

  writeAt(path: string, bytes: Uint8Array, position: number): void {
    this.#tree.write(this.#fileToWrite(path), bytes, position);
  }

  append(path: string, bytes: Uint8Array): void {
    const file = this.#fileToWrite(path);
    this.#tree.write(file, bytes, file.size);
  }

  truncate(path: string, size: number): void {
    this.#tree.truncate(this.#paths.resolve(path), size);
  }

  read(path: string): Uint8Array {
    const file = this.#paths.resolve(path);
    if (file.kind === 'directory') throw diskError('EISDIR', 'read', path);
    return file.bytes.slice(0, file.size);
  }

  rename(path: string, to: string): void {
    const from = this.#place(path);
    const target = this.#place(to);
    this.#tree.rename(from.directory, from.name, target.directory, target.name);
  }

  /** Two things change places, by way of a third name. */
  swap(path: string, other: string): void {
    const aside = `${path}.swap~`;
    this.rename(path, aside);
    this.rename(other, path);
    this.rename(aside, other);
  }

  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void {
    const { directory, name } = this.#place(path);
    this.#removeTree(directory, name);
  }

  link(path: string, to: string): void {
    const { directory, name } = this.#place(to);
    this.#tree.link(this.#paths.resolve(path, false), directory, name);
  }

  symlink(path: string, target: string): void {
    this.#create(path, 'symlink', 0o777, target);
  }

  /** A pipe or a socket. */
  special(path: string, kind: 'fifo' | 'socket'): void {
    this.#create(path, kind, 0o644);
  }

  chmod(path: string, mode: number): void {
    this.#tree.setMode(this.#paths.resolve(path), mode);
  }

  setMtime(path: string, mtimeNs: bigint): void {
    this.#tree.setMtime(this.#paths.resolve(path, false), mtimeNs);
  }

  /** What stands at a path itself, not followed; undefined when nothing does. */
  kindOf(path: string): InodeKind | undefined {
    return this.#lookup(path, false)?.kind;
  }

  /** The path without symlinks; undefined when it leads nowhere. */
  realPath(path: string): string | undefined {
    const inode = this.#lookup(path, true);
    return inode && this.#tree.pathOf(inode);
  }

  /** Names in a directory, sorted. */
  names(path: string): readonly string[] {
    return [...this.#paths.resolve(path).children.values()].map(({ name }) => name).sort();
  }

  /** Everything below a directory by relative path, sorted; symlinks are not followed. */
  tree(path: string, ignored: readonly string[] = []): ReadonlyMap<string, Found> {
    const found = new Map<string, Found>();
    this.#walk(this.#paths.resolve(path), '', ignored, found);
    return found;
  }

  #walk(directory: Inode, prefix: string, ignored: readonly string[], found: Map<string, Found>): void {
    const children = [...directory.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name } of children) {
      const inode = this.#tree.lookup(directory, name);
      if (inode === undefined || (prefix === '' && ignored.includes(name))) continue;
      const { kind, mode, mtimeNs } = inode;
      const bytes = kind === 'symlink' ? new TextEncoder().encode(inode.target) : inode.bytes.slice(0, inode.size);
      found.set(prefix + name, { kind, bytes, mode, mtimeNs, inode: inode.number });
      if (kind === 'directory') this.#walk(inode, `${prefix}${name}/`, ignored, found);
    }
  }

  #removeTree(directory: Inode, name: string): void {
    const inode = this.#tree.lookup(directory, name);
    if (inode?.kind === 'directory') {
      for (const child of [...inode.children.values()]) this.#removeTree(inode, child.name);
    }
    this.#tree.remove(directory, name);
  }

  #create(path: string, kind: InodeKind, mode: number, target?: string): Inode {
    const { directory, name } = this.#place(path);
    return this.#tree.create(directory, name, kind, mode, target);
  }

  #fileToWrite(path: string): Inode {
    const found = this.#lookup(path, true) ?? this.#create(path, 'file', 0o644);
    if (found.kind === 'directory') throw diskError('EISDIR', 'write', path);
    return found;
  }

  #lookup(path: string, follow: boolean): Inode | undefined {
    try {
      return this.#paths.resolve(path, follow);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return;
      throw error;
    }
  }

  #place(path: string): { readonly directory: Inode; readonly name: string } {
    const at = path.lastIndexOf('/');
    const directory = this.#paths.resolve(path.slice(0, at) || '/');
    if (directory.kind !== 'directory') throw diskError('ENOTDIR', 'open', path);
    return { directory, name: path.slice(at + 1) };
  }
}
