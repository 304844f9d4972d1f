import type { Directory, File, Stat } from '../../../daemon/effects/file-system.ts';
import { fileKindOf, type Inode, statOf } from './inode.ts';
import { diskError, type Fault } from './operations.ts';
import { type DiskOptions, requireHeld } from './options.ts';
import type { ProcessDisk } from './session.ts';
import { VirtualFile } from './virtual-file.ts';

const READ = 0o400;
const WRITE = 0o200;
const SEARCH = 0o100;
const OWNER_ONLY = 0o600;
/** A half of a pair on its own: what stands for a name that is not UTF-8. */
const UNDECODABLE = /[\ud800-\udfff]/u;

/** An open directory of a `VirtualDisk`. Permissions are those of the owner. */
export class VirtualDirectory implements Directory {
  readonly #disk: ProcessDisk;
  readonly #inode: Inode;
  #open = true;

  /** The inode is already held by the session. */
  constructor(disk: ProcessDisk, inode: Inode) {
    this.#disk = disk;
    this.#inode = inode;
  }

  openDirectory(name: string): Directory {
    this.#pass('openDirectory', name);
    const inode = this.#find(name, 'open');
    if (inode.kind === 'symlink') throw diskError('ELOOP', 'open', name);
    if (inode.kind !== 'directory') throw diskError('ENOTDIR', 'open', name);
    this.#allow(inode, READ, name);
    this.#disk.session.hold(inode);
    return new VirtualDirectory(this.#disk, inode);
  }

  list(): ReturnType<Directory['list']> {
    this.#pass('list');
    const all = [...this.#inode.children.values()];
    const { tree } = this.#disk;
    const entries = all
      .filter(({ name }) => !UNDECODABLE.test(name))
      .map(({ name, child }) => ({ name, kind: fileKindOf(tree.inode(child)) }));
    const undecodable = all.filter(({ name }) => UNDECODABLE.test(name)).map(({ child }) => statOf(tree.inode(child)));
    return { entries, undecodable };
  }

  stat(name: string): Stat | undefined {
    this.#pass('stat', name);
    this.#allow(this.#inode, SEARCH, name);
    const inode = this.#disk.tree.lookup(this.#inode, name);
    return inode && statOf(inode);
  }

  statSelf(): Stat {
    this.#pass('statSelf');
    return statOf(this.#inode);
  }

  openFile(name: string): File {
    this.#pass('openFile', name);
    return this.#openFile(name, READ);
  }

  openForWriting(name: string): File {
    this.#pass('openForWriting', name);
    if (this.#disk.tree.options.readOnly) throw diskError('EROFS', 'open', name);
    return this.#openFile(name, READ | WRITE);
  }

  createFile(name: string): File {
    this.#pass('createFile', name);
    const inode = this.#create(name, 'file', OWNER_ONLY);
    return new VirtualFile(this.#disk, inode, true);
  }

  makeDirectory(name: string): void {
    this.#pass('makeDirectory', name);
    this.#create(name, 'directory', 0o755);
  }

  removeDirectory(name: string): void {
    this.#pass('removeDirectory', name);
    this.#allow(this.#inode, WRITE | SEARCH, name);
    if (this.#find(name, 'rmdir').kind !== 'directory') throw diskError('ENOTDIR', 'rmdir', name);
    this.#disk.tree.remove(this.#inode, name);
  }

  removeFile(name: string): void {
    this.#pass('removeFile', name);
    this.#allow(this.#inode, WRITE | SEARCH, name);
    if (this.#find(name, 'unlink').kind === 'directory') throw diskError('EISDIR', 'unlink', name);
    this.#disk.tree.remove(this.#inode, name);
  }

  makeSymlink(name: string, target: string): void {
    this.#pass('makeSymlink', name);
    if (!this.#disk.tree.options.symlinks) throw diskError('EPERM', 'symlink', name);
    this.#create(name, 'symlink', 0o777, target);
  }

  readSymlink(name: string): string {
    this.#pass('readSymlink', name);
    const inode = this.#find(name, 'readlink');
    if (inode.kind !== 'symlink') throw diskError('EINVAL', 'readlink', name);
    if (UNDECODABLE.test(inode.target)) throw diskError('EILSEQ', 'readlink', name);
    return inode.target;
  }

  rename(name: string, to: Directory, toName: string): void {
    const target = this.#target(to);
    this.#pass('rename', name, toName);
    this.#allow(this.#inode, WRITE | SEARCH, name);
    this.#allow(target.#inode, WRITE | SEARCH, toName);
    this.#disk.tree.rename(this.#inode, name, target.#inode, toName);
  }

  renameNoReplace(name: string, to: Directory, toName: string): void {
    const target = this.#target(to);
    this.#pass('renameNoReplace', name, toName);
    this.#allow(this.#inode, WRITE | SEARCH, name);
    this.#allow(target.#inode, WRITE | SEARCH, toName);
    this.#find(name, 'rename');
    if (this.#disk.tree.lookup(target.#inode, toName) !== undefined) throw diskError('EEXIST', 'rename', toName);
    this.#disk.tree.rename(this.#inode, name, target.#inode, toName);
  }

  exchange(name: string, other: Directory, otherName: string): void {
    const target = this.#target(other);
    this.#pass('exchange', name, otherName);
    if (!this.#disk.tree.options.exchanges) throw diskError('ENOTSUP', 'exchange', name);
    this.#allow(this.#inode, WRITE | SEARCH, name);
    this.#allow(target.#inode, WRITE | SEARCH, otherName);
    this.#disk.tree.exchange(this.#inode, name, target.#inode, otherName);
  }

  link(name: string, to: Directory, toName: string): void {
    const target = this.#target(to);
    this.#pass('link', name, toName);
    if (!this.#disk.tree.options.hardLinks) throw diskError('EPERM', 'link', name);
    this.#allow(target.#inode, WRITE | SEARCH, toName);
    const inode = this.#find(name, 'link');
    if (inode.kind === 'directory') throw diskError('EPERM', 'link', name);
    this.#disk.tree.link(inode, target.#inode, toName);
  }

  setMtime(name: string, mtimeNs: bigint): void {
    this.#pass('setMtime', name);
    this.#disk.tree.setMtime(this.#find(name, 'utimens'), mtimeNs);
  }

  setMode(name: string, mode: number): void {
    this.#pass('setMode', name);
    const inode = this.#find(name, 'chmod');
    if (inode.kind === 'symlink') throw diskError('ELOOP', 'chmod', name);
    this.#disk.tree.setMode(inode, mode);
  }

  sync(): void {
    const fault = this.#pass('sync');
    this.#disk.sync(this.#inode, fault?.kind === 'lost-sync');
    if (fault?.kind === 'lost-sync') throw diskError('EIO', 'fsync', '');
  }

  syncFileSystem(): void {
    const fault = this.#pass('syncFileSystem');
    this.#disk.sync('everything', fault?.kind === 'lost-sync');
    if (fault?.kind === 'lost-sync') throw diskError('EIO', 'syncfs', '');
  }

  freeSpace(): { readonly freeBytes: number; readonly totalBytes: number } {
    this.#pass('freeSpace');
    const { freeBytes, options } = this.#disk.tree;
    return { freeBytes, totalBytes: options.capacityBytes };
  }

  close(): void {
    if (!this.#open || this.#disk.session.ended) return;
    this.#open = false;
    this.#inode.handles -= 1;
    this.#disk.tree.release(this.#inode);
  }

  #openFile(name: string, access: number): File {
    const inode = this.#find(name, 'open');
    if (inode.kind === 'symlink') throw diskError('ELOOP', 'open', name);
    if (inode.kind === 'directory') throw diskError('EISDIR', 'open', name);
    if (inode.kind !== 'file') throw diskError(inode.kind === 'socket' ? 'ENXIO' : 'EINVAL', 'open', name);
    this.#allow(inode, access, name);
    return new VirtualFile(this.#disk, inode, (access & WRITE) !== 0);
  }

  #create(name: string, kind: 'file' | 'directory' | 'symlink', mode: number, target?: string): Inode {
    this.#allow(this.#inode, WRITE | SEARCH, name);
    return this.#disk.tree.create(this.#inode, name, kind, mode, target);
  }

  #find(name: string, call: string): Inode {
    this.#allow(this.#inode, SEARCH, name);
    const inode = this.#disk.tree.lookup(this.#inode, name);
    if (inode === undefined) throw diskError('ENOENT', call, name);
    return inode;
  }

  #allow(inode: Inode, bits: number, name: string): void {
    if ((inode.mode & bits) !== bits) throw diskError('EACCES', 'access', name);
  }

  #target(to: Directory): VirtualDirectory {
    if (!(to instanceof VirtualDirectory) || to.#disk.tree !== this.#disk.tree)
      throw diskError('EXDEV', 'rename', 'another disk');
    if (!to.#open) throw diskError('EBADF', 'rename', '');
    return to;
  }

  #pass(call: string, ...names: readonly string[]): Fault | undefined {
    this.#disk.session.require();
    if (!this.#open) throw diskError('EBADF', call, names[0] ?? '');
    for (const name of names) requireName(name, this.#disk.tree.options);
    const directory = this.#disk.tree.pathOf(this.#inode);
    const subject = names[0] === undefined ? directory : `${directory === '/' ? '' : directory}/${names[0]}`;
    const fault = this.#disk.operations.pass('disk', call, subject);
    if (fault?.kind === 'error' || fault?.kind === 'half') throw diskError(fault.code, call, subject);
    return fault;
  }
}

function requireName(name: string, options: DiskOptions): void {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw diskError('EINVAL', 'name', name);
  requireHeld(options, 'name', name);
}
