import { expect, it } from 'vitest';
import type { Stamp } from '../../../daemon/core/entry.ts';
import { underMeantTime } from '../../../daemon/core/meant-time.ts';
import type { Digest } from '../../../protocol/ids.ts';
import type { Content } from '../../../protocol/registers.ts';

const SECOND = 1_000_000_000n;
const stamp: Stamp = { kind: 'file', size: 1, executable: false, mtimeNs: 7n * SECOND, ctimeNs: 9n, inode: 5n };
const agreed: Content = {
  kind: 'file',
  digest: 'd'.repeat(64) as Digest,
  mtimeNs: 7n * SECOND + 123n,
  executable: false,
  size: 1,
  epoch: 1,
  manifest: false,
  base: '0'.repeat(16),
  author: 'a'.repeat(16),
  time: 0,
};
const read: Content = { ...agreed, mtimeNs: stamp.mtimeNs };

it('keeps the time that was meant while the disk shows it as it did', () => {
  expect(underMeantTime(read, { ...stamp, ctimeNs: 10n }, stamp, agreed)).toEqual(agreed);
});

it('keeps the rest of what was read', () => {
  const edited: Content = { ...read, digest: 'e'.repeat(64) as Digest, executable: true };
  expect(underMeantTime(edited, stamp, stamp, agreed)).toEqual({ ...edited, mtimeNs: agreed.mtimeNs });
});

it('takes the time of the disk when it is another, or when nothing is known of it', () => {
  const later = { ...stamp, mtimeNs: 8n * SECOND };
  const touched: Content = { ...read, mtimeNs: later.mtimeNs };
  expect(underMeantTime(touched, later, stamp, agreed)).toEqual(touched);
  expect(underMeantTime(read, stamp, undefined, agreed)).toEqual(read);
  expect(underMeantTime(read, stamp, stamp, undefined)).toEqual(read);
});

it('takes a time that is no cut of the one that was meant: somebody wrote as it was set', () => {
  for (const mtimeNs of [5n * SECOND, 8n * SECOND, 7n * SECOND + 122n, 7n * SECOND + 124n]) {
    const other = { ...stamp, mtimeNs };
    const written: Content = { ...read, mtimeNs };
    expect(underMeantTime(written, other, other, agreed)).toEqual(written);
  }
});

it.each([100n, 1_000n, 1_000_000n, SECOND, 2n * SECOND])('knows times cut to %d ns', (unit) => {
  const meant: Content = { ...agreed, mtimeNs: 6n * SECOND + 987_654_321n };
  const shown = { ...stamp, mtimeNs: meant.mtimeNs - (meant.mtimeNs % unit) };
  expect(underMeantTime({ ...meant, mtimeNs: shown.mtimeNs }, shown, shown, meant)).toEqual(meant);
});
