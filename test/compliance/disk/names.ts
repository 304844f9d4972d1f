import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../../../daemon/effects/file-system.ts';
import { code, type DiskUnderTest, expectNear, MTIME_NS, present, read, write } from './under-test.ts';

/** What has a name of its own: symlinks, moved entries, second names. */
export function nameCompliance(open: () => DiskUnderTest): void {
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

  describe('symlinks', () => {
    it('stores the target verbatim and removes only the link', () => {
      write(root, 'file', 'x');
      for (const target of ['file', '../up/../and away', '/absolute', 'ünï']) {
        root.makeSymlink('link', target);
        expect(root.readSymlink('link')).toBe(target);
        root.removeFile('link');
      }
      expect(root.stat('link')).toBeUndefined();
      expect(read(root, 'file')).toBe('x');
    });

    it('refuses a taken name, and reads nothing but symlinks', () => {
      write(root, 'file', 'x');
      expect(() => root.makeSymlink('file', 'y')).toThrow(code('EEXIST'));
      expect(() => root.readSymlink('file')).toThrow(code('EINVAL'));
      expect(() => root.readSymlink('missing')).toThrow(code('ENOENT'));
    });

    it('sets the mtime of the link itself and the mode of nothing', () => {
      write(root, 'file', 'x');
      root.makeSymlink('link', 'file');
      const before = present(root, 'file');
      root.setMtime('link', MTIME_NS);
      expect(() => root.setMode('link', 0o777)).toThrow(code('ELOOP'));
      expectNear(present(root, 'link').mtimeNs, MTIME_NS, disk.mtimeErrorNs);
      expect(present(root, 'file')).toEqual(before);
    });
  });

  describe('rename and link', () => {
    it('moves between directories, keeping the inode and the mtime', () => {
      root.makeDirectory('directory');
      write(root, 'a', 'x');
      root.setMtime('a', MTIME_NS);
      const before = present(root, 'a');
      const directory = root.openDirectory('directory');
      root.rename('a', directory, 'b');
      expect(root.stat('a')).toBeUndefined();
      const after = present(directory, 'b');
      expect([after.inode, after.mtimeNs, after.size]).toEqual([before.inode, before.mtimeNs, before.size]);
      directory.close();
    });

    it('replaces a file or an empty directory, and no full one', () => {
      write(root, 'a', 'new');
      write(root, 'b', 'old');
      root.rename('a', root, 'b');
      expect(read(root, 'b')).toBe('new');
      root.makeDirectory('empty');
      root.makeDirectory('full');
      write(root.openDirectory('full'), 'x', '');
      root.rename('full', root, 'empty');
      expect(root.stat('full')).toBeUndefined();
      root.makeDirectory('other');
      expect(() => root.rename('other', root, 'empty')).toThrow(code('ENOTEMPTY', 'EEXIST'));
    });

    it('refuses to mix files and directories, and to put a directory into itself', () => {
      write(root, 'file', '');
      root.makeDirectory('directory');
      expect(() => root.rename('file', root, 'directory')).toThrow(code('EISDIR'));
      expect(() => root.rename('directory', root, 'file')).toThrow(code('ENOTDIR'));
      const directory = root.openDirectory('directory');
      expect(() => root.rename('directory', directory, 'x')).toThrow(code('EINVAL'));
      expect(() => root.rename('missing', root, 'x')).toThrow(code('ENOENT'));
      directory.close();
    });

    it('never replaces when told not to', () => {
      write(root, 'a', 'a');
      write(root, 'file', 'kept');
      root.makeDirectory('directory');
      root.makeSymlink('dangling', 'nowhere');
      for (const taken of ['file', 'directory', 'dangling']) {
        expect(() => root.renameNoReplace('a', root, taken)).toThrow(code('EEXIST'));
      }
      expect(() => root.renameNoReplace('missing', root, 'x')).toThrow(code('ENOENT'));
      expect(read(root, 'file')).toBe('kept');
      expect(present(root, 'directory').kind).toBe('directory');
      root.renameNoReplace('a', root, 'b');
      expect(root.stat('a')).toBeUndefined();
      expect(read(root, 'b')).toBe('a');
      expect(present(root, 'b').links).toBe(1);
    });

    it('never replaces a directory or a symlink by one either', () => {
      root.makeDirectory('one');
      root.makeDirectory('two');
      expect(() => root.renameNoReplace('one', root, 'two')).toThrow(code('EEXIST'));
      root.renameNoReplace('one', root, 'three');
      root.makeSymlink('link', 'target');
      expect(() => root.renameNoReplace('link', root, 'two')).toThrow(code('EEXIST'));
      root.renameNoReplace('link', root, 'link2');
      expect(root.readSymlink('link2')).toBe('target');
      expect(
        root
          .list()
          .entries.map((entry) => entry.name)
          .sort(),
      ).toEqual(['link2', 'three', 'two']);
    });

    it('exchanges two things of any kind, or says that it can not and leaves them', () => {
      root.makeDirectory('directory');
      const directory = root.openDirectory('directory');
      write(root, 'file', 'x');
      write(directory, 'other', 'y');
      root.makeSymlink('link', 'target');
      const before = present(root, 'file');
      if (!disk.exchanges) {
        expect(() => root.exchange('file', directory, 'other')).toThrow(code('ENOTSUP'));
        expect(read(root, 'file')).toBe('x');
      } else {
        root.exchange('file', directory, 'other');
        expect([read(root, 'file'), read(directory, 'other')]).toEqual(['y', 'x']);
        const after = present(directory, 'other');
        expect([after.inode, after.mtimeNs, after.links]).toEqual([before.inode, before.mtimeNs, 1]);
        expect(() => root.exchange('directory', directory, 'other')).toThrow(code('ENOTSUP'));
        root.exchange('link', root, 'directory');
        expect(root.readSymlink('directory')).toBe('target');
        expect(present(root, 'link').kind).toBe('directory');
        expect(() => root.exchange('file', root, 'missing')).toThrow(code('ENOENT'));
        expect(() => root.exchange('missing', root, 'file')).toThrow(code('ENOENT'));
        expect(read(root, 'file')).toBe('y');
      }
      directory.close();
    });

    it('links a second name, never over a taken one', () => {
      write(root, 'a', 'x');
      root.link('a', root, 'b');
      expect(present(root, 'a').links).toBe(2);
      expect(() => root.link('a', root, 'b')).toThrow(code('EEXIST'));
      expect(() => root.link('missing', root, 'c')).toThrow(code('ENOENT'));
      root.removeFile('a');
      expect(read(root, 'b')).toBe('x');
    });
  });
}
