import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeAlias } from '../../daemon/core/names/alias.ts';
import { type Named, namesOn, trashPart } from '../../daemon/core/names/assign.ts';
import { ANY_NAMES, type DiskNames, storedBytes } from '../../daemon/core/names/disk-names.ts';
import type { EntryId } from '../../protocol/ids.ts';
import { checkName } from '../../protocol/names.ts';
import { LINUX_DISK, nameKey } from '../simulator/disk/options.ts';

const KINDS: Readonly<Record<string, DiskNames>> = {
  'ignores case': { ...ANY_NAMES, ignoresCase: true },
  'ignores normal form': { ...ANY_NAMES, ignoresForm: true },
  'ignores both (APFS)': { ...ANY_NAMES, ignoresCase: true, ignoresForm: true },
  'decomposes (HFS+)': { ...ANY_NAMES, ignoresCase: true, ignoresForm: true, decomposes: true },
  'has room for 143 bytes (eCryptfs)': { ...ANY_NAMES, maxBytes: 143 },
  'has the rules of Windows': { ...ANY_NAMES, ignoresCase: true, refusesReserved: true },
  'has all of it': { ignoresCase: true, ignoresForm: true, decomposes: true, refusesReserved: true, maxBytes: 143 },
};

/** What trouble is made of, and enough plain letters for names to meet. */
const PIECES = [
  ...['a', 'A', 'b', 'B', 'é', 'É', 'e\u0301', 'E\u0301', 'ß', 'ss', 'SS', 'ﬀ', 'ff', 'İ', 'i\u0307', 'ı', 'I', 'K'],
  ...['\u212a', '\u212b', 'Å', '한', '글', '\uf900', '\u0958', '😀', 'ſ', 's', 'ς', 'σ', 'Σ', '.', ' ', '~1', '~', ':'],
  ...['con', 'NUL', 'com1', '.txt', '<', '>', '|', '?', '*', '"', '\\', '\u0001', '\n', '\u202e', 'x'.repeat(70)],
  ...['é'.repeat(60), '한'.repeat(40), ' (alias 0123456789ab)', ' (ALIAS 0123456789AB)', ' (alias 0123456789aﬀ)', '-'],
];
const name = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter((each) => checkName(each) === undefined);
const id = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('') as EntryId);
const siblings: fc.Arbitrary<readonly Named[]> = fc
  .uniqueArray(fc.record({ id, name }), { maxLength: 12, selector: (each) => each.name })
  // The alias has 12 of the id's digits; equal ones are not made by any hash.
  .filter((entries) => new Set(entries.map((each) => each.id.slice(0, 12))).size === entries.length);

/** One name on a disk of the simulator that folds as this one; it was written without a look at `foldOn`. */
function keyOn(disk: DiskNames, text: string): string {
  return nameKey({ ...LINUX_DISK, caseInsensitive: disk.ignoresCase, decomposed: disk.ignoresForm }, text);
}

/** As the documentation of Windows has it, in other words than the code. */
function isLegalOnWindows(text: string): boolean {
  const devices = ['CON', 'PRN', 'AUX', 'NUL', ...[...'0123456789'].flatMap((digit) => [`COM${digit}`, `LPT${digit}`])];
  const forbidden = [...'<>:"/\\|?*'].some((character) => text.includes(character));
  const control = [...text].some((character) => (character.codePointAt(0) ?? 0) < 32);
  const stem = text.split('.')[0]?.trimEnd().toUpperCase() ?? '';
  return !forbidden && !control && !text.endsWith('.') && !text.endsWith(' ') && !devices.includes(stem);
}

describe.each(Object.entries(KINDS))('names on a disk that %s', (_, disk) => {
  it('are legal there, short enough, spelled as it lists them, and never one', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        const names = [...namesOn(disk, entries).values()];
        expect(names).toHaveLength(entries.length);
        expect(new Set(names.map((each) => keyOn(disk, each))).size).toBe(entries.length);
        for (const each of names) {
          const stored = disk.decomposes ? each.normalize('NFD') : each;
          expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(disk.maxBytes);
          expect(checkName(each)).toBeUndefined();
          if (disk.decomposes) expect(each).toBe(each.normalize('NFC'));
          if (disk.refusesReserved) expect(isLegalOnWindows(each), JSON.stringify(each)).toBe(true);
        }
      }),
    );
  });

  it('go into the names of their trash', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        for (const each of namesOn(disk, entries).values()) {
          const keep = `9999999999999-zzzz-rejected-${trashPart(each)}`;
          expect(storedBytes(disk, keep)).toBeLessThanOrEqual(disk.maxBytes);
          if (disk.refusesReserved) expect(isLegalOnWindows(keep), JSON.stringify(keep)).toBe(true);
        }
      }),
    );
  });

  it('depend on the entries alone, not on their order', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        const forwards = namesOn(disk, entries);
        const backwards = namesOn(disk, entries.toReversed());
        for (const each of entries) expect(backwards.get(each.id)).toBe(forwards.get(each.id));
      }),
    );
  });

  it('stay as they are when those with an alias go, and are true wherever they can be', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        const names = namesOn(disk, entries);
        const kept = entries.filter((each) => !looksLikeAlias(names.get(each.id) ?? ''));
        const again = namesOn(disk, kept);
        for (const each of kept) {
          expect(again.get(each.id)).toBe(names.get(each.id));
          expect((names.get(each.id) ?? '').normalize('NFC')).toBe(each.name.normalize('NFC'));
        }
        for (const each of entries) {
          if (kept.includes(each)) continue;
          const alone = namesOn(disk, [each]).get(each.id) ?? '';
          const before = kept.filter((other) => keyOn(disk, other.name) === keyOn(disk, each.name));
          // It has an alias because it would also have one alone, or because one that comes first keeps the name.
          if (!looksLikeAlias(alone) && before.length > 0) expect((before[0]?.id ?? '') < each.id).toBe(true);
        }
      }),
    );
  });
});

describe('an alias', () => {
  const two: readonly Named[] = [
    { id: '1'.padStart(32, '0') as EntryId, name: 'Readme.md' },
    { id: '2'.padStart(32, '0') as EntryId, name: 'README.md' },
  ];

  it('shows the smallest id under its own name, and the others under an alias with their extension', () => {
    const names = namesOn({ ...ANY_NAMES, ignoresCase: true }, two);
    expect([...names.values()]).toEqual(['Readme.md', 'README (alias 000000000000).md']);
  });

  it('cuts a long name to its bytes, between letters', () => {
    const long: Named = { id: 'ab'.repeat(16) as EntryId, name: `${'ü'.repeat(120)}.txt` };
    const short = namesOn({ ...ANY_NAMES, maxBytes: 143 }, [long]).get(long.id);
    expect(short).toBe(`${'ü'.repeat(59)} (alias abababababab).txt`);
  });
});
