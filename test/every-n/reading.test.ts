import { describe, expect, it } from 'vitest';
import { type Stamp, sameStamp } from '../../daemon/core/entry.ts';
import { createDiskHost } from '../../daemon/engine/disk/disk-host.ts';
import type { ReadOutcome } from '../../daemon/engine/disk/jobs.ts';
import { stampOf } from '../../daemon/engine/disk/opened-root.ts';
import { chunkIdOf } from '../../protocol/chunk.ts';
import type { BeforeOperation } from '../simulator/disk/operations.ts';
import { VirtualDisk } from '../simulator/disk/virtual-disk.ts';
import { sampleKeys } from '../vectors/sample.ts';
import { contentOf } from './disk-case.ts';

const ROOT = '/data/folder';
const FILE = `${ROOT}/a`;
const SHORT_BYTES = 4000;
const TICK_NS = 4_000_000n;
const MS_NS = 1_000_000n;
const START_NS = 1_700_000_000_000_000_000n;

/** A disk whose clock is set by hand, with a folder and one file of it. */
class ReadCase {
  nowNs = START_NS;
  readonly disk: VirtualDisk;

  constructor(stampNs: bigint) {
    this.disk = new VirtualDisk({ options: { stampNs }, nowNs: () => this.nowNs });
    this.disk.user.makeDirectories(ROOT);
    createDiskHost(this.disk.openFileSystem())({ kind: 'prepare', path: ROOT, marker: 'marker' });
    this.write('a');
  }

  write(letter: string): void {
    this.disk.user.write(FILE, contentOf(letter));
  }

  read(before?: BeforeOperation): ReadOutcome | undefined {
    const root = this.disk.openFileSystem().openRoot(ROOT);
    const { device, inode } = root.statSelf();
    root.close();
    const first = this.disk.operations.count;
    this.disk.operations.before = (operation) => before?.({ ...operation, number: operation.number - first });
    const result = createDiskHost(this.disk.openFileSystem())({
      kind: 'read',
      root: { path: ROOT, device, inode, marker: 'marker' },
      keys: sampleKeys,
      files: [{ path: 'a', kind: 'file' }],
      nowNs: this.nowNs,
      largeFrom: Number.MAX_SAFE_INTEGER,
    });
    this.disk.operations.before = undefined;
    if (result.kind !== 'read') throw new Error('the job has another result');
    return result.files[0];
  }

  standing(): { readonly stamp: Stamp | undefined; readonly digest: string | undefined } {
    const root = this.disk.openFileSystem().openRoot(ROOT);
    const stat = root.stat('a');
    root.close();
    const found = this.disk.user.tree(ROOT).get('a');
    return { stamp: stat && stampOf(stat), digest: found && chunkIdOf(sampleKeys, found.bytes) };
  }
}

const digests = ['a', 'u'].map((letter) => chunkIdOf(sampleKeys, contentOf(letter)));

describe('a file that somebody writes to while it is read', () => {
  it('counts as read only with the bytes that it held at one moment, and that it still holds', () => {
    const kinds = new Set<string | undefined>();
    let operations = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= operations; at += 1) {
      const test = new ReadCase(1n);
      test.nowNs += 1000n * MS_NS;
      let seen = 0;
      const outcome = test.read(({ number, call }) => {
        seen = number;
        if (number === at) test.write('u');
        return call === 'read' ? { kind: 'short', bytes: SHORT_BYTES } : undefined;
      });
      operations = seen;
      kinds.add(outcome?.kind);
      if (outcome?.kind !== 'file') continue;
      const { stamp, digest } = test.standing();
      expect(digests, `written before ${at}`).toContain(outcome.digest);
      if (stamp !== undefined && sameStamp(stamp, outcome.stamp)) expect(outcome.digest).toBe(digest);
    }
    expect([...kinds].sort()).toEqual(['file', 'unstable']);
  });
});

describe('a file that is written to again within a tick of its disk’s clock', () => {
  it('is read only once the next write must show', () => {
    const kinds = new Set<string | undefined>();
    for (let phaseNs = 0n; phaseNs < TICK_NS; phaseNs += MS_NS) {
      for (let ageNs = 0n; ageNs < 5n * TICK_NS; ageNs += MS_NS) {
        const test = new ReadCase(TICK_NS);
        test.nowNs = START_NS + TICK_NS + phaseNs;
        test.write('b');
        test.nowNs += ageNs;
        const outcome = test.read();
        test.write('u');
        kinds.add(outcome?.kind);
        if (outcome?.kind !== 'file') continue;
        const { stamp } = test.standing();
        expect(stamp !== undefined && sameStamp(stamp, outcome.stamp), `${phaseNs} ${ageNs}`).toBe(false);
      }
    }
    expect([...kinds].sort()).toEqual(['file', 'unstable']);
  });
});
