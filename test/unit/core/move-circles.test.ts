import { describe, expect, it } from 'vitest';
import type { Stamp } from '../../../daemon/core/entry.ts';
import { type Moved, movesToGiveUp } from '../../../daemon/core/move-circles.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';

function move(from: string, to: string, kind: Stamp['kind'] = 'file'): Moved {
  const stamp: Stamp = { kind, size: 1, executable: false, mtimeNs: 1n, ctimeNs: 1n, inode: 1n };
  return {
    from: { id: `entry of ${from}` as EntryId, parent: ROOT_ENTRY, name: from, stamp },
    to: { parent: ROOT_ENTRY, name: to },
  };
}

describe('moves that wait for each other', () => {
  it.each([
    ['a plain move', [move('a', 'b')], []],
    ['a chain', [move('a', 'b'), move('b', 'c'), move('c', 'd')], []],
    ['a file and a symlink swapped', [move('a', 'b'), move('b', 'a', 'symlink')], ['a']],
    ['a directory and a file swapped', [move('a', 'b', 'directory'), move('b', 'a')], ['b']],
    ['a circle of three', [move('a', 'b', 'directory'), move('b', 'c', 'symlink'), move('c', 'a')], ['b']],
    ['two circles', [move('a', 'b'), move('c', 'd'), move('b', 'a', 'symlink'), move('d', 'c', 'symlink')], ['a', 'c']],
    ['a chain that leads to a swapped pair', [move('x', 'a'), move('b', 'a'), move('a', 'b', 'symlink')], ['a']],
  ] as const)('%s', (_, moves, given) => {
    expect([...movesToGiveUp(moves)].toSorted()).toEqual(given.map((name) => `entry of ${name}`));
  });
});
