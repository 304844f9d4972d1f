import { expect, it } from 'vitest';
import { ANY_NAMES } from '../../../daemon/core/names/disk-names.ts';
import { identify, truePlace } from '../../../daemon/core/names/identify.ts';
import { setRemote } from '../../../daemon/core/remote-tree.ts';
import { FolderIndex } from '../../../daemon/store/folder-index.ts';
import { IndexDraft } from '../../../daemon/store/index-draft.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { file, id, live, stamp } from '../../support/entries.ts';

const ALIAS = 'NAME (alias 000000000000).txt';
const at = (name: string) => ({ parent: ROOT_ENTRY, name });

/** Two entries that meet where case does not count; the second, b, is to have an alias. */
function meeting(): IndexDraft {
  const table = new IndexDraft(new FolderIndex(createMemoryStore(), 1, { ...ANY_NAMES, ignoresCase: true }));
  setRemote(table, id('a'), { location: live(ROOT_ENTRY, 'name.txt'), content: file('a') });
  setRemote(table, id('b'), { location: live(ROOT_ENTRY, 'NAME.txt'), content: file('b') });
  return table;
}

it('takes what is new under an alias for the entry that is to have it, while that is missing', () => {
  const table = meeting();
  expect(identify(table, at(ALIAS), 'file')).toEqual({ entry: id('b'), placement: at('NAME.txt'), alias: ALIAS });
  expect(identify(table, at(ALIAS), 'directory')).toMatchObject({ placement: at(ALIAS) });
  table.setSynced(id('b'), { placement: at('NAME.txt'), alias: ALIAS, content: file('b'), stamp: stamp() });
  expect(identify(table, at(ALIAS), 'file')).toMatchObject({ placement: at(ALIAS) });
});

it('takes an entry that was put under its alias, by a run that could not note it, for what it is', () => {
  const table = meeting();
  table.setSynced(id('b'), { placement: at('NAME.txt'), content: file('b'), stamp: stamp() });
  expect(truePlace(table.entry(id('b')), at(ALIAS))).toEqual({ placement: at('NAME.txt'), alias: ALIAS });
  expect(truePlace(table.entry(id('b')), at('NAME.txt'))).toMatchObject({ placement: at('NAME.txt') });
});

it('takes any other name for a new one, and a move under the alias for a move of the true name', () => {
  const table = meeting();
  table.setSynced(id('b'), { placement: at('NAME.txt'), alias: ALIAS, content: file('b'), stamp: stamp() });
  expect(truePlace(table.entry(id('b')), at('other'))).toEqual({ placement: at('other') });
  const below = { parent: id('d'), name: ALIAS };
  expect(truePlace(table.entry(id('b')), below).placement).toEqual({ parent: id('d'), name: 'NAME.txt' });
});

it('gives the name back when what it met goes, and agrees to a true name that is the same here', () => {
  const table = meeting();
  table.setSynced(id('b'), { placement: at('NAME.txt'), alias: ALIAS, content: file('b'), stamp: stamp() });
  expect([table.entry(id('a'))?.alias, table.entry(id('b'))?.alias]).toEqual([undefined, ALIAS]);
  setRemote(table, id('a'), { location: live(ROOT_ENTRY, 'elsewhere'), content: file('a') });
  expect(table.entry(id('b'))?.alias).toBeUndefined();
  expect(table.aliased(ROOT_ENTRY, ALIAS)).toBeUndefined();
});
