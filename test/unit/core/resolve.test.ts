import { describe, expect, it } from 'vitest';
import { resolveRegisters } from '../../../daemon/core/resolve.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Content, Location } from '../../../protocol/registers.ts';
import { directory, file, id, live, symlink, trash } from '../../support/entries.ts';

const A = live(ROOT_ENTRY, 'a');
const B = live(id('1'), 'b');
const gone = (text?: string): Location => trash(ROOT_ENTRY, 'a', text);

interface Case {
  readonly locations: readonly Location[];
  readonly contents: readonly Content[];
  readonly location: Location;
  readonly content: Content;
  readonly losers?: readonly Content[];
}

const x = file('x', { mtime: 3 });
const y = file('y', { mtime: 5 });
const z = file('z', { mtime: 4 });

const CASES: Readonly<Record<string, Case>> = {
  'one value each': { locations: [A], contents: [x], location: A, content: x },
  'edit ∥ edit, same digest: the newest time': {
    locations: [A],
    contents: [file('x', { mtime: 3 }), file('x', { mtime: 9, author: 'b' })],
    location: A,
    content: file('x', { mtime: 9, author: 'b' }),
  },
  'edit ∥ edit, other digest: the newest keeps the path': {
    locations: [A],
    contents: [x, y],
    location: A,
    content: y,
    losers: [x],
  },
  'edit ∥ edit ∥ edit: losers newest first': {
    locations: [A],
    contents: [x, y, z],
    location: A,
    content: y,
    losers: [z, x],
  },
  'edit ∥ edit, same time: by author': {
    locations: [A],
    contents: [file('x', { author: 'a' }), file('y', { author: 'b' })],
    location: A,
    content: file('y', { author: 'b' }),
    losers: [file('x', { author: 'a' })],
  },
  'edit ∥ the version it was made from': {
    locations: [A],
    contents: [y, file('w', { mtime: 1, from: 'y' })],
    location: A,
    content: file('w', { mtime: 1, from: 'y' }),
  },
  'edit ∥ its undoing are rivals': {
    locations: [A],
    contents: [file('v', { mtime: 1, from: 'w' }), file('w', { mtime: 2, from: 'v' })],
    location: A,
    content: file('w', { mtime: 2, from: 'v' }),
    losers: [file('v', { mtime: 1, from: 'w' })],
  },
  'edit ∥ delete: the edit stands, the deletion means another version': {
    locations: [gone('x')],
    contents: [y],
    location: gone('x'),
    content: y,
  },
  'edit ∥ edit ∥ delete of one: only the other is left': {
    locations: [gone('y')],
    contents: [x, y],
    location: gone('y'),
    content: x,
  },
  'delete ∥ delete, each its own version: nothing is left': {
    locations: [gone('x'), gone('y')],
    contents: [x, y],
    location: gone('y'),
    content: y,
  },
  'delete ∥ delete of one version': {
    locations: [gone('x'), trash(id('1'), 'b', 'x')],
    contents: [x],
    location: gone('x'),
    content: x,
  },
  'edit ∥ move: both': { locations: [B], contents: [y], location: B, content: y },
  'move ∥ move: the winner of the merge': { locations: [B, A], contents: [x], location: B, content: x },
  'move ∥ delete: the move': { locations: [gone('x'), B], contents: [x], location: B, content: x },
  'move ∥ edit ∥ delete: moved and edited, and nothing kept of what was deleted': {
    locations: [gone('x'), B],
    contents: [file('x', { mtime: 9 }), y],
    location: B,
    content: y,
  },
  'file ∥ directory of one name: the file is kept beside': {
    locations: [A],
    contents: [y, directory()],
    location: A,
    content: directory(),
    losers: [y],
  },
  'file, deleted ∥ directory: the directory alone': {
    locations: [gone('y'), A],
    contents: [y, directory()],
    location: A,
    content: directory(),
  },
  'directory, deleted ∥ file: the directory keeps the entry': {
    locations: [gone()],
    contents: [y, directory()],
    location: gone(),
    content: directory(),
    losers: [y],
  },
  'file ∥ symlink': {
    locations: [A],
    contents: [x, symlink('t', { mtime: 4 })],
    location: A,
    content: symlink('t', { mtime: 4 }),
    losers: [x],
  },
  'mode ∥ time: no conflict': {
    locations: [A],
    contents: [file('x', { executable: true, mtime: 3 }), file('x', { mtime: 4 })],
    location: A,
    content: file('x', { mtime: 4 }),
  },
};

describe('resolveRegisters', () => {
  it.each(Object.entries(CASES))('%s', (_, { locations, contents, location, content, losers = [] }) => {
    const resolved = resolveRegisters(locations, contents);
    expect(resolved).toEqual({
      location,
      content,
      losers,
      conflicted: locations.length > 1 || contents.length > 1,
    });
    expect(resolveRegisters(locations, contents.toReversed())).toEqual(resolved);
  });

  it('refuses an entry of which a register is missing', () => {
    expect(() => resolveRegisters([], [x])).toThrow('location');
    expect(() => resolveRegisters([A], [])).toThrow('content');
  });
});
