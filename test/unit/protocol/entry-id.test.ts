import { describe, expect, it } from 'vitest';
import { conflictEntryId, entryIdOf, shardOf } from '../../../protocol/entry-id.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { type Digest, type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';

describe('entry ids', () => {
  it('are the same for one path and another for any other', () => {
    const child = entryIdOf(ROOT_ENTRY, 'a', 0);
    const ids = [
      child,
      entryIdOf(ROOT_ENTRY, 'a', 1),
      entryIdOf(ROOT_ENTRY, 'b', 0),
      entryIdOf(ROOT_ENTRY, '\0a', 0),
      entryIdOf(child, 'a', 0),
      conflictEntryId(child, '11'.repeat(32) as Digest),
      conflictEntryId(child, '12'.repeat(32) as Digest),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(entryIdOf(ROOT_ENTRY, 'a', 0)).toBe(child);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('refuse a name that has no UTF-8', () => {
    expect(() => entryIdOf(ROOT_ENTRY, '\ud800', 0)).toThrow(FormatError);
  });
});

describe('shards', () => {
  it.each([
    ['ffff', 0, 0],
    ['7fff', 1, 0],
    ['8000', 1, 1],
    ['abcd', 8, 0xab],
    ['fffc', 14, 0x3fff],
    ['0004', 14, 1],
    ['abcd', 16, 0xabcd],
  ])('take the top bits: %s… with %i bits is shard %i', (head, shardBits, shard) => {
    expect(shardOf(head.padEnd(32, 'f') as EntryId, shardBits)).toBe(shard);
  });
});
