import { describe, expect, it } from 'vitest';
import {
  blankEntry,
  clampMtime,
  type Entry,
  isDirty,
  madeFrom,
  sameBytes,
  sameContent,
  sameStamp,
  wantedPlacement,
} from '../../../daemon/core/entry.ts';
import { decodeChild, encodeChild } from '../../../daemon/store/entry-row.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { MTIME_MAX_NS, MTIME_MIN_NS } from '../../../protocol/limits.ts';
import { directory, file, id, live, stamp, symlink, trash } from '../../support/entries.ts';

const HERE = live(ROOT_ENTRY, 'a');
const PLACE = { parent: ROOT_ENTRY, name: 'a' };

function entry(parts: Partial<Entry>): Entry {
  return { ...blankEntry(id('1')), ...parts };
}

describe('wantedPlacement', () => {
  it.each<[string, Partial<Entry>, boolean]>([
    ['an entry of which only children are known', { liveChildren: 1 }, false],
    ['a live file', { remote: { location: HERE, content: file('x') } }, true],
    ['a deleted file', { remote: { location: trash(ROOT_ENTRY, 'a', 'x'), content: file('x') } }, false],
    [
      'a file edited after the version that was deleted',
      { remote: { location: trash(ROOT_ENTRY, 'a', 'x'), content: file('y') } },
      true,
    ],
    ['a deleted symlink', { remote: { location: trash(ROOT_ENTRY, 'a', '-> x'), content: symlink('x') } }, false],
    ['an empty deleted directory', { remote: { location: trash(ROOT_ENTRY, 'a'), content: directory() } }, false],
    [
      'a deleted directory with something in it',
      { remote: { location: trash(ROOT_ENTRY, 'a'), content: directory() }, liveChildren: 2 },
      true,
    ],
    [
      'a directory that took the entry of a deleted file',
      { remote: { location: trash(ROOT_ENTRY, 'a', 'x'), content: directory() } },
      true,
    ],
  ])('of %s', (_, parts, wanted) => {
    expect(wantedPlacement(entry(parts))).toEqual(wanted ? PLACE : undefined);
  });
});

describe('isDirty', () => {
  const remote = { location: HERE, content: file('x', { mtime: 5 }) };
  const synced = { placement: PLACE, content: file('x', { mtime: 5, author: 'b', from: 'w' }) };
  it.each<[string, Partial<Entry>, boolean]>([
    ['nothing anywhere', {}, false],
    ['wanted and not here', { remote }, true],
    ['here as wanted, whoever says so', { remote, synced }, false],
    ['here and unknown to others', { synced }, true],
    ['here and deleted', { remote: { location: trash(ROOT_ENTRY, 'a', 'x'), content: remote.content }, synced }, true],
    ['gone from both', { remote: { location: trash(ROOT_ENTRY, 'a', 'x'), content: remote.content } }, false],
    ['elsewhere', { remote: { location: live(ROOT_ENTRY, 'b'), content: remote.content }, synced }, true],
    ['with other bytes', { remote: { location: HERE, content: file('y', { mtime: 5 }) }, synced }, true],
    ['with another time', { remote: { location: HERE, content: file('x', { mtime: 6 }) }, synced }, true],
    [
      'with another mode',
      { remote: { location: HERE, content: file('x', { mtime: 5, executable: true }) }, synced },
      true,
    ],
  ])('%s', (_, parts, dirty) => {
    expect(isDirty(entry(parts))).toBe(dirty);
  });
});

describe('versions', () => {
  it('are the same bytes only within a kind', () => {
    expect(sameBytes(file('x'), file('x', { mtime: 9 }))).toBe(true);
    expect(sameBytes(file('x'), file('y'))).toBe(false);
    expect(sameBytes(file('-> x'), symlink('x'))).toBe(false);
  });

  it('are the same content when mode and time agree, where the kind has them', () => {
    expect(sameContent(directory(), directory({ author: 'b' }))).toBe(true);
    expect(sameContent(file('x', { mtime: 1 }), file('x', { mtime: 2 }))).toBe(false);
    expect(sameContent(file('x'), file('x', { executable: true }))).toBe(false);
    expect(sameContent(symlink('x', { mtime: 1 }), symlink('x', { mtime: 2 }))).toBe(false);
  });

  it('know what they were made from, unless they are the first', () => {
    expect(madeFrom(file('y', { from: 'x' }), file('x'))).toBe(true);
    expect(madeFrom(file('y'), file('x'))).toBe(false);
    expect(madeFrom(file('y'), directory())).toBe(false);
  });
});

describe('sameStamp', () => {
  const base = stamp({ size: 3, mtimeNs: 7n, ctimeNs: 8n, inode: 9n });
  it.each([
    ['size', stamp({ ...base, size: 4 })],
    ['mtime', stamp({ ...base, mtimeNs: 8n })],
    ['ctime', stamp({ ...base, ctimeNs: 9n })],
    ['inode', stamp({ ...base, inode: 10n })],
    ['mode', stamp({ ...base, executable: true })],
    ['kind', stamp({ ...base, kind: 'symlink' })],
  ])('of a file tells another %s', (_, other) => {
    expect(sameStamp(base, base)).toBe(true);
    expect(sameStamp(base, other)).toBe(false);
  });

  it('of a directory does not mind what happens in it', () => {
    const before = stamp({ kind: 'directory' });
    expect(sameStamp(before, { ...before, ctimeNs: 99n })).toBe(true);
    expect(sameStamp(before, { ...before, inode: 99n })).toBe(false);
  });
});

it('compares links by their text: digests change with the epoch', () => {
  const before = symlink('x');
  const after = { ...before, digest: file('another epoch').digest };
  expect(sameBytes(before, after)).toBe(true);
  expect(sameBytes(before, symlink('y'))).toBe(false);
});

describe('a time that no row can hold', () => {
  const beyond = stamp({ mtimeNs: MTIME_MAX_NS + 5n });

  it('is the nearest one that can be held', () => {
    expect(clampMtime(beyond.mtimeNs)).toBe(MTIME_MAX_NS);
    expect(clampMtime(MTIME_MIN_NS - 1n)).toBe(MTIME_MIN_NS);
    expect(clampMtime(7n)).toBe(7n);
  });

  it('is no change when it is read back', () => {
    const { stamp: stored } = decodeChild(encodeChild(id('1'), beyond));
    expect(stored.mtimeNs).toBe(MTIME_MAX_NS);
    expect(sameStamp(stored, beyond)).toBe(true);
  });
});
