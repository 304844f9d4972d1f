import { describe, expect, it } from 'vitest';
import { allocateEntry } from '../../../daemon/core/allocate.ts';
import { entryIdOf } from '../../../protocol/entry-id.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { directory, file, live, stamp, tableOf, trash } from '../../support/entries.ts';

const PLACE = { parent: ROOT_ENTRY, name: 'a' };
const first = entryIdOf(ROOT_ENTRY, 'a', 0);
const second = entryIdOf(ROOT_ENTRY, 'a', 1);

describe('allocateEntry', () => {
  it.each([
    ['of nothing known', tableOf({}), first],
    ['that the registers have there too', tableOf({ [first]: [live(ROOT_ENTRY, 'a'), file('x')] }), first],
    ['that was deleted there', tableOf({ [first]: [trash(ROOT_ENTRY, 'a', 'x'), file('x')] }), first],
    ['that was deleted elsewhere', tableOf({ [first]: [trash(ROOT_ENTRY, 'b', 'x'), file('x')] }), first],
    ['of one that moved away', tableOf({ [first]: [live(ROOT_ENTRY, 'b'), file('x')] }), second],
    ['of another kind', tableOf({ [first]: [trash(ROOT_ENTRY, 'a'), directory()] }), second],
  ])('for a file, with an id %s', (_, table, id) => {
    expect(allocateEntry(table, PLACE, 'file')).toBe(id);
  });

  it('leaves the id of what stands elsewhere on this disk', () => {
    const table = tableOf({ [first]: [live(ROOT_ENTRY, 'a'), file('x')] });
    table.setSynced(first, { placement: { parent: ROOT_ENTRY, name: 'b' }, content: file('x'), stamp: stamp() });
    expect(allocateEntry(table, PLACE, 'file')).toBe(second);
    table.setSynced(first, { placement: PLACE, content: file('x'), stamp: stamp() });
    expect(allocateEntry(table, PLACE, 'file')).toBe(first);
  });
});
