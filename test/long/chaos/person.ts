import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Dice } from '../../simulator/dice.ts';
import { type Ledger, nameOf } from '../../simulator/world/ledger.ts';
import { type Action, anyAction, anyName, anySize } from './actions.ts';
import { type Found, isGone, readStanding, walk } from './disk.ts';

/** A program that still has a file open and writes more of it now and then. */
interface Writing {
  readonly path: string;
  readonly inode: number;
  parts: number;
}

const MANY_FILES = 60;
const SLOW_PARTS = 3;

/** Whoever works at one device, on its real disk. Enters in the ledger what was written, and what was given up on sight. */
export class Person {
  readonly name: string;
  readonly root: string;
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  readonly #writing: Writing[] = [];
  #made = 0;

  constructor(name: string, root: string, ledger: Ledger, dice: Dice) {
    this.name = name;
    this.root = root;
    this.#ledger = ledger;
    this.#dice = dice;
  }

  /** Returns what was done; undefined when there was nothing to do it to, or sheaf was faster. */
  act(crowded: boolean): string | undefined {
    // A person who finds the directory gone does not start over in its place.
    if (!existsSync(join(this.root, '.sheaf'))) return undefined;
    try {
      const writing = this.#dice.chance(0.3) ? this.#writing.shift() : undefined;
      if (writing !== undefined) return this.#writeOn(writing);
      const action = anyAction(this.#dice);
      return this.#do(crowded && (action === 'many' || action === 'create' || action === 'large') ? 'remove' : action);
    } catch (error) {
      if (isGone(error)) return undefined;
      if (error instanceof Error && 'code' in error && EXPECTED.has(String(error.code))) return undefined;
      throw error;
    }
  }

  #do(action: Action): string | undefined {
    const tree = walk(this.root);
    switch (action) {
      case 'create':
      case 'large':
      case 'many':
      case 'directory':
      case 'symlink':
        return this.#make(action, tree);
      case 'move':
      case 'copy':
        return this.#bring(action, tree);
      case 'swap':
        return this.#swap(tree);
      case 'remove':
      case 'retype': {
        const target = this.#any(tree, 'any');
        if (target === undefined) return undefined;
        this.#remove(target, tree);
        if (action === 'remove') return `removes ${target.path}`;
        if (target.kind === 'directory') this.#create(target.path, this.#ledger.fresh(20));
        else mkdirSync(this.#at(target.path));
        return `makes another kind of ${target.path}`;
      }
      default:
        return this.#change(action, tree);
    }
  }

  #make(action: 'create' | 'large' | 'many' | 'directory' | 'symlink', tree: readonly Found[]): string | undefined {
    const parent = this.#parent(tree);
    this.#made += 1;
    if (action === 'directory' || action === 'many') {
      const name = `dir-${this.name}-${this.#made}`;
      const path = below(parent, name);
      mkdirSync(this.#at(path));
      this.#ledger.directories.set(name, this.name);
      for (let index = 0; action === 'many' && index < MANY_FILES; index++) {
        this.#create(`${path}/${index}`, this.#ledger.fresh(this.#dice.below(100)));
      }
      return `makes ${path} (${action})`;
    }
    const path = below(parent, anyName(this.#dice));
    if (action === 'symlink') symlinkSync(`to ${this.#made}`, this.#at(path));
    else this.#create(path, this.#ledger.fresh(anySize(this.#dice, action)));
    return `makes ${path} (${action})`;
  }

  #bring(action: 'move' | 'copy', tree: readonly Found[]): string | undefined {
    const source = this.#any(tree, action === 'copy' ? 'file' : 'any');
    const to = below(this.#parent(tree), anyName(this.#dice));
    if (source === undefined || isWithin(to, source.path)) return undefined;
    const target = tree.find(({ path }) => path === to);
    if (action === 'copy') {
      const bytes = readStanding(this.#at(source.path));
      if (bytes === undefined || target !== undefined) return undefined;
      this.#create(to, bytes, false);
      return `copies ${source.path} to ${to}`;
    }
    if (target !== undefined && (target.kind === 'directory' || source.kind === 'directory')) return undefined;
    const replaced = target?.kind === 'file' ? readStanding(this.#at(to)) : undefined;
    if (target?.kind === 'file' && replaced === undefined) return undefined;
    renameSync(this.#at(source.path), this.#at(to));
    if (replaced !== undefined) this.#ledger.gaveUp(replaced);
    this.#renamed(source.path, to);
    return `moves ${source.path} to ${to}`;
  }

  #swap(tree: readonly Found[]): string | undefined {
    const [a, b] = [this.#any(tree, 'any'), this.#any(tree, 'any')];
    if (a === undefined || b === undefined || isWithin(a.path, b.path) || isWithin(b.path, a.path)) return undefined;
    for (const { path } of [a, b]) this.#ledger.directories.delete(lastOf(path));
    this.#made += 1;
    const aside = join(this.root, `swap-${this.name}-${this.#made}`);
    renameSync(this.#at(a.path), aside);
    // Whatever can not go on goes back: what was put aside must not stay there.
    try {
      renameSync(this.#at(b.path), this.#at(a.path));
    } catch (error) {
      renameSync(aside, existsSync(this.#at(a.path)) ? `${aside}-kept` : this.#at(a.path));
      throw error;
    }
    renameSync(aside, existsSync(this.#at(b.path)) ? `${aside}-kept` : this.#at(b.path));
    return `swaps ${a.path} and ${b.path}`;
  }

  #change(action: Action, tree: readonly Found[]): string | undefined {
    const target = this.#any(tree, 'file');
    if (target === undefined) return undefined;
    const path = this.#at(target.path);
    const size = anySize(this.#dice, action);
    const fresh = (): Uint8Array => this.#ledger.fresh(size);
    switch (action) {
      case 'chmod':
        chmodSync(path, lstatSync(path).mode ^ 0o111);
        return `chmod ${target.path}`;
      case 'touch':
        utimesSync(path, 1_600_000_000, 1_600_000_000 + this.#dice.below(100_000_000));
        return `touch ${target.path}`;
      case 'slow':
        this.#writing.push({ path: target.path, inode: lstatSync(path).ino, parts: SLOW_PARTS });
        return this.#inPlace(target.path, (before) => Buffer.concat([before, this.#ledger.fresh(8)]));
      case 'append':
        return this.#inPlace(target.path, (before) => Buffer.concat([before, fresh()]));
      case 'truncate':
        return this.#inPlace(target.path, (before) => before.subarray(0, before.length >> 1), false);
      case 'revert':
        return this.#save(target.path, this.#dice.pick(this.#ledger.versions()), false);
      case 'save':
        return this.#save(target.path, fresh());
      default:
        return this.#inPlace(target.path, (before) => patched(before, this.#dice.below(before.length + 1), fresh()));
    }
  }

  /** Only the bytes that differ are written. What is read and written is one file, whatever is put in its place. */
  #inPlace(path: string, edit: (before: Uint8Array) => Uint8Array, unique = true): string | undefined {
    const descriptor = openSync(this.#at(path), constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      const before = readFileSync(descriptor);
      this.#mustKnow(before, path);
      const after = edit(before);
      this.#ledger.wrote(after, `${this.name}:${path}`, false);
      const from = commonLength(before, after);
      if (after.length < before.length) ftruncateSync(descriptor, after.length);
      if (from < after.length) writeSync(descriptor, after, from, after.length - from, from);
      // What was written into a file that sheaf had just replaced or taken away never stood at the path.
      if (lstatSync(this.#at(path)).ino !== fstatSync(descriptor).ino) return undefined;
      this.#ledger.gaveUp(before);
      this.#ledger.wrote(after, `${this.name}:${path}`, unique);
      return `writes in ${path}`;
    } finally {
      closeSync(descriptor);
    }
  }

  #mustKnow(bytes: Uint8Array, path: string): void {
    if (this.#ledger.isKnown(bytes)) return;
    throw new Error(`${this.name} sees "${nameOf(bytes)}" at ${path}, which nobody wrote`);
  }

  /** As editors do: a new file, put over the old one. */
  #save(path: string, bytes: Uint8Array, unique = true): string | undefined {
    this.#made += 1;
    const fresh = `${this.#at(path)}.${this.#made}.tmp`;
    this.#ledger.wrote(bytes, fresh, false);
    writeFileSync(fresh, bytes);
    const before = readStanding(this.#at(path));
    if (before === undefined) {
      unlinkSync(fresh);
      return undefined;
    }
    renameSync(fresh, this.#at(path));
    this.#mustKnow(before, path);
    this.#ledger.gaveUp(before);
    this.#ledger.wrote(bytes, `${this.name}:${path}`, unique);
    return `saves ${path}`;
  }

  #writeOn(writing: Writing): string | undefined {
    const path = this.#at(writing.path);
    if (lstatSync(path).ino !== writing.inode) return undefined;
    writing.parts -= 1;
    if (writing.parts > 0) this.#writing.push(writing);
    return this.#inPlace(writing.path, (before) => Buffer.concat([before, this.#ledger.fresh(8)]));
  }

  #create(path: string, bytes: Uint8Array, unique = true): void {
    this.#ledger.wrote(bytes, `${this.name}:${path}`, false);
    writeFileSync(this.#at(path), bytes, { flag: 'wx' });
    this.#ledger.wrote(bytes, `${this.name}:${path}`, unique);
  }

  /** One by one, each looked at before it goes; what comes meanwhile stays, and the directories it is in. */
  #remove(target: Found, tree: readonly Found[]): void {
    const inside = tree.filter(({ path }) => path === target.path || path.startsWith(`${target.path}/`));
    for (const { path, kind } of inside.toReversed()) {
      if (kind === 'directory') {
        rmdirSync(this.#at(path));
        this.#ledger.directories.delete(lastOf(path));
        continue;
      }
      const bytes = kind === 'file' ? readStanding(this.#at(path)) : new Uint8Array();
      if (bytes === undefined) continue;
      unlinkSync(this.#at(path));
      this.#ledger.gaveUp(bytes);
    }
  }

  #renamed(from: string, to: string): void {
    if (lastOf(from) !== lastOf(to)) this.#ledger.directories.delete(lastOf(from));
  }

  #any(tree: readonly Found[], kind: 'file' | 'any'): Found | undefined {
    const fitting = kind === 'any' ? tree : tree.filter((found) => found.kind === 'file');
    return fitting.length === 0 ? undefined : this.#dice.pick(fitting);
  }

  #parent(tree: readonly Found[]): string {
    return this.#dice.pick(['', ...tree.filter(({ kind }) => kind === 'directory').map(({ path }) => path)]);
  }

  #at(path: string): string {
    return join(this.root, path);
  }
}

/** What a person meets when sheaf or the other programs were faster, or names get too long: nothing was done. */
const EXPECTED: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

function patched(before: Uint8Array, from: number, patch: Uint8Array): Uint8Array {
  return Buffer.concat([before.subarray(0, from), patch, before.subarray(from + patch.length)]);
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

function below(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** True when a path is another one or below it. */
function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
