import type { EntryId } from '../../../protocol/ids.ts';
import { cutToBytes, splitExtension } from '../../../protocol/names.ts';
import { foldedName } from '../plan/folded-name.ts';
import { type DiskNames, spelledOn, storedBytes } from './disk-names.ts';
import { namesDevice, withoutBadEnding, withoutForbidden } from './reserved.ts';

/** Hex digits of the entry's id in its alias: 48 bits of a hash, so that no two in one directory are ever alike. */
const ID_DIGITS = 12;
/** As long as the alias's own part: ` (alias 0123456789ab)`. */
const TAG_BYTES = 9 + ID_DIGITS;
// Of a folded name: some letters fold to two that are hex digits.
const FOLDED_ALIAS = /^(?<stem>.*) \(ALIAS [0-9A-F]{12}\)(?<extension>\.[^.]*)?$/su;

/** True for a name that the disk could take for some alias. */
export function looksLikeAlias(name: string): boolean {
  // Nearly all names end here: this is asked of every entry.
  return name.includes('(') && FOLDED_ALIAS.test(foldedName(name));
}

/**
 * What an entry of that name is called where the disk can not hold the name: `stem (alias ID).ext`, legal on the disk and
 * different for every entry of a directory. The same on all disks of one kind.
 */
export function aliasOf(disk: DiskNames, name: string, id: EntryId): string {
  const tag = ` (alias ${id.slice(0, ID_DIGITS)})`;
  const [stem, extension] = splitExtension(spelledOn(disk, name));
  const ending = extensionOn(disk, extension);
  const room = disk.maxBytes - TAG_BYTES - storedBytes(disk, ending);
  return spelledOn(disk, stemOn(disk, stem, room, `${tag}${ending}`) + tag + ending);
}

/** Dropped where it would leave no room for the name itself. */
function extensionOn(disk: DiskNames, extension: string): string {
  const legal = disk.refusesReserved ? withoutBadEnding(withoutForbidden(extension)) : extension;
  return storedBytes(disk, legal) > disk.maxBytes / 3 ? '' : legal;
}

function stemOn(disk: DiskNames, stem: string, roomBytes: number, rest: string): string {
  const legal = disk.refusesReserved ? withoutForbidden(stem) : stem;
  const stored = disk.decomposes ? legal.normalize('NFD') : legal;
  const cut = cutToBytes(stored, roomBytes);
  if (!disk.refusesReserved || !namesDevice(cut + rest)) return cut;
  return `_${cutToBytes(stored, roomBytes - 1)}`;
}
