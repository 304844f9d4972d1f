import { type ChildName, type Inode, resize, writeInto } from './inode.ts';

/** One name that comes, goes, or leads elsewhere. */
export interface NameChange {
  readonly directory: number;
  readonly key: string;
  readonly now: ChildName | undefined;
}

/** What one operation does to the medium. Each is there in full or not at all, but for pages, which can tear. */
export type Effect =
  | {
      readonly kind: 'names';
      readonly changes: readonly NameChange[];
      /** Inodes that get or lose a name. */
      readonly inodes: readonly number[];
      /** An inode that had no name before. */
      readonly born?: number;
      /** A directory that is removed or replaced. */
      readonly removed?: number;
      /** A directory changes its parent or its name. */
      readonly movesDirectory?: boolean;
    }
  /** At most one page of a file, and so much size as it needs. */
  | { readonly kind: 'page'; readonly inode: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly inode: number; readonly size: number }
  | {
      readonly kind: 'attributes';
      readonly inode: number;
      readonly mode: number;
      readonly mtimeNs: bigint;
      readonly ctimeNs: bigint;
    };

export type NamesEffect = Extract<Effect, { kind: 'names' }>;

/**
 * Which effects on names may not survive without which earlier ones: a later one must not `require` what an earlier one
 * that is lost `provides`. File systems promise at least this (journals keep the whole order; soft updates keep an inode's
 * last name until the next one is written): an inode's names and what happens to one name stay in order, a name in a new
 * directory needs the directory, a removed directory was really empty, directories move one at a time.
 */
export function provides(effect: NamesEffect): readonly string[] {
  const keys = [...ordered(effect), ...effect.changes.map(({ directory }) => `in ${directory}`)];
  if (effect.born !== undefined) keys.push(`born ${effect.born}`);
  return keys;
}

export function requires(effect: NamesEffect): readonly string[] {
  const keys = [...ordered(effect), ...effect.changes.map(({ directory }) => `born ${directory}`)];
  if (effect.removed !== undefined) keys.push(`in ${effect.removed}`);
  return keys;
}

function ordered(effect: NamesEffect): string[] {
  const keys = effect.inodes.map((inode) => `inode ${inode}`);
  for (const { directory, key } of effect.changes) keys.push(`name ${directory}/${key}`);
  if (effect.movesDirectory === true) keys.push('directories');
  return keys;
}

/** Carries an effect out on the inodes of the medium. */
export function carryOut(medium: ReadonlyMap<number, Inode>, effect: Effect): void {
  switch (effect.kind) {
    case 'names':
      for (const { directory, key, now } of effect.changes) {
        const names = medium.get(directory)?.children;
        if (now === undefined) names?.delete(key);
        else names?.set(key, now);
      }
      return;
    case 'page':
      return onInode(medium, effect.inode, (inode) => writeInto(inode, effect.bytes, effect.position));
    case 'size':
      return onInode(medium, effect.inode, (inode) => resize(inode, effect.size));
    case 'attributes':
      return onInode(medium, effect.inode, (inode) => {
        inode.mode = effect.mode;
        inode.mtimeNs = effect.mtimeNs;
        inode.ctimeNs = effect.ctimeNs;
      });
  }
}

function onInode(medium: ReadonlyMap<number, Inode>, id: number, change: (inode: Inode) => void): void {
  const inode = medium.get(id);
  if (inode !== undefined) change(inode);
}
