import type { Stamp } from '../../daemon/core/entry.ts';

/** A file, or a directory when it has children. */
export interface ModelNode {
  readonly inode: bigint;
  readonly children: Map<string, ModelNode> | undefined;
  bytes: string;
  mtimeNs: bigint;
  ctimeNs: bigint;
  executable: boolean;
}

/** A disk that is nothing but a tree of names: what a user does to it, and what a scan sees of it. */
export class ModelDisk {
  root: ModelNode;
  #inodes = 1n;
  #ticks = 1n;

  constructor() {
    this.root = this.directoryNode();
  }

  directoryNode(): ModelNode {
    return {
      inode: this.#inodes++,
      children: new Map(),
      bytes: '',
      mtimeNs: 0n,
      ctimeNs: this.#ticks++,
      executable: false,
    };
  }

  fileNode(bytes: string, mtimeNs: bigint, executable = false): ModelNode {
    return { inode: this.#inodes++, children: undefined, bytes, mtimeNs, ctimeNs: this.#ticks++, executable };
  }

  touch(node: ModelNode): void {
    node.ctimeNs = this.#ticks++;
  }

  /** All paths but the root's, parents first, sorted. */
  paths(): readonly string[] {
    const found: string[] = [];
    const walk = (node: ModelNode, prefix: string): void => {
      for (const [name, child] of [...(node.children ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        found.push(prefix + name);
        walk(child, `${prefix}${name}/`);
      }
    };
    walk(this.root, '');
    return found;
  }

  node(path: string): ModelNode | undefined {
    let at: ModelNode | undefined = this.root;
    for (const name of path === '' ? [] : path.split('/')) at = at?.children?.get(name);
    return at;
  }

  /** Puts a node at a path whose parent is there; what stood there is gone. */
  put(path: string, node: ModelNode): void {
    this.#parent(path)?.set(nameOf(path), node);
  }

  remove(path: string): void {
    this.#parent(path)?.delete(nameOf(path));
  }

  move(from: string, to: string): void {
    const node = this.node(from);
    if (node === undefined) throw new Error(`nothing at ${from}`);
    this.remove(from);
    this.touch(node);
    this.put(to, node);
  }

  /** Bytes of all files at and below a path. */
  bytesBelow(path: string): readonly string[] {
    const found: string[] = [];
    const walk = (node: ModelNode): void => {
      if (node.children === undefined) found.push(node.bytes);
      else for (const child of node.children.values()) walk(child);
    };
    const start = this.node(path);
    if (start !== undefined) walk(start);
    return found;
  }

  /** The whole disk as text, to compare two of them. */
  describe(): readonly string[] {
    return this.paths().map((path) => {
      const node = this.node(path);
      if (node?.children !== undefined) return `${path}/`;
      return `${path} = ${node?.bytes} @${node?.mtimeNs}${node?.executable === true ? ' x' : ''}`;
    });
  }

  #parent(path: string): Map<string, ModelNode> | undefined {
    return this.node(path.split('/').slice(0, -1).join('/'))?.children;
  }
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function stampOf(node: ModelNode): Stamp {
  return {
    kind: node.children === undefined ? 'file' : 'directory',
    size: node.bytes.length,
    executable: node.executable,
    mtimeNs: node.mtimeNs,
    ctimeNs: node.ctimeNs,
    inode: node.inode,
  };
}
