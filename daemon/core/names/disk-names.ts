import { utf8Length } from '../../../protocol/codec.ts';
import { NAME_MAX_BYTES } from '../../../protocol/limits.ts';

/** What the file system of a root does with names; found out by trying, when the folder is set up. */
export interface DiskNames {
  /** Names that differ only in letter case are one. */
  readonly ignoresCase: boolean;
  /** Names that differ only in Unicode normal form are one. */
  readonly ignoresForm: boolean;
  /** Names are listed decomposed, however they were given (HFS+): a listing is composed again before anybody sees it. */
  readonly decomposes: boolean;
  /** The rules of Windows hold: characters, endings and names of devices that no file may have. */
  readonly refusesReserved: boolean;
  /** The longest name in bytes of UTF-8, as the disk stores it: 255 on most, 143 on eCryptfs. */
  readonly maxBytes: number;
}

/** Every name of a folder is a name here, and no two are one: most disks of Linux. */
export const ANY_NAMES: DiskNames = {
  ignoresCase: false,
  ignoresForm: false,
  decomposes: false,
  refusesReserved: false,
  maxBytes: NAME_MAX_BYTES,
};

/** True when no entry can ever need another name on this disk than its own. */
export function holdsAllNames(disk: DiskNames): boolean {
  const { ignoresCase, ignoresForm, decomposes, refusesReserved, maxBytes } = disk;
  return !ignoresCase && !ignoresForm && !decomposes && !refusesReserved && maxBytes >= NAME_MAX_BYTES;
}

/**
 * Names that the disk takes for one fold to the same text. It may fold more than the disk does (`ß` and `ss`): that
 * costs an alias that was not needed, where folding less would put one file over another.
 */
export function foldOn(disk: DiskNames, name: string): string {
  const decomposed = disk.ignoresForm ? name.normalize('NFD') : name;
  if (!disk.ignoresCase) return decomposed;
  const folded = decomposed.toLowerCase().toUpperCase();
  // Some letters have another case only in parts, which then sort differently.
  return disk.ignoresForm ? folded.normalize('NFD') : folded;
}

/** How a listing of the disk shows something that was made under this name. */
export function spelledOn(disk: DiskNames, name: string): string {
  return disk.decomposes ? name.normalize('NFC') : name;
}

/** A name, or a path, as the disk itself told it, spelled as `spelledOn` does. */
export function asListed(disk: Pick<DiskNames, 'decomposes'>, name: string): string {
  if (!disk.decomposes) return name;
  const composed = name.normalize('NFC');
  // A few letters compose to others and do not come back; HFS+ leaves some of those alone, and then so do we.
  return composed.normalize('NFD') === name ? composed : name;
}

/** The length of a name as the disk stores it. */
export function storedBytes(disk: DiskNames, name: string): number {
  return utf8Length(disk.decomposes ? name.normalize('NFD') : name);
}
