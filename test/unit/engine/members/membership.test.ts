import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderContext } from '../../../../daemon/engine/context.ts';
import { Records } from '../../../../daemon/engine/logs/records.ts';
import type { DecodedRecord } from '../../../../protocol/membership-record.ts';
import { makeRecord } from '../../../../protocol/membership-record.ts';
import { RECORDS_MAX } from '../../../../protocol/membership-types.ts';
import { actorOf, admit, mergeViews, rotate, type View, viewOf } from '../../../support/membership-world.ts';
import { failureOf, Party, TestClock } from '../pairing-world.ts';

const [alice, bob, carol] = [actorOf('alice'), actorOf('bob'), actorOf('carol')];
const bytesOf = (view: View): readonly Uint8Array[] => view.records.map(({ bytes }) => bytes);

let photos: FolderContext;
let base: View;

beforeEach(async () => {
  photos = await new Party('alice', new TestClock()).share('photos');
  base = viewOf(photos.membership.current.accepted);
});

/** Records that alice could have written, each on top of the one before, until there are `count` in all. */
function renames(count: number): readonly DecodedRecord[] {
  const made = [...base.records];
  while (made.length < count) {
    const parents = made.slice(-1).map(({ id }) => id);
    const body = { kind: 'rename-device', deviceName: `alice ${made.length}` } as const;
    made.push(makeRecord(alice.key, { folder: base.membership.folder, parents, time: 2000, body }));
  }
  return made;
}

describe('the membership of a folder', () => {
  it('takes in as many records as a folder may have, and no more from anybody', async () => {
    const all = renames(RECORDS_MAX + 1).map(({ bytes }) => bytes);
    expect(await photos.membership.receive(all.slice(0, RECORDS_MAX))).toBe(true);
    const full = { code: 'too-many-records', message: expect.stringContaining('share the directory anew') };
    expect(await failureOf(photos.membership.receive(all.slice(RECORDS_MAX)))).toEqual(full);
    const rename = photos.membership.write({ kind: 'rename-device', deviceName: 'one more' }, 3000);
    expect(await failureOf(rename)).toEqual(full);
    expect(photos.membership.current.accepted).toHaveLength(RECORDS_MAX);
  });

  it('tells what somebody could do by what it knew then', async () => {
    const admitted = admit(base, alice, bob, 'writer');
    const { membership } = photos;
    const [before, after] = [base.membership.heads, admitted.membership.heads];
    expect(membership.mayWriteAt(bob.device, after)).toBeUndefined();
    await membership.receive(bytesOf(admitted));
    expect(membership.mayWriteAt(bob.device, after)).toBe(true);
    expect(membership.mayWriteAt(bob.device, before)).toBe(false);
    expect(membership.mayWriteAt(alice.device, before)).toBe(true);
    expect(membership.mayWriteAt(alice.device, [])).toBe(false);
  });

  it('gives their keys to members who were admitted while somebody rotated', async () => {
    const withBob = admit(base, alice, bob, 'writer');
    const both = mergeViews(rotate(withBob, alice), admit(withBob, bob, carol, 'reader'));
    let news = 0;
    const records = new Records(photos, () => {
      news += 1;
    });
    expect(await records.take(bytesOf(both))).toBe(true);
    expect(photos.membership.current.withoutKeys).toEqual([]);
    expect(photos.membership.current.accepted.at(-1)?.record.body).toMatchObject({
      kind: 'share-keys',
      device: carol.device,
    });
    // Once for what came, once for what was added.
    expect(news).toBe(2);
    await records.shareKeys();
    expect([news, photos.membership.current.accepted.length]).toEqual([2, both.records.length + 1]);
  });
});
