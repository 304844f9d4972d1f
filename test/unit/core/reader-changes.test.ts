import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../daemon/core/local-changes.ts';
import { observeAsReader } from '../../../daemon/core/reader-changes.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Content } from '../../../protocol/registers.ts';
import { directory, file, id, live, stamp, tableOf, trash } from '../../support/entries.ts';

const PLACE = { parent: ROOT_ENTRY, name: 'a' };
const STAMP = stamp();

const present = (content: Content, entry: EntryId = id('1'), placement = PLACE): Observation => ({
  kind: 'present',
  entry,
  placement,
  content,
  stamp: STAMP,
});

/** A table in which the registers want `wanted` at the place, and the disk had `here`. */
function tableWith(wanted: Content | 'deleted' | undefined, here: Content | undefined) {
  const remote = wanted === 'deleted' ? file('x') : wanted;
  const location = wanted === 'deleted' ? trash(ROOT_ENTRY, 'a', 'x') : live(ROOT_ENTRY, 'a');
  const table = tableOf(remote === undefined ? {} : { 1: [location, remote] });
  if (here !== undefined) table.setSynced(id('1'), { placement: PLACE, content: here, stamp: STAMP });
  return table;
}

const [x, y, mine] = [file('x'), file('y'), file('mine')];

describe('what a reader finds on its disk', () => {
  it.each<[string, Content | 'deleted' | undefined, Content | undefined, Content, string, boolean]>([
    ['nothing new', x, x, x, 'agreed', true],
    ['what the others have, put there by hand', x, undefined, x, 'agreed', true],
    ['their new version, put there by hand', y, x, y, 'agreed', true],
    ['a directory that they have too', directory(), undefined, directory(), 'agreed', true],
    ['a file of its own', undefined, undefined, mine, 'unsent', false],
    ['an edit', x, x, mine, 'unsent', true],
    ['another time', x, x, file('x', { mtime: 9 }), 'unsent', true],
    ['an edit of what changes', y, x, mine, 'in-the-way', true],
    ['an edit of what was deleted', 'deleted', x, mine, 'unsent', false],
    ['a file of its own where another one comes', x, undefined, mine, 'in-the-way', false],
    ['a directory where a file comes', x, undefined, directory(), 'in-the-way', false],
  ])('%s', (_what, wanted, here, found, outcome, standsAfter) => {
    const table = tableWith(wanted, here);
    const entry = found.kind === 'directory' && wanted === x ? id('2') : id('1');
    expect(observeAsReader(table, present(found, entry))).toBe(outcome);
    expect(table.entry(id('1'))?.synced !== undefined).toBe(standsAfter);
    expect(table.entry(id('1'))?.remote?.content).toEqual(wanted === 'deleted' ? x : wanted);
  });

  it('is a move of its own, unless they moved it there too', () => {
    const there = { parent: ROOT_ENTRY, name: 'b' };
    expect(observeAsReader(tableWith(x, x), present(x, id('1'), there))).toBe('unsent');
    const moved = tableOf({ 1: [live(ROOT_ENTRY, 'b'), x] });
    moved.setSynced(id('1'), { placement: PLACE, content: x, stamp: STAMP });
    expect(observeAsReader(moved, present(x, id('1'), there))).toBe('agreed');
  });
});

describe('what a reader no longer finds', () => {
  it.each<[string, Content | 'deleted', Content | undefined, string, boolean]>([
    ['stays known while nobody changes it', x, x, 'unsent', true],
    ['comes again when it was changed', y, x, 'agreed', false],
    ['is over when it was deleted', 'deleted', x, 'agreed', false],
    ['was never here', x, undefined, 'agreed', false],
  ])('%s', (_what, wanted, here, outcome, standsAfter) => {
    const table = tableWith(wanted, here);
    expect(observeAsReader(table, { kind: 'absent', entry: id('1') })).toBe(outcome);
    expect(table.entry(id('1'))?.synced !== undefined).toBe(standsAfter);
  });
});
