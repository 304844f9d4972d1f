import { describe, expect, it } from 'vitest';
import { wantedPlacement } from '../../../daemon/core/entry.ts';
import { settleTree } from '../../../daemon/core/settle.ts';
import { conflictEntryId } from '../../../protocol/entry-id.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { conflictName } from '../../../protocol/names.ts';
import { digestOf, directory, file, id, live, nameOf, tableOf, trash } from '../../support/entries.ts';

describe('settleTree: one entry a name', () => {
  it('lets the smallest id keep the name, whichever was touched', () => {
    for (const touched of ['1', '2']) {
      const table = tableOf({
        1: [live(ROOT_ENTRY, 'a.txt'), file('x')],
        2: [live(ROOT_ENTRY, 'a.txt'), file('y', { author: 'b' })],
      });
      const name = conflictName('a.txt', 'device b', digestOf('y'));
      expect(settleTree(table, [id(touched)], [], nameOf)).toEqual([
        { entry: id('2'), location: live(ROOT_ENTRY, name) },
      ]);
      expect(table.wantedAt(ROOT_ENTRY, 'a.txt')).toEqual([id('1')]);
      expect(table.wantedAt(ROOT_ENTRY, name)).toEqual([id('2')]);
    }
  });

  it('makes equal files one', () => {
    const table = tableOf({
      1: [live(ROOT_ENTRY, 'a'), file('x')],
      2: [live(ROOT_ENTRY, 'a'), file('x', { mtime: 9 })],
    });
    expect(settleTree(table, [id('2')], [], nameOf)).toEqual([
      { entry: id('2'), location: trash(ROOT_ENTRY, 'a', 'x') },
    ]);
  });

  it('keeps two directories apart, and what is in them', () => {
    const table = tableOf({
      1: [live(ROOT_ENTRY, 'd'), directory()],
      2: [live(ROOT_ENTRY, 'd'), directory()],
      3: [live(id('2'), 'f'), file('x')],
    });
    expect(settleTree(table, [id('1')], [], nameOf)).toHaveLength(1);
    expect(table.wantedAt(ROOT_ENTRY, 'd')).toEqual([id('1')]);
    expect(table.wantedAt(id('2'), 'f')).toEqual([id('3')]);
  });

  it('goes on when the conflict name is taken too', () => {
    const name = conflictName('a', 'device a', digestOf('y'));
    const table = tableOf({
      1: [live(ROOT_ENTRY, 'a'), file('x')],
      2: [live(ROOT_ENTRY, 'a'), file('y')],
      3: [live(ROOT_ENTRY, name), file('z')],
    });
    settleTree(table, [id('1')], [], nameOf);
    const places = ['1', '2', '3'].map((digits) => place(table.entry(id(digits))));
    expect(new Set(places).size).toBe(3);
    expect(places[0]).toBe('a');
  });

  it('looks at the name of a deleted directory that came back with its content', () => {
    const table = tableOf({
      1: [live(ROOT_ENTRY, 'd'), file('x')],
      2: [trash(ROOT_ENTRY, 'd'), directory()],
      3: [trash(id('2'), 'e'), directory()],
      4: [live(id('3'), 'f'), file('y')],
    });
    const changes = settleTree(table, [id('4')], [], nameOf);
    expect(changes.map(({ entry }) => entry)).toEqual([id('2')]);
    expect(table.wantedAt(ROOT_ENTRY, 'd')).toEqual([id('1')]);
  });

  it('writes nothing for a tree that is one', () => {
    const table = tableOf({ 1: [live(ROOT_ENTRY, 'd'), directory()], 2: [live(id('1'), 'a'), file('x')] });
    expect(settleTree(table, [id('1'), id('2')], [], nameOf)).toEqual([]);
  });
});

describe('settleTree: cycles', () => {
  it.each([['1'], ['2'], ['3'], ['4']])('are cut at the same directory, met from %s', (start) => {
    const table = tableOf({
      1: [live(id('3'), 'one'), directory()],
      2: [live(id('1'), 'two'), directory()],
      3: [live(id('2'), 'three'), directory()],
      4: [live(id('3'), 'file'), file('x')],
    });
    expect(settleTree(table, [id(start)], [], nameOf)).toEqual([{ entry: id('1'), location: live(ROOT_ENTRY, 'one') }]);
    expect(place(table.entry(id('4')))).toBe('file');
  });

  it('may meet a taken name in the root', () => {
    const table = tableOf({
      1: [live(id('2'), 'one'), directory()],
      2: [live(id('1'), 'two'), directory()],
      3: [live(ROOT_ENTRY, 'one'), file('x')],
    });
    settleTree(table, [id('2')], [], nameOf);
    expect(table.wantedAt(ROOT_ENTRY, 'one')).toEqual([id('1')]);
    expect(place(table.entry(id('3')))).toBe(conflictName('one', 'device a', digestOf('x')));
  });
});

describe('settleTree: what is placed in something that is no directory', () => {
  const name = conflictName('a', 'device b', digestOf('x'));

  it.each([['1'], ['2']])('makes it one, and keeps the file beside, met from %s', (touched) => {
    const table = tableOf({
      1: [live(ROOT_ENTRY, 'a'), file('x', { author: 'b' })],
      2: [live(id('1'), 'inside'), file('y')],
    });
    const changes = settleTree(table, [id(touched)], [], nameOf);
    const copy = conflictEntryId(id('1'), digestOf('x'));
    expect(changes.map(({ entry }) => entry)).toEqual([id('1'), copy]);
    expect(table.entry(id('1'))?.remote?.content.kind).toBe('directory');
    expect(place(table.entry(id('2')))).toBe('inside');
    expect(place(table.entry(copy))).toBe(name);
    expect(settleTree(table, [id('1'), id('2'), copy], [], nameOf)).toEqual([]);
  });

  it('does not bring a deleted file back, only what it became', () => {
    const table = tableOf({
      1: [trash(ROOT_ENTRY, 'a', 'x'), file('x')],
      2: [live(id('1'), 'inside'), file('y')],
    });
    const changes = settleTree(table, [id('2')], [], nameOf);
    expect(changes.map(({ entry }) => entry)).toEqual([id('1')]);
    expect(place(table.entry(id('1')))).toBe('a');
  });

  it('waits for a parent that is not known yet', () => {
    const table = tableOf({ 2: [live(id('1'), 'inside'), file('y')] });
    expect(settleTree(table, [id('2')], [], nameOf)).toEqual([]);
  });
});

describe('settleTree: rivals', () => {
  const winner = file('new', { mtime: 9 });
  const loser = file('old', { author: 'b' });
  const copy = conflictEntryId(id('1'), loser.digest);
  const name = conflictName('a.txt', 'device b', loser.digest);

  it('a loser becomes a copy beside', () => {
    const table = tableOf({ 1: [live(ROOT_ENTRY, 'a.txt'), winner] });
    expect(settleTree(table, [id('1')], [{ entry: id('1'), winner, losers: [loser] }], nameOf)).toEqual([
      { entry: id('1'), content: winner },
      { entry: copy, location: live(ROOT_ENTRY, name), content: loser },
    ]);
  });

  it.each([
    ['a copy that is there is enough', live(ROOT_ENTRY, 'renamed'), loser, undefined],
    ['a copy that was deleted is made again', trash(ROOT_ENTRY, name, 'old'), loser, copy],
    [
      'a copy that was edited gets one beside it',
      live(ROOT_ENTRY, name),
      file('new'),
      conflictEntryId(copy, loser.digest),
    ],
  ])('%s', (_, location, content, made) => {
    const table = tableOf({ 1: [live(ROOT_ENTRY, 'a.txt'), winner], [copy]: [location, content] });
    const changes = settleTree(table, [id('1')], [{ entry: id('1'), winner, losers: [loser] }], nameOf);
    expect(changes.find((change) => change.content?.digest === loser.digest)?.entry).toBe(made);
  });

  it('goes beside an entry that was deleted, where it was', () => {
    const table = tableOf({ 1: [trash(ROOT_ENTRY, 'a.txt', 'new'), winner] });
    const changes = settleTree(table, [id('1')], [{ entry: id('1'), winner, losers: [loser] }], nameOf);
    expect(changes.at(-1)).toEqual({ entry: copy, location: live(ROOT_ENTRY, name), content: loser });
  });
});

function place(entry: Parameters<typeof wantedPlacement>[0] | undefined): string | undefined {
  return entry === undefined ? undefined : wantedPlacement(entry)?.name;
}
