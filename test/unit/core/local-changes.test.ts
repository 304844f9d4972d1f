import { describe, expect, it } from 'vitest';
import type { Placement } from '../../../daemon/core/entry.ts';
import { type LocalOutcome, observe } from '../../../daemon/core/local-changes.ts';
import { setRemote } from '../../../daemon/core/remote-tree.ts';
import type { IndexDraft } from '../../../daemon/store/index-draft.ts';
import { conflictEntryId } from '../../../protocol/entry-id.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Content, Location } from '../../../protocol/registers.ts';
import { digestOf, directory, file, id, live, nameOf, stamp, tableOf, trash } from '../../support/entries.ts';

const E = id('e');
const HERE: Placement = { parent: ROOT_ENTRY, name: 'a' };
const THERE: Placement = { parent: ROOT_ENTRY, name: 'b' };

function at(place: Placement): Location {
  return live(place.parent, place.name);
}

interface Before {
  readonly remote?: readonly [Location, Content];
  readonly synced?: readonly [Placement, Content];
}

function tableWith({ remote, synced }: Before): IndexDraft {
  const table = tableOf({});
  if (synced !== undefined) table.setSynced(E, { placement: synced[0], content: synced[1], stamp: stamp() });
  if (remote !== undefined) setRemote(table, E, { location: remote[0], content: remote[1] });
  return table;
}

function see(table: IndexDraft, placement: Placement, content: Content): LocalOutcome {
  return observe(table, { kind: 'present', entry: E, placement, content, stamp: stamp({ inode: 2n }) }, nameOf);
}

const based = (content: Content, on: string): Content => ({ ...content, base: digestOf(on).slice(0, 16) });

const x = file('x', { mtime: 1 });
const x2 = file('x', { mtime: 2 });
const y = file('y', { mtime: 3 });
const z = file('z', { mtime: 4, from: 'x' });
const cases: readonly (readonly [
  string,
  Before,
  Placement,
  Content,
  { readonly location?: Location; readonly content?: Content } | undefined,
])[] = [
  ['that nobody knows publishes all of it', {}, HERE, x, { location: at(HERE), content: x }],
  ['as agreed publishes nothing', { remote: [at(HERE), x], synced: [HERE, x] }, HERE, x, undefined],
  ['edited', { remote: [at(HERE), x], synced: [HERE, x] }, HERE, y, { content: based(y, 'x') }],
  ['with another time', { remote: [at(HERE), x], synced: [HERE, x] }, HERE, x2, { content: based(x2, 'x') }],
  ['moved', { remote: [at(HERE), x], synced: [HERE, x] }, THERE, x, { location: at(THERE) }],
  [
    'moved and edited',
    { remote: [at(HERE), x], synced: [HERE, x] },
    THERE,
    y,
    { location: at(THERE), content: based(y, 'x') },
  ],
  ['that others have just the same', { remote: [at(HERE), x] }, HERE, file('x', { author: 'b' }), undefined],
  ['that others have with an older time', { remote: [at(HERE), x] }, HERE, x2, { content: x2 }],
  ['that others have with a newer time', { remote: [at(HERE), x2] }, HERE, x, undefined],
  ['that others have edited since', { remote: [at(HERE), z], synced: [HERE, x] }, HERE, x, undefined],
  ['older than what others have, and never agreed on', { remote: [at(HERE), z] }, HERE, x, undefined],
  [
    'edited back to the bytes before',
    { remote: [at(HERE), z], synced: [HERE, z] },
    HERE,
    x,
    { content: based(x, 'z') },
  ],
  ['that others have moved', { remote: [at(THERE), x], synced: [HERE, x] }, HERE, x, undefined],
  [
    'edited, that others have moved',
    { remote: [at(THERE), x], synced: [HERE, x] },
    HERE,
    y,
    { content: based(y, 'x') },
  ],
  [
    'moved again, that others have moved',
    { remote: [at(THERE), x], synced: [HERE, x] },
    { parent: ROOT_ENTRY, name: 'c' },
    x,
    { location: live(ROOT_ENTRY, 'c') },
  ],
  [
    'that others deleted, edited here',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x], synced: [HERE, x] },
    HERE,
    y,
    { location: at(HERE), content: based(y, 'x') },
  ],
  [
    'that others deleted, and nobody touched here',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x], synced: [HERE, x] },
    HERE,
    x,
    undefined,
  ],
  [
    'that others deleted, of which only the time was changed here',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x], synced: [HERE, x] },
    HERE,
    x2,
    undefined,
  ],
  [
    'made anew after its deletion',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x] },
    HERE,
    x2,
    { location: at(HERE), content: x2 },
  ],
  [
    'just as it was deleted since, where this disk was to get it',
    { remote: [trash(ROOT_ENTRY, 'a', 'z'), z], synced: [HERE, x] },
    HERE,
    z,
    undefined,
  ],
  [
    'put back after its deletion with its own, older time',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x2] },
    HERE,
    x,
    { location: at(HERE), content: x },
  ],
  [
    'put back after its deletion with its own mode',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), x] },
    HERE,
    file('x', { mtime: 1, executable: true }),
    { location: at(HERE), content: file('x', { mtime: 1, executable: true }) },
  ],
  [
    'put back in an older version than the one that was deleted',
    { remote: [trash(ROOT_ENTRY, 'a', 'z'), z] },
    HERE,
    x,
    { location: at(HERE), content: x },
  ],
  [
    'put back elsewhere in an older version than the one that was deleted',
    { remote: [trash(ROOT_ENTRY, 'a', 'z'), z] },
    THERE,
    x,
    { location: at(THERE), content: x },
  ],
  [
    'edited back to what an old deletion named',
    { remote: [trash(ROOT_ENTRY, 'a', 'x'), y], synced: [HERE, y] },
    HERE,
    x,
    { location: at(HERE), content: based(x, 'y') },
  ],
];

describe('observing a file', () => {
  it.each(cases)('%s', (_, before, placement, content, change) => {
    const table = tableWith(before);
    const outcome = see(table, placement, content);
    expect(outcome).toEqual({ changes: change === undefined ? [] : [{ entry: E, ...change }], conflict: undefined });
    expect(table.entry(E)?.synced?.placement).toEqual(placement);
    expect(table.entry(E)?.synced?.content.digest).toBe(content.digest);
    expect(table.child(placement.parent, placement.name)?.stamp.inode).toBe(2n);
    expect(see(table, placement, content).changes).toEqual([]);
  });
});

describe('observing an edit that met another', () => {
  const x = file('x');
  const mine = file('mine', { mtime: 5, author: 'b' });

  it('keeps the path when it is the newer, and the other beside it', () => {
    const theirs = file('theirs', { mtime: 4, from: 'x' });
    const table = tableWith({ remote: [at(HERE), theirs], synced: [HERE, x] });
    const ours = based(mine, 'theirs');
    const copy = conflictEntryId(E, theirs.digest);
    const { changes, conflict } = see(table, HERE, mine);
    expect(changes).toEqual([
      { entry: E, content: ours },
      { entry: copy, location: expect.objectContaining({ kind: 'live', parent: ROOT_ENTRY }), content: theirs },
    ]);
    expect(conflict).toEqual({ entry: E, winner: ours, loser: theirs });
    expect(table.entry(copy)?.synced).toBeUndefined();
  });

  it('becomes the copy when it is the older: the file only has to move', () => {
    const theirs = file('theirs', { mtime: 6, from: 'x' });
    const table = tableWith({ remote: [at(HERE), theirs], synced: [HERE, x] });
    const copy = conflictEntryId(E, mine.digest);
    const { changes, conflict } = see(table, HERE, mine);
    expect(changes.map(({ entry }) => entry)).toEqual([copy]);
    expect(conflict?.winner).toEqual(theirs);
    expect(table.entry(E)?.synced).toBeUndefined();
    expect(table.child(ROOT_ENTRY, 'a')?.id).toBe(copy);
    expect(table.entry(copy)?.synced?.placement).toEqual(HERE);
  });

  // `mv "a (conflict …)" a`, while an edit of `a` that is newer than either has arrived and is not on this disk yet.
  it.each(['the path first', 'the missing copy first'])(
    'keeps a conflict copy that was renamed over the path it came from, seeing %s',
    (order) => {
      const theirs = file('theirs', { mtime: 6, from: 'x' });
      const table = tableWith({ remote: [at(HERE), theirs], synced: [HERE, x] });
      const copy = conflictEntryId(E, mine.digest);
      setRemote(table, copy, { location: at(THERE), content: mine });
      table.setSynced(copy, { placement: THERE, content: mine, stamp: stamp({ inode: 2n }) });
      const missing = (): LocalOutcome => observe(table, { kind: 'absent', entry: copy }, nameOf);
      const changes =
        order === 'the path first' ? [see(table, HERE, mine), missing()] : [missing(), see(table, HERE, mine)];
      const published = changes
        .flatMap((outcome) => outcome.changes)
        .filter(({ entry }) => entry === copy)
        .at(-1);
      // Nobody may be told that the bytes are gone: they stand here, and their new place only has to be found.
      expect(published?.location?.kind ?? 'live').toBe('live');
      expect(table.entry(copy)?.remote?.location.kind).toBe('live');
      expect(table.entry(copy)?.remote?.content.digest).toBe(mine.digest);
      expect(table.entry(E)?.remote?.content.digest).toBe(theirs.digest);
      expect(table.entry(E)?.synced).toBeUndefined();
    },
  );

  it("never takes a directory's entry, however new it is", () => {
    for (const location of [at(HERE), trash(ROOT_ENTRY, 'a')]) {
      const table = tableWith({ remote: [location, directory()], synced: [HERE, x] });
      const { changes } = see(table, HERE, mine);
      expect(changes.map(({ entry }) => entry)).toEqual([conflictEntryId(E, mine.digest)]);
      expect(table.entry(E)?.remote?.content.kind).toBe('directory');
    }
  });
});

describe('observing that something is gone', () => {
  const x = file('x');
  const y = file('y', { from: 'x' });
  it.each<[string, Before, Location | undefined]>([
    ['that nobody knows', {}, undefined],
    ['as agreed', { remote: [at(HERE), x], synced: [HERE, x] }, trash(ROOT_ENTRY, 'a', 'x')],
    ['that others deleted too', { remote: [trash(ROOT_ENTRY, 'a', 'x'), x], synced: [HERE, x] }, undefined],
    ['that others moved', { remote: [at(THERE), x], synced: [HERE, x] }, undefined],
    ['that others edited', { remote: [at(HERE), y], synced: [HERE, x] }, undefined],
    ['that is a directory by now', { remote: [at(HERE), directory()], synced: [HERE, x] }, undefined],
    ['that never was here', { remote: [at(HERE), x] }, undefined],
    [
      'of which others only set the time',
      { remote: [at(HERE), file('x', { mtime: 9 })], synced: [HERE, x] },
      trash(ROOT_ENTRY, 'a', 'x'),
    ],
  ])('%s', (_, before, location) => {
    const table = tableWith(before);
    const { changes } = observe(table, { kind: 'absent', entry: E }, nameOf);
    expect(changes).toEqual(location === undefined ? [] : [{ entry: E, location }]);
    expect(table.entry(E)?.synced).toBeUndefined();
    expect(table.child(ROOT_ENTRY, 'a')).toBeUndefined();
    expect(observe(table, { kind: 'absent', entry: E }, nameOf).changes).toEqual([]);
  });
});
