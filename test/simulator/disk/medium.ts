import { carryOut, type Effect, provides, requires } from './effects.ts';
import { copyInode, type Inode } from './inode.ts';
import type { PowerCut } from './power-cut.ts';

/** More effects than this do not wait: the oldest half is written back, as kernels do after a while. */
const WAITING_LIMIT = 8192;

/** The durable layer of a disk: inodes as they are on the medium, and the effects that are not there yet, oldest first. */
export class Medium {
  #inodes = new Map<number, Inode>();
  #waiting: Effect[] = [];

  /** Effects not yet durable. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** An inode that was made; without a name it is lost by a power cut, unless it is the root of a volume. */
  born(inode: Inode): void {
    this.#inodes.set(inode.id, copyInode(inode));
  }

  add(effect: Effect): void {
    this.#waiting.push(effect);
    if (this.#waiting.length <= WAITING_LIMIT) return;
    for (const old of this.#waiting.splice(0, WAITING_LIMIT / 2)) carryOut(this.#inodes, old);
  }

  /** fsync of a file: its bytes, size and attributes, and not its names. */
  syncFile(inode: number): void {
    this.#settle((effect) => effect.kind !== 'names' && effect.inode === inode);
  }

  /**
   * fsync of a directory: the names in it, what they rest on, and the times of symlinks among them, which nobody can
   * sync by themselves and which journals write together with their names.
   */
  syncNames(directory: number): void {
    const wanted = new Set([`in ${directory}`]);
    const needed = new Set<Effect>();
    for (const effect of this.#waiting.toReversed()) {
      if (effect.kind !== 'names' || !provides(effect).some((key) => wanted.has(key))) continue;
      needed.add(effect);
      for (const key of requires(effect)) wanted.add(key);
    }
    const links = new Set([directory]);
    for (const effect of needed) {
      if (effect.kind !== 'names') continue;
      for (const id of effect.inodes) if (this.#inodes.get(id)?.kind === 'symlink') links.add(id);
    }
    this.#settle((effect) => needed.has(effect) || (effect.kind !== 'names' && links.has(effect.inode)));
  }

  syncAll(): void {
    this.#settle(() => true);
  }

  /** As a journal's own commit would: all names, no bytes. */
  settleNames(): void {
    this.#settle(({ kind }) => kind === 'names');
  }

  /** A sync that failed: what it should have written is forgotten, though processes still see it. */
  dropFile(inode: number): void {
    this.#waiting = this.#waiting.filter((effect) => effect.kind === 'names' || effect.inode !== inode);
  }

  /** The pages of everything, when a sync of the whole file system fails. */
  dropPages(): void {
    this.#waiting = this.#waiting.filter((effect) => effect.kind !== 'page');
  }

  /** The power goes: waiting effects meet their fates, and nothing waits any more. */
  cut(fateOf: PowerCut): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const lost = new Set<string>();
    for (const [index, effect] of waiting.entries()) {
      const fate = fateOf(effect, index, waiting.length);
      if (effect.kind === 'names') {
        if (fate === 'kept' && !requires(effect).some((key) => lost.has(key))) carryOut(this.#inodes, effect);
        else for (const key of provides(effect)) lost.add(key);
      } else if (fate === 'kept') carryOut(this.#inodes, effect);
      else if (effect.kind === 'page' && fate !== 'lost') {
        const bytes = fate === 'zeros' ? new Uint8Array(effect.bytes.length) : effect.bytes.subarray(0, fate.tornAt);
        carryOut(this.#inodes, { ...effect, bytes });
      }
    }
  }

  /** Copies of all that can be reached from the roots, with links and parents set. What can't be is forgotten. */
  reachable(roots: readonly number[]): Map<number, Inode> {
    const found = new Map<number, Inode>();
    const queue = [...roots];
    for (const root of roots) this.#visit(found, root, undefined);
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const [key, { child }] of found.get(id)?.children ?? []) {
        const seen = this.#visit(found, child, { directory: id, key });
        if (seen?.kind === 'directory') queue.push(child);
      }
    }
    this.#inodes = new Map([...found].map(([id, inode]) => [id, copyInode(inode)]));
    return found;
  }

  #visit(found: Map<number, Inode>, id: number, parent: Inode['parent']): Inode | undefined {
    const inode = found.get(id) ?? this.#copy(id);
    if (inode === undefined) return undefined;
    found.set(id, inode);
    inode.links += 1;
    inode.parent = parent;
    return inode;
  }

  #copy(id: number): Inode | undefined {
    const inode = this.#inodes.get(id);
    return inode && { ...copyInode(inode), links: 0, handles: 0 };
  }

  /** Copies of all inodes on the medium, for an image of the disk; nothing may wait. */
  copies(): Map<number, Inode> {
    return new Map([...this.#inodes].map(([id, inode]) => [id, copyInode(inode)]));
  }

  replace(inodes: Map<number, Inode>): void {
    this.#inodes = inodes;
    this.#waiting = [];
  }

  #settle(chosen: (effect: Effect) => boolean): void {
    const left: Effect[] = [];
    for (const effect of this.#waiting) {
      if (chosen(effect)) carryOut(this.#inodes, effect);
      else left.push(effect);
    }
    this.#waiting = left;
  }
}
