import { describe, expect, it } from 'vitest';
import type { Directory } from '../../daemon/effects/file-system.ts';
import { everyChoice, seededChoices } from '../simulator/disk/choices.ts';
import { chosenCut, NAMED_CUTS, type PowerCut, randomCut } from '../simulator/disk/power-cut.ts';
import { VirtualDisk } from '../simulator/disk/virtual-disk.ts';
import { bytes, write } from './disk/under-test.ts';

/** What each legal power cut after `work` leaves below the root of the disk, as text, once each, sorted. */
function outcomes(work: (root: Directory, disk: VirtualDisk) => void, before?: (disk: VirtualDisk) => void): string[] {
  const found = new Set<string>();
  const { all } = everyChoice(20_000, (choose) => {
    const disk = prepared(before);
    work(disk.openFileSystem().openRoot('/'), disk);
    disk.powerCut(chosenCut(choose));
    found.add(picture(disk));
  });
  expect(all).toBe(true);
  return [...found].sort();
}

function prepared(before?: (disk: VirtualDisk) => void): VirtualDisk {
  const disk = new VirtualDisk();
  before?.(disk);
  disk.writeBack();
  return disk;
}

function picture(disk: VirtualDisk): string {
  const tree = [...disk.user.tree('/')];
  return tree
    .map(([path, { kind, bytes: content }]) => (kind === 'directory' ? `${path}/` : `${path}=${show(content)}`))
    .join(' ');
}

function show(content: Uint8Array): string {
  return new TextDecoder().decode(content).replaceAll('\0', '0');
}

const withFile = (disk: VirtualDisk): void => disk.user.write('/a', bytes('old'));

describe('what a power cut leaves', () => {
  it('nothing, an empty file, zeros or all of it, when nothing was synced', () => {
    expect(outcomes((root) => write(root, 'a', 'new'))).toEqual(['', 'a=', 'a=000', 'a=new']);
  });

  it('no name but the whole content, when only the file was synced', () => {
    const found = outcomes((root) => {
      const file = root.createFile('a');
      file.write(bytes('new'), 0);
      file.sync();
      file.close();
    });
    expect(found).toEqual(['', 'a=new']);
  });

  it('all of it once file and directory were synced, or the whole disk', () => {
    const both = (root: Directory): void => {
      write(root, 'a', 'new');
      const file = root.openForWriting('a');
      file.sync();
      file.close();
      root.sync();
    };
    const whole = (root: Directory): void => {
      write(root, 'a', 'new');
      root.syncFileSystem();
    };
    expect(outcomes(both)).toEqual(['a=new']);
    expect(outcomes(whole)).toEqual(['a=new']);
  });

  it('the old or the new file, after a synced one was renamed over it, and a torn one when it was not', () => {
    const replace = (sync: boolean) => (root: Directory) => {
      write(root, 'b', 'new');
      if (sync) root.syncFileSystem();
      root.rename('b', root, 'a');
    };
    expect(outcomes(replace(true), withFile)).toEqual(['a=new', 'a=old b=new']);
    expect(outcomes(replace(false), withFile)).toContain('a=');
  });

  it('never less than the last name of a file, whatever order its names were written in', () => {
    const found = outcomes(
      (root) => {
        root.makeDirectory('d');
        const directory = root.openDirectory('d');
        root.link('a', directory, 'kept');
        root.removeFile('a');
        root.rename('b', directory, 'b');
      },
      (disk) => {
        withFile(disk);
        disk.user.write('/b', bytes('other'));
      },
    );
    for (const each of found) expect(each).toMatch(/=old.*=other|=other.*=old/);
    expect(found).toContain('d/ d/b=other d/kept=old');
    expect(found).toContain('a=old b=other');
  });

  it('no directory that moved into itself, and none that went with something inside', () => {
    const found = outcomes(
      (root) => {
        const one = root.openDirectory('one');
        root.rename('two', one, 'two');
        one.rename('two', root, 'two');
        root.rename('one', root.openDirectory('two'), 'one');
      },
      (disk) => {
        disk.user.makeDirectories('/one');
        disk.user.makeDirectories('/two');
        disk.user.write('/one/x', bytes('x'));
      },
    );
    for (const each of found) expect(each).toMatch(/one\/ .*x=x|one\/x=x/);
    const emptied = outcomes(
      (root) => {
        root.openDirectory('one').rename('x', root, 'x');
        root.removeDirectory('one');
      },
      (disk) => {
        disk.user.makeDirectories('/one');
        disk.user.write('/one/x', bytes('x'));
      },
    );
    expect(emptied).toEqual(['one/ one/x=x', 'one/ x=x', 'x=x']);
  });

  it('what it should have lost, when a sync failed and the next one did not', () => {
    const disk = prepared();
    const root = disk.openFileSystem().openRoot('/');
    const file = root.createFile('a');
    file.write(bytes('new'), 0);
    disk.operations.before = () => ({ kind: 'lost-sync' });
    expect(() => file.sync()).toThrow(expect.objectContaining({ code: 'EIO' }));
    disk.operations.before = undefined;
    file.sync();
    root.sync();
    expect(picture(disk)).toBe('a=new');
    disk.powerCut(NAMED_CUTS['all that waits survives'] as PowerCut); // one of the table
    expect(picture(disk)).toBe('a=');
  });

  it('a page torn between sectors, by name or by seed', () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 200; seed += 1) {
      const disk = prepared();
      disk.user.write('/a', new Uint8Array(10_000).fill(7));
      disk.powerCut(seed === 0 ? (NAMED_CUTS['pages are torn'] as PowerCut) : randomCut(seededChoices(seed)));
      const [found] = disk.user.tree('/').values();
      if (found !== undefined) sizes.add(found.bytes.length);
    }
    expect(sizes.size).toBeGreaterThan(5);
    expect([...sizes].every((size) => size === 10_000 || size % 512 === 0)).toBe(true);
  });
});

describe('a killed process', () => {
  it('leaves what it wrote, half of what it was writing, and no handle', () => {
    const disk = prepared();
    const root = disk.openFileSystem().openRoot('/');
    write(root, 'a', 'whole');
    const file = root.openForWriting('a');
    disk.operations.before = () => ({ kind: 'kill-half' });
    expect(() => file.write(bytes('WHOL'), 0)).toThrow('killed');
    disk.operations.before = undefined;
    expect(() => root.list()).toThrow('killed');
    disk.kill();
    expect(() => file.stat()).toThrow('killed');
    expect(picture(disk)).toBe('a=WHole');
    expect(disk.openFileSystem().openRoot('/').list().entries).toHaveLength(1);
  });
});
