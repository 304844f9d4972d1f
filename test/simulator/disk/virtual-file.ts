import type { File, Stat } from '../../../daemon/effects/file-system.ts';
import { type Inode, statOf } from './inode.ts';
import { diskError, type Fault, Killed } from './operations.ts';
import type { ProcessDisk } from './session.ts';

/** An open file of a `VirtualDisk`. */
export class VirtualFile implements File {
  readonly #disk: ProcessDisk;
  readonly #inode: Inode;
  readonly #writable: boolean;
  #open = true;

  constructor(disk: ProcessDisk, inode: Inode, writable: boolean) {
    this.#disk = disk;
    this.#inode = inode;
    this.#writable = writable;
    disk.session.hold(inode);
  }

  stat(): Stat {
    this.#pass('file.stat');
    return statOf(this.#inode);
  }

  read(buffer: Uint8Array, position: number): number {
    const fault = this.#pass('read');
    const wanted = fault?.kind === 'short' ? Math.min(buffer.length, fault.bytes) : buffer.length;
    const { bytes, size } = this.#inode;
    const found = bytes.subarray(Math.min(position, size), Math.min(position + wanted, size));
    buffer.set(found);
    return found.length;
  }

  write(bytes: Uint8Array, position: number): void {
    const fault = this.#pass('write');
    if (!this.#writable) throw diskError('EBADF', 'write', '');
    if (fault?.kind !== 'half' && fault?.kind !== 'kill-half')
      return this.#disk.tree.write(this.#inode, bytes, position);
    this.#disk.tree.write(this.#inode, bytes.subarray(0, bytes.length >> 1), position);
    if (fault.kind === 'half') throw diskError(fault.code, 'write', '');
    this.#disk.operations.killed = true;
    throw new Killed();
  }

  setMode(mode: number): void {
    this.#pass('file.setMode');
    this.#disk.tree.setMode(this.#inode, mode);
  }

  setMtime(mtimeNs: bigint): void {
    this.#pass('file.setMtime');
    this.#disk.tree.setMtime(this.#inode, mtimeNs);
  }

  sync(): void {
    const fault = this.#pass('file.sync');
    this.#disk.sync(this.#inode, fault?.kind === 'lost-sync');
    if (fault?.kind === 'lost-sync') throw diskError('EIO', 'fsync', '');
  }

  close(): void {
    if (!this.#open || this.#disk.session.ended) return;
    this.#open = false;
    this.#inode.handles -= 1;
    this.#disk.tree.release(this.#inode);
  }

  #pass(call: string): Fault | undefined {
    this.#disk.session.require();
    if (!this.#open) throw diskError('EBADF', call, '');
    const fault = this.#disk.operations.pass('disk', call, this.#disk.tree.pathOf(this.#inode));
    if (fault?.kind === 'error') throw diskError(fault.code, call, '');
    if (fault?.kind === 'half' && call !== 'write') throw diskError(fault.code, call, '');
    return fault;
  }
}
