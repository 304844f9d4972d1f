import { describe, expect, it } from 'vitest';
import { blankEntry } from '../../../daemon/core/entry.ts';
import { decodeEntry, encodeEntry } from '../../../daemon/store/entry-row.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { EntryId } from '../../../protocol/ids.ts';

const ID = '1'.repeat(32) as EntryId;

describe('the row of an entry', () => {
  it('comes back as it was', () => {
    expect(decodeEntry(ID, encodeEntry({ ...blankEntry(ID), liveChildren: 7 }))).toEqual({
      ...blankEntry(ID),
      liveChildren: 7,
    });
  });

  it('of a later version is refused, as nobody here knows what it means', () => {
    const row = encodeEntry(blankEntry(ID));
    row[0] = (row[0] ?? 0) + 1;
    expect(() => decodeEntry(ID, row)).toThrow(FormatError);
  });
});
