import { looksLikeAlias } from './alias.ts';
import { type DiskNames, storedBytes } from './disk-names.ts';
import { isReservedOnWindows } from './reserved.ts';

/**
 * True when the disk can hold this name as it is, as far as no other is in its way. What looks like an alias never
 * keeps its name where there are aliases: so none can ever meet another entry's true name.
 */
export function canHold(disk: DiskNames, name: string): boolean {
  return (
    storedBytes(disk, name) <= disk.maxBytes &&
    !(disk.refusesReserved && isReservedOnWindows(name)) &&
    !looksLikeAlias(name)
  );
}
