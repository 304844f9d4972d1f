import { HIDDEN } from '../../../daemon/engine/disk/places.ts';
import type { Dice } from '../dice.ts';
import { nameKey } from '../disk/options.ts';
import type { Found } from '../disk/user.ts';
import type { Schedule } from '../schedule.ts';
import { ROOT, type SimulatedDevice } from './device.ts';
import { type Ledger, nameOf } from './ledger.ts';
import { type Action, type Change, type Deed, NAMES } from './script.ts';

/** A slow program writes this many times more, with pauses up to so long. */
const SLOW_PARTS = 3;
const SLOW_MS = 300;

/** Whoever works at one device: does what an action says if there is anything to do it to, and enters it in the ledger. */
export class Person {
  readonly #device: SimulatedDevice;
  readonly #ledger: Ledger;
  readonly #schedule: Schedule;
  readonly #dice: Dice;
  /** What this person calls things. */
  readonly #names: readonly string[];
  /** True once anything was done here. */
  acted = false;
  /** Directories made so far by everybody at this device. */
  #directories = 0;
  /** Writes in place so far. */
  writes = 0;
  /** What was last written where by meddling. */
  readonly #meddled = new Map<string, { readonly atMs: number; readonly bytes: Uint8Array }>();

  constructor(device: SimulatedDevice, ledger: Ledger, schedule: Schedule, names: readonly string[] = NAMES) {
    this.#names = names;
    this.#device = device;
    this.#ledger = ledger;
    this.#schedule = schedule;
    this.#dice = schedule.dice.fork();
  }

  /** What is in the folder on this disk, by relative path; nothing while the root is away. */
  tree(): ReadonlyMap<string, Found> {
    const { user } = this.#device.disk;
    return user.kindOf(ROOT) === 'directory' ? user.tree(ROOT, [HIDDEN]) : new Map();
  }

  /** Returns what was done, for the trace; undefined when there was nothing to do it to. */
  act(action: Action): string | undefined {
    const { user } = this.#device.disk;
    // A person who finds the directory empty because its disk is away does not start over in it.
    if (user.kindOf(`${ROOT}/${HIDDEN}/folder`) !== 'file') return undefined;
    return this.#attempt(action.kind, (tree) => this.#do(action, tree));
  }

  /** Does something to one path, by its own name, whatever is there. Returns what was done, if anything. */
  meddle(named: string, deed: Deed, size: number): string | undefined {
    const { user } = this.#device.disk;
    if (user.kindOf(`${ROOT}/${HIDDEN}/folder`) !== 'file') return undefined;
    return this.#attempt(`meddle with ${named}`, (tree) => {
      const path = this.#standing(tree, named) ?? named;
      const found = tree.get(path);
      // Who writes twice in one instant means the second, even if the daemon had the first in its hands in between.
      const { atMs, bytes } = this.#meddled.get(path) ?? {};
      if (bytes !== undefined && atMs === this.#schedule.nowMs) this.#ledger.gaveUp(bytes);
      const fresh = this.#ledger.fresh(size);
      this.#meddled.set(path, { atMs: this.#schedule.nowMs, bytes: fresh });
      if (found?.kind === 'directory') {
        if (tree.has(`${path}/m`)) return undefined;
        this.#write(`${path}/m`, fresh, undefined);
      } else if (deed === 'remove') {
        if (found === undefined) return undefined;
        this.#giveUp(tree, path);
        user.remove(at(path));
      } else if (found?.kind === 'symlink' || user.kindOf(at(path.replace(/(^|\/)[^/]*$/, ''))) !== 'directory') {
        return undefined;
      } else if (deed === 'write') this.#write(path, fresh, found);
      else this.#save(tree, path, fresh);
      return `meddles with ${path} (${deed})`;
    });
  }

  #attempt(what: string, work: (tree: ReadonlyMap<string, Found>) => string | undefined): string | undefined {
    const before = this.tree();
    try {
      const done = work(before);
      if (done !== undefined) this.acted = true;
      return done;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      // Disks may be full, and names too long: then it is half done, and what it came to may stand there.
      const after = this.tree();
      for (const { bytes } of after.values()) this.#ledger.wrote(bytes, this.#device.name, false);
      const left = new Set([...after.values()].map(({ bytes }) => nameOf(bytes)));
      for (const { bytes } of before.values()) if (!left.has(nameOf(bytes))) this.#ledger.gaveUp(bytes);
      this.acted = true;
      return `fails to ${what}`;
    }
  }

  #do(action: Action, tree: ReadonlyMap<string, Found>): string | undefined {
    switch (action.kind) {
      case 'create':
      case 'directory':
      case 'symlink':
        return this.#make(action, tree);
      case 'move':
      case 'copy':
        return this.#bring(action, tree);
      case 'swap':
        return this.#swap(action, tree);
      case 'recase':
        return this.#recase(action.target, tree);
      case 'remove':
      case 'retype': {
        const path = of([...tree.keys()], action.target);
        if (path === undefined) return undefined;
        const wasDirectory = tree.get(path)?.kind === 'directory';
        this.#giveUp(tree, path);
        this.#device.disk.user.remove(at(path));
        if (action.kind === 'remove') return `removes ${path}`;
        if (wasDirectory) this.#write(path, this.#ledger.fresh(action.size), undefined);
        else this.#device.disk.user.makeDirectories(at(path));
        return `makes ${path} a ${wasDirectory ? 'file' : 'directory'}`;
      }
      default:
        return this.#change(action, tree);
    }
  }

  #make(
    action: Extract<Action, { kind: 'create' | 'directory' | 'symlink' }>,
    tree: ReadonlyMap<string, Found>,
  ): string | undefined {
    const { user } = this.#device.disk;
    let path = inside(tree, action.parent, this.#names[action.name]);
    if (action.kind === 'directory' && action.name % 2 === 1) {
      this.#directories += 1;
      const name = `dir-${this.#device.name}-${this.#directories}`;
      path = path.includes('/') ? `${path.slice(0, path.lastIndexOf('/'))}/${name}` : name;
    }
    if (this.#standing(tree, path) !== undefined) return undefined;
    if (action.kind === 'create') this.#write(path, this.#ledger.fresh(action.size), undefined);
    else if (action.kind === 'symlink') user.symlink(at(path), `t${action.target}`);
    else {
      user.makeDirectories(at(path));
      if (lastOf(path).startsWith('dir-')) this.#ledger.directories.set(lastOf(path), this.#device.name);
    }
    return `makes ${path} (${action.kind})`;
  }

  #bring(action: Extract<Action, { kind: 'move' | 'copy' }>, tree: ReadonlyMap<string, Found>): string | undefined {
    const { user } = this.#device.disk;
    const from = of([...tree.keys()], action.target);
    const wanted = inside(tree, action.parent, this.#names[action.name]);
    const to = this.#standing(tree, wanted) ?? wanted;
    const found = from === undefined ? undefined : tree.get(from);
    if (from === undefined || found === undefined || to === from) return undefined;
    if (to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return undefined;
    const target = tree.get(to);
    if (action.kind === 'copy') {
      if (found.kind !== 'file' || target !== undefined) return undefined;
      this.#write(to, found.bytes, undefined, false);
      return `copies ${from} to ${to}`;
    }
    // rename(2) refuses most pairs but a file over a file.
    if (target !== undefined && (target.kind === 'directory' || found.kind === 'directory')) return undefined;
    if (target !== undefined) this.#giveUp(tree, to);
    this.#renamed(from, to);
    user.rename(at(from), at(to));
    return `moves ${from} to ${to}`;
  }

  #renamed(from: string, to: string): void {
    if (lastOf(from) !== lastOf(to)) this.#ledger.directories.delete(lastOf(from));
  }

  #swap(action: Extract<Action, { kind: 'swap' }>, tree: ReadonlyMap<string, Found>): string | undefined {
    const paths = [...tree.keys()];
    const [a, b] = [of(paths, action.target), of(paths, action.other)];
    if (a === undefined || b === undefined || a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)) {
      return undefined;
    }
    this.#renamed(a, b);
    this.#renamed(b, a);
    this.#device.disk.user.swap(at(a), at(b));
    return `swaps ${a} and ${b}`;
  }

  #recase(target: number, tree: ReadonlyMap<string, Found>): string | undefined {
    const from = of([...tree.keys()], target);
    if (from === undefined) return undefined;
    const name = lastOf(from);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    const to = from.slice(0, from.length - name.length) + other;
    const standing = this.#standing(tree, to);
    if (standing !== undefined && standing !== from) return undefined;
    this.#renamed(from, to);
    this.#device.disk.user.rename(at(from), at(to));
    return `recases ${from}`;
  }

  #change(action: Change, tree: ReadonlyMap<string, Found>): string | undefined {
    const { user } = this.#device.disk;
    const files = [...tree].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
    const path = of(files, action.target);
    const found = path === undefined ? undefined : tree.get(path);
    if (path === undefined || found === undefined) return undefined;
    const fresh = (): Uint8Array => this.#ledger.fresh(action.size);
    if (action.kind === 'chmod') user.chmod(at(path), found.mode ^ 0o111);
    else if (action.kind === 'touch') user.setMtime(at(path), found.mtimeNs - BigInt(action.size + 1) * 1_000_000_007n);
    else if (action.kind === 'edit') this.#write(path, fresh(), found);
    else if (action.kind === 'append') this.#write(path, Buffer.concat([found.bytes, fresh()]), found);
    else if (action.kind === 'truncate') this.#write(path, found.bytes.slice(0, found.bytes.length >> 1), found, false);
    else if (action.kind === 'revert') {
      const old = of(this.#ledger.versions(), action.size);
      if (old !== undefined) this.#write(path, old, found, false);
    } else if (action.kind === 'save') this.#save(tree, path, fresh());
    else {
      this.#write(path, fresh(), found);
      this.#goOn(path, SLOW_PARTS);
    }
    return `${action.kind} ${path}`;
  }

  /** Writes another file beside it, and gives it the name. */
  #save(tree: ReadonlyMap<string, Found>, path: string, bytes: Uint8Array): void {
    this.#device.disk.user.replace(at(path), bytes);
    this.#ledger.wrote(bytes, `${this.#device.name}:${path}`);
    // What an earlier save left there, when the disk was full, is written over first.
    for (const gone of [tree.get(path), tree.get(`${path}.new~`)]) {
      if (gone?.kind === 'file') this.#ledger.gaveUp(gone.bytes);
    }
  }

  /** Writes in place: of what stood there the power may leave nothing from now on, even if the same is written again. */
  #write(path: string, bytes: Uint8Array, before: Found | undefined, unique = true): void {
    if (before !== undefined) this.#ledger.gaveUp(before.bytes);
    this.writes += 1;
    this.#device.disk.user.write(at(path), bytes);
    this.#ledger.wrote(bytes, `${this.#device.name}:${path}`, unique);
  }

  /** A program that has the file open and writes more of it, while it stands where it stood. */
  #goOn(path: string, parts: number): void {
    if (parts === 0) return;
    const inode = this.tree().get(path)?.inode;
    this.#schedule.after(this.#dice.delay(1, SLOW_MS), `${this.#device.name} writes on`, () => {
      const found = this.tree().get(path);
      if (found === undefined || found.kind !== 'file' || found.inode !== inode) return;
      const done = this.#attempt('write on', () => {
        this.#write(path, Buffer.concat([found.bytes, this.#ledger.fresh(8)]), found);
        return '';
      });
      if (done === '') this.#goOn(path, parts - 1);
    });
  }

  /** What stands at a path, as the disk spells it: other letters may be the same name there. */
  #standing(tree: ReadonlyMap<string, Found>, path: string): string | undefined {
    if (tree.has(path)) return path;
    const { options } = this.#device.disk.tree;
    const key = nameKey(options, path);
    return [...tree.keys()].find((each) => nameKey(options, each) === key);
  }

  #giveUp(tree: ReadonlyMap<string, Found>, path: string): void {
    for (const [each, found] of tree) {
      if (each !== path && !each.startsWith(`${path}/`)) continue;
      if (found.kind === 'file') this.#ledger.gaveUp(found.bytes);
      if (found.kind === 'directory') this.#ledger.directories.delete(lastOf(each));
    }
  }
}

function at(path: string): string {
  return `${ROOT}/${path}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function of<Item>(list: readonly Item[], index: number): Item | undefined {
  return list[index % Math.max(1, list.length)];
}

function inside(tree: ReadonlyMap<string, Found>, parent: number, name: string | undefined): string {
  const directories = ['', ...[...tree].filter(([, { kind }]) => kind === 'directory').map(([path]) => path)];
  const directory = of(directories, parent) ?? '';
  return directory === '' ? `${name}` : `${directory}/${name}`;
}
