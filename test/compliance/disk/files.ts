import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../../../daemon/effects/file-system.ts';
import { bytes, code, type DiskUnderTest, expectNear, MTIME_NS, present, read, text, write } from './under-test.ts';

/** Reading, writing and looking at files. */
export function fileCompliance(open: () => DiskUnderTest): void {
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

  describe('files', () => {
    it('creates, writes, reads and reopens', () => {
      const file = root.createFile('a');
      file.write(bytes('hello world'), 0);
      file.write(bytes('W'), 6);
      const buffer = new Uint8Array(32);
      expect(file.read(buffer, 0)).toBe(11);
      file.close();
      expect(read(root, 'a')).toBe('hello World');
    });

    it('reads from a position, short at the end, and 0 past it', () => {
      write(root, 'a', 'abcdef');
      const file = root.openFile('a');
      const buffer = new Uint8Array(4);
      expect(file.read(buffer, 4)).toBe(2);
      expect(text(buffer.subarray(0, 2))).toBe('ef');
      expect(file.read(buffer, 6)).toBe(0);
      expect(file.read(buffer, 600)).toBe(0);
      file.close();
    });

    it('fills the gap before a write with zeros', () => {
      const file = root.createFile('a');
      file.write(bytes('x'), 5);
      const buffer = new Uint8Array(8).fill(9);
      expect(file.read(buffer, 0)).toBe(6);
      expect([...buffer]).toEqual([0, 0, 0, 0, 0, 120, 9, 9]);
      file.close();
    });

    it('gives a new file to its owner only, not executable', () => {
      const file = root.createFile('a');
      expect(file.stat()).toMatchObject({ kind: 'file', size: 0, executable: false, mode: 0o600, links: 1 });
      file.close();
    });

    it('refuses to create over anything that stands there', () => {
      write(root, 'file', '');
      root.makeDirectory('directory');
      root.makeSymlink('dangling', 'nowhere');
      for (const taken of ['file', 'directory', 'dangling'])
        expect(() => root.createFile(taken)).toThrow(code('EEXIST'));
      expect(root.stat('nowhere')).toBeUndefined();
    });

    it('opens regular files only, and never through a symlink', () => {
      write(root, 'file', 'x');
      root.makeDirectory('directory');
      root.makeSymlink('link', 'file');
      expect(() => root.openFile('link')).toThrow(code('ELOOP'));
      expect(() => root.openFile('directory')).toThrow(code('EISDIR'));
      expect(() => root.openFile('missing')).toThrow(code('ENOENT'));
    });

    it('opens an existing file for writing in place', () => {
      write(root, 'a', 'abcdef');
      root.makeSymlink('link', 'a');
      const file = root.openForWriting('a');
      file.write(bytes('XY'), 2);
      file.close();
      expect(read(root, 'a')).toBe('abXYef');
      expect(() => root.openForWriting('link')).toThrow(code('ELOOP'));
      expect(() => root.openForWriting('missing')).toThrow(code('ENOENT'));
      root.makeDirectory('directory');
      expect(() => root.openForWriting('directory')).toThrow(code('EISDIR'));
    });

    it('keeps an open file when its name goes away', () => {
      write(root, 'a', 'kept');
      const file = root.openFile('a');
      root.removeFile('a');
      const buffer = new Uint8Array(4);
      expect(file.read(buffer, 0)).toBe(4);
      expect(file.stat().links).toBe(0);
      file.close();
    });

    it('sets mode and mtime through the open file', () => {
      const file = root.createFile('a');
      file.write(bytes('x'), 0);
      file.setMode(0o755);
      file.setMtime(MTIME_NS);
      file.sync();
      file.close();
      const stat = present(root, 'a');
      expect(stat).toMatchObject({ executable: true, mode: 0o755, size: 1 });
      expectNear(stat.mtimeNs, MTIME_NS, disk.mtimeErrorNs);
    });

    it('agrees with the stat of its name', () => {
      write(root, 'a', 'xyz');
      const file = root.openFile('a');
      expect(file.stat()).toEqual(root.stat('a'));
      file.close();
    });

    it('answers EBADF once closed, and may be closed twice', () => {
      const file = root.createFile('a');
      file.close();
      file.close();
      expect(() => file.stat()).toThrow(code('EBADF'));
      expect(() => file.read(new Uint8Array(1), 0)).toThrow(code('EBADF'));
      expect(() => file.write(bytes('x'), 0)).toThrow(code('EBADF'));
    });
  });
}
