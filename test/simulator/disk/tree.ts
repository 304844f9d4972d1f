import {
  type ChildName,
  type Inode,
  type InodeKind,
  makeInode,
  PAGE_BYTES,
  requireReplaceable,
  resize,
  roomOf,
  writeInto,
} from './inode.ts';
import { InodeNumbers } from './inode-numbers.ts';
import type { Medium } from './medium.ts';
import { diskError } from './operations.ts';
import { asKept, type DiskOptions, nameKey, requireTaken, storedName } from './options.ts';

/** Something at or in a directory may look different now. `name` is '' when it is the directory's own attributes. */
export type OnChange = (directory: number, name: string) => void;

/**
 * The visible layer: what every process sees at once. Each change is made here and handed to the medium as effects.
 * Knows nothing of handles, permissions or faults. Throws errors with errno codes.
 */
export class Tree {
  options: DiskOptions;
  onChange: OnChange | undefined;
  /** Directories that have another volume over them, with the root of that volume, and the other way round. */
  readonly mounts = new Map<number, number>();
  readonly mountedAt = new Map<number, number>();
  readonly numbers = new InodeNumbers();
  readonly #medium: Medium;
  readonly #nowNs: () => bigint;
  #inodes = new Map<number, Inode>();
  #usedBytes = 0;

  constructor(options: DiskOptions, medium: Medium, nowNs: () => bigint) {
    this.options = options;
    this.#medium = medium;
    this.#nowNs = nowNs;
  }

  get freeBytes(): number {
    return Math.max(0, this.options.capacityBytes - this.#usedBytes);
  }

  inode(id: number): Inode {
    const inode = this.#inodes.get(id);
    if (inode === undefined) throw diskError('ESTALE', 'inode', String(id));
    return inode;
  }

  /** Replaces all that is seen, after a power cut. */
  restore(inodes: Map<number, Inode>): void {
    this.#inodes = inodes;
    this.numbers.forgetFree();
    this.#usedBytes = 0;
    for (const inode of inodes.values()) this.#usedBytes += roomOf(inode.kind, inode.size);
    for (const [directory, root] of this.mounts) {
      if (inodes.has(directory)) continue;
      this.mounts.delete(directory);
      this.mountedAt.delete(root);
    }
  }

  /** Makes the root of a new volume. */
  makeVolume(device: bigint): Inode {
    const root = this.#make('directory', 0o755, '', device);
    root.links = 1;
    this.#medium.born(root);
    return root;
  }

  /** A child as it is seen: the root of a volume where one is mounted. */
  lookup(directory: Inode, name: string): Inode | undefined {
    const found = directory.children.get(nameKey(this.options, name));
    if (found === undefined) return undefined;
    return this.inode(this.mounts.get(found.child) ?? found.child);
  }

  /** Absolute path of a directory or of the last name a file got; '' when it has none. */
  pathOf(inode: Inode): string {
    const names: string[] = [];
    let at = inode;
    for (;;) {
      const over = this.mountedAt.get(at.id);
      if (over !== undefined) at = this.inode(over);
      if (at.parent === undefined) break;
      const above = this.#inodes.get(at.parent.directory);
      if (above === undefined) return '';
      names.push(above.children.get(at.parent.key)?.name ?? '');
      at = above;
    }
    return `/${names.toReversed().join('/')}`;
  }

  create(directory: Inode, name: string, kind: InodeKind, mode: number, target = ''): Inode {
    this.#requireFree(directory, name, 'create');
    const room = roomOf(kind, 0);
    if (room > this.freeBytes) throw diskError('ENOSPC', 'create', name);
    const inode = this.#make(kind, mode, target, directory.device);
    this.#usedBytes += room;
    inode.links = 1;
    this.#medium.born(inode);
    const change = this.#put(directory, name, inode);
    this.#medium.add({ kind: 'names', changes: [change], inodes: [inode.id], born: inode.id });
    return inode;
  }

  link(inode: Inode, directory: Inode, name: string): void {
    this.#requireFree(directory, name, 'link');
    if (inode.device !== directory.device) throw diskError('EXDEV', 'link', name);
    inode.links += 1;
    const change = this.#put(directory, name, inode);
    this.#medium.add({ kind: 'names', changes: [change], inodes: [inode.id] });
    this.#touch(inode);
  }

  /** Takes a name away; what has no other name and no handle is gone. Refuses directories that hold something. */
  remove(directory: Inode, name: string): void {
    this.#requireWritable('remove', name);
    const key = nameKey(this.options, name);
    const inode = this.#present(directory, key, 'remove');
    if (inode.children.size > 0) throw diskError('ENOTEMPTY', 'remove', name);
    this.#refuseMount(inode, 'remove');
    this.#take(directory, key, inode);
    this.#medium.add({
      kind: 'names',
      changes: [{ directory: directory.id, key, now: undefined }],
      inodes: [inode.id],
      ...(inode.kind === 'directory' ? { removed: inode.id } : {}),
    });
    this.#lostName(inode);
  }

  rename(from: Inode, name: string, to: Inode, toName: string): void {
    this.#requireWritable('rename', name);
    this.#requireWritable('rename', toName);
    const key = nameKey(this.options, name);
    const toKey = nameKey(this.options, toName);
    const inode = this.#present(from, key, 'rename');
    if (from.device !== to.device) throw diskError('EXDEV', 'rename', toName);
    if (to.links === 0) throw diskError('ENOENT', 'rename', toName);
    this.#refuseMount(inode, 'rename');
    const replaced = to.children.has(toKey) ? this.#present(to, toKey, 'rename') : undefined;
    const sameSlot = from === to && key === toKey;
    if (replaced === inode && !sameSlot) return;
    if (inode.kind === 'directory' && this.#isWithin(to, inode)) throw diskError('EINVAL', 'rename', toName);
    if (replaced !== undefined && !sameSlot) {
      this.#refuseMount(replaced, 'rename');
      requireReplaceable(inode, replaced, toName);
    }
    this.#take(from, key, inode);
    if (replaced !== undefined && !sameSlot) this.#take(to, toKey, replaced);
    const gone = { directory: from.id, key, now: undefined };
    const there = this.#put(to, toName, inode);
    this.#medium.add({
      kind: 'names',
      changes: sameSlot ? [there] : [gone, there],
      inodes: replaced === undefined ? [inode.id] : [inode.id, replaced.id],
      movesDirectory: inode.kind === 'directory',
      ...(replaced?.kind === 'directory' && !sameSlot ? { removed: replaced.id } : {}),
    });
    this.#touch(inode);
    if (replaced !== undefined && !sameSlot) this.#lostName(replaced);
  }

  exchange(from: Inode, name: string, to: Inode, toName: string): void {
    this.#requireWritable('exchange', name);
    const one = this.#present(from, nameKey(this.options, name), 'exchange');
    const two = this.#present(to, nameKey(this.options, toName), 'exchange');
    if (from.device !== to.device) throw diskError('EXDEV', 'exchange', toName);
    this.#refuseMount(one, 'exchange');
    this.#refuseMount(two, 'exchange');
    if (one === two) return;
    if (this.#isWithin(to, one) || this.#isWithin(from, two)) throw diskError('ENOTSUP', 'exchange', toName);
    const changes = [this.#put(to, toName, one), this.#put(from, name, two)];
    const movesDirectory = one.kind === 'directory' || two.kind === 'directory';
    this.#medium.add({ kind: 'names', changes, inodes: [one.id, two.id], movesDirectory });
    this.#touch(one);
    this.#touch(two);
  }

  /** Writes what there is room for, then throws ENOSPC if that was not all. */
  write(inode: Inode, bytes: Uint8Array, position: number): void {
    this.#requireWritable('write', '');
    const before = roomOf('file', inode.size);
    const fits = bytes.subarray(0, Math.max(0, before + this.freeBytes - position));
    for (let at = 0; at < fits.length; ) {
      const page = PAGE_BYTES - ((position + at) % PAGE_BYTES);
      const piece = fits.slice(at, at + page);
      writeInto(inode, piece, position + at);
      this.#medium.add({ kind: 'page', inode: inode.id, position: position + at, bytes: piece });
      at += piece.length;
    }
    this.#usedBytes += roomOf('file', inode.size) - before;
    if (fits.length > 0) this.#touch(inode, 'now');
    if (fits.length < bytes.length) throw diskError('ENOSPC', 'write', '');
  }

  truncate(inode: Inode, size: number): void {
    this.#requireWritable('truncate', '');
    this.#usedBytes += roomOf('file', size) - roomOf('file', inode.size);
    resize(inode, size);
    this.#medium.add({ kind: 'size', inode: inode.id, size });
    this.#touch(inode, 'now');
  }

  setMode(inode: Inode, mode: number): void {
    this.#requireWritable('chmod', '');
    inode.mode = mode & 0o7777;
    this.#touch(inode);
  }

  setMtime(inode: Inode, mtimeNs: bigint): void {
    this.#requireWritable('utimens', '');
    this.#touch(inode, asKept(this.options, mtimeNs));
  }

  /** Frees what has neither name nor handle. */
  release(inode: Inode): void {
    if (inode.links > 0 || inode.handles > 0 || !this.#inodes.delete(inode.id)) return;
    this.#usedBytes -= roomOf(inode.kind, inode.size);
    if (this.options.reuseInodes) this.numbers.giveBack(inode.number);
  }

  #make(kind: InodeKind, mode: number, target: string, device: bigint): Inode {
    const { id, number, used } = this.numbers.take();
    // No disk gives a number away while its old owner might come back.
    if (used) this.#medium.settleNames();
    const inode = makeInode({ id, number, device, kind, mode, birthtimeNs: this.#nowNs(), target });
    this.#inodes.set(inode.id, inode);
    return inode;
  }

  #requireFree(directory: Inode, name: string, call: string): void {
    this.#requireWritable(call, name);
    if (directory.links === 0) throw diskError('ENOENT', call, name);
    if (directory.children.has(nameKey(this.options, name))) throw diskError('EEXIST', call, name);
  }

  #requireWritable(call: string, subject: string): void {
    requireTaken(this.options, call, subject);
  }

  #refuseMount(inode: Inode, call: string): void {
    if (this.mounts.has(inode.id)) throw diskError('EBUSY', call, this.pathOf(inode));
  }

  #present(directory: Inode, key: string, call: string): Inode {
    const found = directory.children.get(key);
    if (found === undefined) throw diskError('ENOENT', call, key);
    return this.inode(found.child);
  }

  #isWithin(directory: Inode, above: Inode): boolean {
    for (let at: Inode | undefined = directory; at !== undefined; ) {
      if (at === above) return true;
      at = at.parent && this.#inodes.get(at.parent.directory);
    }
    return false;
  }

  #put(directory: Inode, name: string, inode: Inode): { directory: number; key: string; now: ChildName } {
    const key = nameKey(this.options, name);
    const now = { name: storedName(this.options, name), child: inode.id };
    directory.children.set(key, now);
    inode.parent = { directory: directory.id, key };
    this.#stampDirectory(directory, now.name);
    return { directory: directory.id, key, now };
  }

  #take(directory: Inode, key: string, inode: Inode): void {
    const name = directory.children.get(key)?.name ?? '';
    directory.children.delete(key);
    if (inode.parent?.directory === directory.id && inode.parent.key === key) inode.parent = undefined;
    this.#stampDirectory(directory, name);
  }

  #stampDirectory(directory: Inode, name: string): void {
    directory.mtimeNs = directory.ctimeNs = this.#nowNs();
    this.onChange?.(directory.id, name);
  }

  #lostName(inode: Inode): void {
    inode.links -= 1;
    if (inode.links > 0) this.#touch(inode);
    else this.release(inode);
  }

  /** Attributes changed: the ctime moves, and the mtime when one is given. */
  #touch(inode: Inode, changed: bigint | 'now' = inode.mtimeNs): void {
    const ctimeNs = this.#nowNs();
    const mtimeNs = changed === 'now' ? ctimeNs : changed;
    const { id, mode } = Object.assign(inode, { mtimeNs, ctimeNs });
    this.#medium.add({ kind: 'attributes', inode: id, mode, mtimeNs, ctimeNs });
    const at = inode.parent;
    if (at !== undefined)
      this.onChange?.(at.directory, this.#inodes.get(at.directory)?.children.get(at.key)?.name ?? '');
  }
}
