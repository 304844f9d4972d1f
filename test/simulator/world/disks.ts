import type { DiskNames } from '../../../daemon/core/names/disk-names.ts';
import { Dice } from '../dice.ts';
import { type DiskOptions, LINUX_DISK } from '../disk/options.ts';

/** Kinds of disks that a world's devices may have, by what they do with names. */
export type DiskKind = 'any-names' | 'ignores-case' | 'decomposes' | 'short-names' | 'windows-names';

const OPTIONS: Readonly<Record<DiskKind, Partial<DiskOptions>>> = {
  'any-names': {},
  'ignores-case': { caseInsensitive: true },
  decomposes: { caseInsensitive: true, decomposed: true },
  'short-names': { maxNameBytes: 143 },
  'windows-names': { caseInsensitive: true, reservedNames: true },
};
const KINDS = Object.keys(OPTIONS) as readonly DiskKind[];

export function optionsOf(kind: DiskKind = 'any-names'): Partial<DiskOptions> {
  return OPTIONS[kind];
}

/** What a device should have found out about its disk. */
export function namesOf(options: DiskOptions): DiskNames {
  return {
    ignoresCase: options.caseInsensitive,
    ignoresForm: options.decomposed,
    decomposes: options.decomposed,
    refusesReserved: options.reservedNames,
    maxBytes: Math.min(options.maxNameBytes, LINUX_DISK.maxNameBytes),
  };
}

/** Names that meet on some disks, and names that some can not hold. */
const TROUBLE: readonly string[] = [
  ...[
    'a',
    'A',
    'b',
    'B',
    'c.txt',
    'C.TXT',
    '\u00e9',
    'e\u0301',
    '\u00c9',
    'E\u0301.txt',
    'ß',
    'SS',
    'con',
    'x:y',
    'z.',
  ],
  ...[`${'ü'.repeat(80)}.txt`, `${'ü'.repeat(80)}2.txt`, `${'Ü'.repeat(80)}.txt`, 'l'.repeat(200)],
];

/** Apart from the script's own dice, so that worlds of like disks are what they were before there were others. */
const DISK_DICE = 0xd15c;
/** Of all worlds, those with disks that differ in names. */
const SHARE = 0.2;

/** The disks of a seed's devices, and what its people call things; undefined for a world of Linux disks. */
export function disksOf(
  seed: number,
  devices: number,
  nameCount: number,
): { readonly disks: readonly DiskKind[]; readonly names: readonly string[] } | undefined {
  const dice = new Dice(seed ^ DISK_DICE);
  if (!dice.chance(SHARE)) return undefined;
  const disks = Array.from({ length: devices }, () => dice.pick(KINDS));
  const start = dice.below(TROUBLE.length);
  // Neighbours in the list are those that meet.
  const names = Array.from({ length: nameCount }, (_, index) =>
    dice.chance(0.7) ? (TROUBLE[(start + index) % TROUBLE.length] ?? 'a') : dice.pick(TROUBLE),
  );
  return { disks, names };
}
