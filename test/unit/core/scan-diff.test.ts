import { describe, expect, it } from 'vitest';
import type { Stamp } from '../../../daemon/core/entry.ts';
import { diffDirectory } from '../../../daemon/core/scan-diff.ts';
import { id, stamp } from '../../support/entries.ts';

const known = (name: string, facts: Partial<Stamp> = {}) => ({ name, id: id('1'), stamp: stamp(facts) });
const found = (name: string, facts: Partial<Stamp> = {}) => ({ name, stamp: stamp(facts) });
const NONE: ReadonlySet<string> = new Set();

describe('diffDirectory', () => {
  it('says nothing of what is as it was', () => {
    const diff = diffDirectory([known('a')], [found('a')], NONE);
    expect(diff).toEqual({ appeared: [], changed: [], gone: [], directories: [] });
  });

  it('tells new, changed and gone', () => {
    const diff = diffDirectory([known('a'), known('b')], [found('b', { size: 2 }), found('c')], NONE);
    expect(diff.appeared).toEqual([found('c')]);
    expect(diff.changed).toEqual([{ known: known('b'), stamp: stamp({ size: 2 }) }]);
    expect(diff.gone).toEqual([known('a')]);
  });

  it('takes another kind of the same name for another thing', () => {
    const diff = diffDirectory([known('a')], [found('a', { kind: 'directory' })], NONE);
    expect(diff.gone).toEqual([known('a')]);
    expect(diff.appeared).toEqual([found('a', { kind: 'directory' })]);
    expect(diff.directories).toEqual([]);
  });

  it('names the directories to go on with, also those that were replaced', () => {
    const directory = { kind: 'directory' } as const;
    const diff = diffDirectory([known('d', directory)], [found('d', { ...directory, inode: 7n })], NONE);
    expect(diff.directories).toEqual([known('d', directory)]);
    expect(diff.changed).toHaveLength(1);
    expect(diff.gone).toEqual([]);
  });

  it('infers nothing from what it can not look at', () => {
    const diff = diffDirectory([known('a'), known('b')], [], new Set(['a']));
    expect(diff.gone).toEqual([known('b')]);
  });
});
