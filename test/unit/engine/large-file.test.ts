import { expect, it } from 'vitest';
import { createDiskHost } from '../../../daemon/engine/disk/disk-host.ts';
import type { HashOutcome } from '../../../daemon/engine/disk/jobs.ts';
import { stampOf } from '../../../daemon/engine/disk/opened-root.ts';
import { VirtualDisk } from '../../simulator/disk/virtual-disk.ts';
import { sampleKeys } from '../../vectors/sample.ts';

const ROOT = '/data/folder';
const SIZE = 300_000;

/** Hashes a part of a file after somebody did something to it. */
function hashAfter(change: (disk: VirtualDisk) => void): HashOutcome {
  const disk = new VirtualDisk({ nowNs: () => 1_700_000_000_000_000_000n });
  disk.user.makeDirectories(ROOT);
  const host = createDiskHost(disk.openFileSystem());
  host({ kind: 'prepare', path: ROOT, marker: 'marker' });
  disk.user.write(`${ROOT}/a`, new Uint8Array(SIZE));
  const opened = disk.openFileSystem().openRoot(ROOT);
  const { device, inode } = opened.statSelf();
  const stat = opened.stat('a');
  const stamp = stat && stampOf(stat);
  opened.close();
  if (stamp === undefined) throw new Error('the file is not there');
  change(disk);
  const root = { path: ROOT, device, inode, marker: 'marker' };
  const result = host({ kind: 'hash', root, keys: sampleKeys, path: 'a', stamp, from: 0, to: 65_536 });
  if (result.kind !== 'hash') throw new Error('the job has another result');
  return result.outcome;
}

it('a part of a large file is hashed while the file is what it was', () => {
  expect(hashAfter(() => undefined).kind).toBe('hashed');
});

it('it is looked at again once it is gone, which is nobody’s problem', () => {
  expect(hashAfter((disk) => disk.user.remove(`${ROOT}/a`)).kind).toBe('unstable');
});

it('it is looked at again once it was written', () => {
  expect(hashAfter((disk) => disk.user.write(`${ROOT}/a`, new Uint8Array(SIZE + 1))).kind).toBe('unstable');
});
