import { describe, expect, it } from 'vitest';
import { blankEntry, type Entry } from '../../../daemon/core/entry.ts';
import { giveUpVersion } from '../../../daemon/core/lost-version.ts';
import { type Digest, type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Content, Location } from '../../../protocol/registers.ts';

const ID = 'e'.repeat(32) as EntryId;
const PLACE = { parent: ROOT_ENTRY, name: 'a' };
const LIVE: Location = { kind: 'live', ...PLACE };

function file(letter: string): Content {
  const digest = letter.repeat(64) as Digest;
  const common = { mtimeNs: 5n, base: '0'.repeat(16), author: 'f'.repeat(16), time: 0 };
  return { kind: 'file', digest, size: 1, executable: false, epoch: 1, manifest: false, ...common };
}

function entry(remote: Entry['remote'], here: Content | undefined): Entry {
  const synced = here === undefined ? {} : { synced: { placement: PLACE, content: here } };
  return { ...blankEntry(ID), ...(remote === undefined ? {} : { remote }), ...synced };
}

describe('a version that nobody has', () => {
  it('gives way to the older one that is here, which then follows it', () => {
    const older = file('1');
    const change = giveUpVersion(entry({ location: LIVE, content: file('2') }, older));
    expect(change).toEqual({ entry: ID, content: { ...older, base: '2'.repeat(16) } });
  });

  it('is deleted where nothing of the entry is', () => {
    const change = giveUpVersion(entry({ location: LIVE, content: file('2') }, undefined));
    expect(change).toEqual({ entry: ID, location: { kind: 'trash', ...PLACE, digest: '2'.repeat(64) } });
  });

  it.each<readonly [string, Entry]>([
    ['is here', entry({ location: LIVE, content: file('2') }, file('2'))],
    [
      'is deleted',
      entry({ location: { kind: 'trash', ...PLACE, digest: file('2').digest }, content: file('2') }, file('1')),
    ],
    ['is of something unknown', entry(undefined, undefined)],
  ])('is nothing to give up when it %s', (_, known) => {
    expect(giveUpVersion(known)).toBeUndefined();
  });
});
