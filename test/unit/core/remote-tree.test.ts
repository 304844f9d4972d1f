import { describe, expect, it } from 'vitest';
import { wantedPlacement } from '../../../daemon/core/entry.ts';
import { setRemote, walkToRoot } from '../../../daemon/core/remote-tree.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { directory, file, id, live, tableOf, trash } from '../../support/entries.ts';

describe('setRemote', () => {
  it('brings deleted directories back for what lives in them, and lets them go with the last of it', () => {
    const table = tableOf({
      d1: [trash(ROOT_ENTRY, 'outer'), directory()],
      d2: [trash(id('d1'), 'inner'), directory()],
    });
    const wanted = (digits: string): boolean => {
      const entry = table.entry(id(digits));
      return entry !== undefined && wantedPlacement(entry) !== undefined;
    };
    expect([wanted('d1'), wanted('d2')]).toEqual([false, false]);
    setRemote(table, id('f'), { location: live(id('d2'), 'file'), content: file('x') });
    expect([wanted('d1'), wanted('d2')]).toEqual([true, true]);
    expect(table.wantedAt(ROOT_ENTRY, 'outer')).toEqual([id('d1')]);
    setRemote(table, id('f'), { location: trash(id('d2'), 'file', 'x'), content: file('x') });
    expect([wanted('d1'), wanted('d2')]).toEqual([false, false]);
    expect(table.wantedAt(ROOT_ENTRY, 'outer')).toEqual([]);
  });

  it('counts children of a directory that is not known yet', () => {
    const table = tableOf({ f: [live(id('d'), 'file'), file('x')] });
    expect(table.entry(id('d'))).toEqual({
      id: id('d'),
      remote: undefined,
      liveChildren: 1,
      alias: undefined,
      synced: undefined,
    });
    setRemote(table, id('d'), { location: trash(ROOT_ENTRY, 'd'), content: directory() });
    expect(table.wantedAt(ROOT_ENTRY, 'd')).toEqual([id('d')]);
  });

  it('moves the wanted place and both counts with an entry', () => {
    const table = tableOf({
      d1: [live(ROOT_ENTRY, 'one'), directory()],
      d2: [live(ROOT_ENTRY, 'two'), directory()],
      f: [live(id('d1'), 'file'), file('x')],
    });
    setRemote(table, id('f'), { location: live(id('d2'), 'file'), content: file('x') });
    expect(table.entry(id('d1'))?.liveChildren).toBe(0);
    expect(table.entry(id('d2'))?.liveChildren).toBe(1);
    expect(table.wantedAt(id('d1'), 'file')).toEqual([]);
    expect(table.wantedAt(id('d2'), 'file')).toEqual([id('f')]);
  });
});

describe('walkToRoot', () => {
  const table = tableOf({
    a: [live(ROOT_ENTRY, 'a'), directory()],
    b: [live(id('a'), 'b'), file('x')],
    c: [live(id('e'), 'c'), directory()],
    d: [live(id('c'), 'd'), directory()],
    e: [live(id('d'), 'e'), directory()],
    f: [live(id('e'), 'f'), file('x')],
    1: [live(id('99'), 'lost'), file('x')],
    2: [live(id('3'), 'x'), file('x')],
    3: [trash(ROOT_ENTRY, 'file', 'x'), file('x')],
  });
  it.each([
    ['the root', ROOT_ENTRY, 'root'],
    ['an entry two levels down', id('b'), 'root'],
    ['an entry in an unknown directory', id('1'), 'orphan'],
    ['an entry under a deleted file', id('2'), 'orphan'],
  ])('from %s', (_, start, end) => {
    expect(walkToRoot(table, start)).toBe(end);
  });

  it('returns a cycle, and only the cycle', () => {
    expect([...walkToRoot(table, id('f'))].toSorted()).toEqual([id('c'), id('d'), id('e')]);
    expect([...walkToRoot(table, id('d'))].toSorted()).toEqual([id('c'), id('d'), id('e')]);
  });
});
