import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../../../daemon/effects/file-system.ts';
import { code, type DiskUnderTest, expectNear, MTIME_NS, present, read, write } from './under-test.ts';

/** Listing, looking up, making and removing. */
export function directoryCompliance(open: () => DiskUnderTest): void {
  let disk: DiskUnderTest;
  let root: Directory;
  beforeEach(() => {
    disk = open();
    root = disk.fileSystem.openRoot(disk.rootPath);
  });
  afterEach(() => {
    root.close();
    disk.cleanUp();
  });

  describe('stat and list', () => {
    it('tells kinds apart without following', () => {
      write(root, 'file', 'four');
      root.makeDirectory('directory');
      root.makeSymlink('link', 'directory');
      expect(root.stat('file')).toMatchObject({ kind: 'file', size: 4 });
      expect(root.stat('directory')).toMatchObject({ kind: 'directory', size: 0 });
      expect(root.stat('link')).toMatchObject({ kind: 'symlink', size: 0 });
      expect(root.stat('missing')).toBeUndefined();
    });

    it('lists every child once, with its kind', () => {
      write(root, 'file', '');
      root.makeDirectory('directory');
      root.makeSymlink('link', 'anything');
      const { entries, undecodable } = root.list();
      expect(undecodable).toEqual([]);
      expect([...entries].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        { name: 'directory', kind: 'directory' },
        { name: 'file', kind: 'file' },
        { name: 'link', kind: 'symlink' },
      ]);
    });

    it('keeps names as they are', () => {
      const names = [
        'naïve',
        'nai\u0308ve2',
        '\ufeffmark',
        'really \ufffd',
        'new\nline',
        '日本',
        '-rf',
        '.hidden',
        ' x ',
      ];
      for (const each of names) write(root, each, each);
      const listed = root.list();
      expect(listed.undecodable).toEqual([]);
      expect(listed.entries.map((entry) => entry.name).sort()).toEqual([...names].sort());
      for (const each of names) expect(read(root, each)).toBe(each);
    });

    it('lists a directory of many entries', () => {
      const count = 1500;
      for (let index = 0; index < count; index += 1) write(root, `file-${index}`, '');
      expect(new Set(root.list().entries.map((entry) => entry.name)).size).toBe(count);
    });

    it('names the same inode through a directory, its parent and a hard link', () => {
      root.makeDirectory('directory');
      const directory = root.openDirectory('directory');
      expect(directory.statSelf()).toEqual(root.stat('directory'));
      write(directory, 'a', 'x');
      directory.link('a', root, 'b');
      expect(present(root, 'b').inode).toBe(present(directory, 'a').inode);
      expect(present(root, 'b')).toMatchObject({ links: 2, device: root.statSelf().device });
      directory.close();
    });

    it('moves ctime on every change of content or metadata, and mtime on content only', () => {
      write(root, 'a', 'x');
      root.setMtime('a', MTIME_NS);
      const before = present(root, 'a');
      root.setMode('a', 0o700);
      const after = present(root, 'a');
      expect(after.mtimeNs).toBe(before.mtimeNs);
      expect(after.ctimeNs >= before.ctimeNs).toBe(true);
      expect(after.birthtimeNs).toBe(before.birthtimeNs);
    });
  });

  describe('directories', () => {
    it('opens children by name, never through a symlink', () => {
      root.makeDirectory('directory');
      root.makeSymlink('link', 'directory');
      write(root, 'file', '');
      const directory = root.openDirectory('directory');
      write(directory, 'inside', 'x');
      expect(directory.list().entries).toEqual([{ name: 'inside', kind: 'file' }]);
      directory.close();
      expect(() => root.openDirectory('link')).toThrow(code('ENOTDIR', 'ELOOP'));
      expect(() => root.openDirectory('file')).toThrow(code('ENOTDIR'));
      expect(() => root.openDirectory('missing')).toThrow(code('ENOENT'));
    });

    it('makes and removes', () => {
      root.makeDirectory('directory');
      expect(() => root.makeDirectory('directory')).toThrow(code('EEXIST'));
      const directory = root.openDirectory('directory');
      write(directory, 'inside', '');
      directory.close();
      expect(() => root.removeDirectory('directory')).toThrow(code('ENOTEMPTY', 'EEXIST'));
      expect(() => root.removeFile('directory')).toThrow(code('EISDIR', 'EPERM'));
      expect(() => root.removeDirectory('missing')).toThrow(code('ENOENT'));
      const again = root.openDirectory('directory');
      again.removeFile('inside');
      again.close();
      root.removeDirectory('directory');
      expect(root.stat('directory')).toBeUndefined();
    });

    it('refuses to remove a file as a directory, and a missing file', () => {
      write(root, 'file', '');
      expect(() => root.removeDirectory('file')).toThrow(code('ENOTDIR'));
      expect(() => root.removeFile('missing')).toThrow(code('ENOENT'));
    });

    it('takes nothing but one path component for a name', () => {
      root.makeDirectory('directory');
      for (const bad of ['', '.', '..', 'a/b', '/a', 'directory/', 'a\0b']) {
        expect(() => root.stat(bad), JSON.stringify(bad)).toThrow(code('EINVAL'));
        expect(() => root.createFile(bad)).toThrow(code('EINVAL'));
        expect(() => root.openDirectory(bad)).toThrow(code('EINVAL'));
        expect(() => root.makeDirectory(bad)).toThrow(code('EINVAL'));
        expect(() => root.removeFile(bad)).toThrow(code('EINVAL'));
        expect(() => root.rename('directory', root, bad)).toThrow(code('EINVAL'));
        expect(() => root.rename(bad, root, 'x')).toThrow(code('EINVAL'));
        expect(() => root.setMtime(bad, 0n)).toThrow(code('EINVAL'));
      }
      expect(root.list().entries).toHaveLength(1);
    });

    it('refuses a name the disk has no room for', () => {
      expect(() => root.createFile('x'.repeat(256))).toThrow(code('ENAMETOOLONG'));
      expect(() => root.stat('x'.repeat(256))).toThrow(code('ENAMETOOLONG'));
    });

    it('answers EBADF once closed, and may be closed twice', () => {
      root.makeDirectory('directory');
      const directory = root.openDirectory('directory');
      directory.close();
      directory.close();
      expect(() => directory.list()).toThrow(code('EBADF'));
      expect(() => directory.stat('x')).toThrow(code('EBADF'));
      expect(() => directory.createFile('x')).toThrow(code('EBADF'));
    });

    it('syncs, and knows its free space', () => {
      write(root, 'a', 'x');
      root.sync();
      root.syncFileSystem();
      const { freeBytes, totalBytes } = root.freeSpace();
      expect(freeBytes).toBeGreaterThan(0);
      expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
      expect(read(root, 'a')).toBe('x');
    });
  });

  it('sets mtimes before 1970, at 0 and far ahead', () => {
    write(root, 'a', '');
    for (const mtimeNs of [0n, -1n, -1_500_000_001n, 4_000_000_000_000_000_001n]) {
      root.setMtime('a', mtimeNs);
      expectNear(present(root, 'a').mtimeNs, mtimeNs, disk.mtimeErrorNs);
    }
    expect(() => root.setMtime('missing', 0n)).toThrow(code('ENOENT'));
  });

  it('opens no root that is missing or no directory', () => {
    write(root, 'file', '');
    expect(() => disk.fileSystem.openRoot(`${disk.rootPath}/missing`)).toThrow(code('ENOENT'));
    expect(() => disk.fileSystem.openRoot(`${disk.rootPath}/file`)).toThrow(code('ENOTDIR'));
  });
}
