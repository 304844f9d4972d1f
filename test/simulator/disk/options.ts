import { diskError } from './operations.ts';

/** What disks differ in. The defaults are those of a Linux disk with exact stamps. */
export interface DiskOptions {
  /** Names that differ only in letter case are one name; the case of the first is kept. */
  readonly caseInsensitive: boolean;
  /** Names are stored decomposed, and are the same in any normal form, as on HFS+. */
  readonly decomposed: boolean;
  /** Stamps are multiples of this many nanoseconds: 1 s on ext3, 2 s on FAT. */
  readonly stampNs: bigint;
  readonly symlinks: boolean;
  readonly hardLinks: boolean;
  /** Two names can change places in one step. */
  readonly exchanges: boolean;
  /** 255 on most, 143 on ecryptfs. */
  readonly maxNameBytes: number;
  /** The names that Windows refuses are refused, as by FAT on Linux, and some more. */
  readonly reservedNames: boolean;
  /** Room for files' bytes, in whole pages, and a page for anything else. */
  readonly capacityBytes: number;
  readonly readOnly: boolean;
  /** The number of a deleted file is given to the next one made, as on ext4. */
  readonly reuseInodes: boolean;
}

export const LINUX_DISK: DiskOptions = {
  caseInsensitive: false,
  decomposed: false,
  stampNs: 1n,
  symlinks: true,
  hardLinks: true,
  exchanges: true,
  maxNameBytes: 255,
  reservedNames: false,
  capacityBytes: 2 ** 40,
  readOnly: false,
  reuseInodes: false,
};

/** A time as exact as the disk's stamps are: rounded down, also before 1970. */
export function asKept({ stampNs }: Pick<DiskOptions, 'stampNs'>, timeNs: bigint): bigint {
  const over = timeNs % stampNs;
  return timeNs - (over < 0n ? over + stampNs : over);
}

/** The name as the disk keeps it. */
export function storedName(options: DiskOptions, name: string): string {
  return options.decomposed ? name.normalize('NFD') : name;
}

const RESERVED = /[<>:"|?*\\]|[. ]$|^(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)/iu;
const encoder = new TextEncoder();

/** Throws what the disk says to a change of a name that it does not take. */
export function requireTaken(options: DiskOptions, call: string, name: string): void {
  if (options.readOnly) throw diskError('EROFS', call, name);
  requireHeld(options, call, name);
}

/** Throws what the disk says to a name that it can not hold, whether it is to be made or looked for. */
export function requireHeld(options: DiskOptions, call: string, name: string): void {
  const stored = storedName(options, name);
  if (stored.length * 3 > options.maxNameBytes && encoder.encode(stored).length > options.maxNameBytes)
    throw diskError('ENAMETOOLONG', call, name);
  if (options.reservedNames && RESERVED.test(stored)) throw diskError('EINVAL', call, name);
}

/** Equal for names that are one name on this disk. */
export function nameKey(options: DiskOptions, name: string): string {
  const stored = storedName(options, name);
  return options.caseInsensitive ? stored.toUpperCase().toLowerCase() : stored;
}
