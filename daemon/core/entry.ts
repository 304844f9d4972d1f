import { type EntryId, NO_DIGEST } from '../../protocol/ids.ts';
import { MTIME_MAX_NS, MTIME_MIN_NS } from '../../protocol/limits.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import { ENTROPY_SAMPLE_LEAST_BYTES } from './entropy.ts';

/** Where an entry stands in a tree of directories. */
export interface Placement {
  readonly parent: EntryId;
  readonly name: string;
}

/** What `lstat` said about a file when we last wrote or read it. A different stamp means: look again. */
export interface Stamp {
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly size: number;
  readonly executable: boolean;
  /** Of a directory its birth, where the disk keeps that (else 0): its mtime tells of what is in it, not of itself. */
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

/** One entry in all trees: what the registers say of it, and what is on this disk as last agreed. */
export interface Entry {
  readonly id: EntryId;
  /** The resolved registers; undefined while only its children are known. */
  readonly remote: { readonly location: Location; readonly content: Content } | undefined;
  /** How many live entries the registers place directly below it. */
  readonly liveChildren: number;
  /** What this disk is to call it where the registers want it, when it can not have its own name there. */
  readonly alias: string | undefined;
  /** What is on this disk, and where; undefined when it is not here. */
  readonly synced: Synced | undefined;
}

export interface Synced {
  /** With the true name, as the registers have it. */
  readonly placement: Placement;
  readonly content: Content;
  /** The name it stands under on this disk, when that is not its own. */
  readonly alias?: string | undefined;
}

export function blankEntry(id: EntryId): Entry {
  return { id, remote: undefined, liveChildren: 0, alias: undefined, synced: undefined };
}

/** Where an entry stands on this disk, under the name that the disk has for it. */
export function standingPlace({ placement, alias }: Pick<Synced, 'placement' | 'alias'>): Placement {
  return { parent: placement.parent, name: alias ?? placement.name };
}

/** Where an entry is to stand on this disk, under the name that the disk is to have for it. */
export function wantedStandingPlace(entry: Entry): Placement | undefined {
  const wanted = wantedPlacement(entry);
  return wanted === undefined ? undefined : { parent: wanted.parent, name: entry.alias ?? wanted.name };
}

/**
 * Where the registers want the entry, or undefined when they want it gone. A deletion only counts for the content it
 * named (an edit beats a delete), and a directory stays as long as something lives in it.
 */
export function wantedPlacement(entry: Entry): Placement | undefined {
  if (entry.remote === undefined) return undefined;
  const { location, content } = entry.remote;
  const alive =
    location.kind === 'live' ||
    content.digest !== location.digest ||
    (content.kind === 'directory' && entry.liveChildren > 0);
  return alive ? { parent: location.parent, name: location.name } : undefined;
}

/** What is agreed about an entry that was put at a place of this disk: that it is where it should be, or still where it was. */
export function agreedPlace(entry: Entry, at: Placement): Pick<Synced, 'placement' | 'alias'> {
  const wanted = wantedPlacement(entry);
  const { synced } = entry;
  if (wanted !== undefined && samePlacement(wantedStandingPlace(entry), at))
    return { placement: wanted, alias: entry.alias };
  if (synced !== undefined && samePlacement(standingPlace(synced), at))
    return { placement: synced.placement, alias: synced.alias };
  return { placement: { parent: at.parent, name: at.name } };
}

export function samePlacement(a: Placement | undefined, b: Placement | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.parent === b.parent && a.name === b.name);
}

/** Same kind and same bytes; modes and times may differ. */
export function sameBytes(a: Content, b: Content): boolean {
  // A digest changes with the epoch. A file's says which keys its chunks have, but a link's text is all there is to it.
  if (a.kind === 'symlink' && b.kind === 'symlink') return a.target === b.target;
  return a.kind === b.kind && a.digest === b.digest;
}

/** Same bytes, and the same mode and time where the kind has them. */
export function sameContent(a: Content, b: Content): boolean {
  if (!sameBytes(a, b)) return false;
  if (a.kind === 'directory') return true;
  if (a.mtimeNs !== b.mtimeNs) return false;
  return a.kind !== 'file' || b.kind !== 'file' || a.executable === b.executable;
}

/** True when this disk does not yet hold the entry as the registers want it. */
export function isDirty(entry: Entry): boolean {
  const wanted = wantedPlacement(entry);
  if (wanted === undefined || entry.synced === undefined) return wanted !== undefined || entry.synced !== undefined;
  if (!samePlacement(wanted, entry.synced.placement) || entry.alias !== entry.synced.alias) return true;
  return entry.remote === undefined || !sameContent(entry.remote.content, entry.synced.content);
}

/** True when this disk has another version of a file than the registers want, and the bytes of that would tell of it. */
export function isRewritten(entry: Entry): boolean {
  const wanted = entry.remote?.content;
  const here = entry.synced?.content;
  if (wanted?.kind !== 'file' || here?.kind !== 'file' || wanted.size < ENTROPY_SAMPLE_LEAST_BYTES) return false;
  return wantedPlacement(entry) !== undefined && !sameBytes(wanted, here);
}

/** The first 8 bytes of a digest in hex: how one version names the version it was made from. */
export function baseOf(content: Content | undefined): string {
  return (content?.digest ?? NO_DIGEST).slice(0, 16);
}

/** True when `later` says that it was made from `earlier`. A first version (base of zeros) was made from none. */
export function madeFrom(later: Content, earlier: Content): boolean {
  return later.base === baseOf(earlier) && later.base !== baseOf(undefined);
}

/** The nearest time that registers and rows can hold: some disks keep times beyond the year 2262. */
export function clampMtime(mtimeNs: bigint): bigint {
  if (mtimeNs < MTIME_MIN_NS) return MTIME_MIN_NS;
  return mtimeNs > MTIME_MAX_NS ? MTIME_MAX_NS : mtimeNs;
}

/** The ctime of no file: with it a stamp says that what stands there has to be read before anything relies on it. */
const UNREAD_NS = -(2n ** 63n);

export function unreadStamp(stamp: Stamp): Stamp {
  return { ...stamp, ctimeNs: UNREAD_NS };
}

/** Same as far as renaming leaves a stamp alone, which on most systems changes the ctime. Never true of what is unread. */
export function sameButForName(a: Stamp, b: Stamp): boolean {
  if (a.ctimeNs === UNREAD_NS || b.ctimeNs === UNREAD_NS) return false;
  return sameStamp({ ...a, ctimeNs: 0n }, { ...b, ctimeNs: 0n });
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  if (a.kind !== b.kind) return false;
  // The times of a directory change with every name in it.
  if (a.kind === 'directory') return a.inode === b.inode;
  return (
    a.size === b.size &&
    a.executable === b.executable &&
    clampMtime(a.mtimeNs) === clampMtime(b.mtimeNs) &&
    a.ctimeNs === b.ctimeNs &&
    a.inode === b.inode
  );
}
