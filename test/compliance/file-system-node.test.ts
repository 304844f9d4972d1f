import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeFileSystem, type NodeFileSystemOptions } from '../../daemon/node/file-system.ts';
import { code, type DiskUnderTest } from './disk/under-test.ts';
import { fileSystemCompliance } from './file-system.ts';

/** Seconds in a double, near the year 2100, are exact to about half a microsecond. */
const DOUBLE_ERROR_NS = 1000n;

function openDisk(options: NodeFileSystemOptions): DiskUnderTest {
  const rootPath = realpathSync(mkdtempSync(join(tmpdir(), 'sheaf-disk-')));
  return {
    fileSystem: createNodeFileSystem(options),
    rootPath,
    mtimeErrorNs: options.native === false ? DOUBLE_ERROR_NS : 0n,
    exchanges: options.native !== false && process.platform !== 'win32',
    cleanUp: () => rmSync(rootPath, { recursive: true, force: true }),
  };
}

fileSystemCompliance('this platform', () => openDisk({}));
fileSystemCompliance('without the C library', () => openDisk({ native: false }));
fileSystemCompliance('by paths, as where handles name no children', () => openDisk({ handles: false }));
fileSystemCompliance('by paths and without the C library', () => openDisk({ handles: false, native: false }));

const linux = process.platform === 'linux';

describe.each([
  ['by handle', {}],
  ['by path', { handles: false }],
] as const)('real disk, %s', (_name, options) => {
  let disk: DiskUnderTest;
  beforeEach(() => {
    disk = openDisk(options);
  });
  afterEach(() => disk.cleanUp());

  it.runIf(linux)('counts names that are not UTF-8, and lists the others', () => {
    const root = disk.fileSystem.openRoot(disk.rootPath);
    writeFileSync(Buffer.concat([Buffer.from(`${disk.rootPath}/bad-`), Buffer.from([0xff])]), 'four');
    writeFileSync(join(disk.rootPath, 'really \ufffd'), '');
    const { entries, undecodable } = root.list();
    expect(undecodable).toHaveLength(1);
    expect(undecodable[0]).toMatchObject({ kind: 'file', size: 4 });
    expect(entries).toEqual([{ name: 'really \ufffd', kind: 'file' }]);
    root.close();
  });

  it.runIf(linux)('refuses a symlink whose target is not UTF-8', () => {
    const root = disk.fileSystem.openRoot(disk.rootPath);
    symlinkSync(Buffer.from([0xc3, 0x28]), join(disk.rootPath, 'link'));
    expect(() => root.readSymlink('link')).toThrow(code('EILSEQ'));
    root.close();
  });

  it.runIf(process.platform !== 'win32')('neither blocks on a FIFO nor reads it', () => {
    execFileSync('mkfifo', [join(disk.rootPath, 'fifo')]);
    const root = disk.fileSystem.openRoot(disk.rootPath);
    expect(root.stat('fifo')?.kind).toBe('other');
    expect(() => root.openFile('fifo')).toThrow(code('EINVAL'));
    root.close();
  });

  it('writes nothing outside when a parent is swapped for a symlink', () => {
    const outside = mkdtempSync(join(tmpdir(), 'sheaf-outside-'));
    mkdirSync(join(disk.rootPath, 'a'));
    const root = disk.fileSystem.openRoot(disk.rootPath);
    const directory = root.openDirectory('a');
    renameSync(join(disk.rootPath, 'a'), join(disk.rootPath, 'b'));
    symlinkSync(outside, join(disk.rootPath, 'a'));
    try {
      directory.createFile('x').close();
    } catch (error) {
      expect(error).toEqual(code('ELOOP'));
    }
    expect(disk.fileSystem.openRoot(outside).list().entries).toEqual([]);
    expect(() => root.openDirectory('a')).toThrow(code('ELOOP', 'ENOTDIR'));
    directory.close();
    root.close();
    rmSync(outside, { recursive: true });
  });

  it('notices a directory of the same name in its place', () => {
    mkdirSync(join(disk.rootPath, 'a'));
    const root = disk.fileSystem.openRoot(disk.rootPath);
    const directory = root.openDirectory('a');
    renameSync(join(disk.rootPath, 'a'), join(disk.rootPath, 'b'));
    mkdirSync(join(disk.rootPath, 'a'));
    try {
      directory.createFile('x').close();
    } catch (error) {
      expect(error).toEqual(code('ESTALE'));
    }
    expect(disk.fileSystem.openRoot(join(disk.rootPath, 'a')).list().entries).toEqual([]);
    directory.close();
    root.close();
  });

  it('follows the symlinks of the root path itself', () => {
    mkdirSync(join(disk.rootPath, 'real'));
    symlinkSync('real', join(disk.rootPath, 'alias'));
    const root = disk.fileSystem.openRoot(join(disk.rootPath, 'alias'));
    const file = root.createFile('x');
    file.write(new TextEncoder().encode('x'), 0);
    file.close();
    root.close();
    expect(readFileSync(join(disk.rootPath, 'real', 'x'), 'utf8')).toBe('x');
    expect(() => disk.fileSystem.openRoot('relative')).toThrow(code('EINVAL'));
  });
});

describe.runIf(linux)('handles', () => {
  it('stay bound to a directory that is renamed', () => {
    const disk = openDisk({});
    mkdirSync(join(disk.rootPath, 'a'));
    const root = disk.fileSystem.openRoot(disk.rootPath);
    const directory = root.openDirectory('a');
    renameSync(join(disk.rootPath, 'a'), join(disk.rootPath, 'b'));
    directory.createFile('x').close();
    expect(readFileSync(join(disk.rootPath, 'b', 'x'), 'utf8')).toBe('');
    directory.close();
    root.close();
    disk.cleanUp();
  });

  it('give the same numbers with and without the C library', () => {
    const disk = openDisk({});
    const roots = [{}, { native: false }, { handles: false }].map((options) =>
      createNodeFileSystem(options).openRoot(disk.rootPath),
    );
    const [first] = roots;
    first?.createFile('a').close();
    first?.setMtime('a', -1n);
    for (const root of roots) {
      expect(root.stat('a')).toEqual(first?.stat('a'));
      expect(root.statSelf()).toEqual(first?.statSelf());
    }
    for (const root of roots) root.close();
    disk.cleanUp();
  });
});
