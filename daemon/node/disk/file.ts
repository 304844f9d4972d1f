import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { File, Stat } from '../../effects/file-system.ts';
import { errnoError, fileSystemError } from './errors.ts';
import type { NativeDisk } from './native.ts';
import { nearestNodeTime, statFromNode, statFromStatx } from './stat.ts';

const BIGINT = { bigint: true } as const;
const OWNER_ONLY = 0o600;
/** Absent on Windows, where the caller looks with `lstat` first. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** A FIFO without a writer would block for ever; a terminal must not become ours. */
const NO_WAIT = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * Kernels keep what is written for up to half a minute, and then the sync before a large file is put in place would wait
 * for all of it. So the disk begins as soon as this much of a file has been written.
 */
const BEGIN_WRITING_BYTES = 8 * 1024 * 1024;

export interface FileContext {
  readonly native: NativeDisk;
  /** True when each written file must be made durable as it is closed, since nothing will do it later. */
  readonly syncOnClose: boolean;
}

/** ELOOP for a symlink, EISDIR for a directory, EINVAL (ENXIO for a socket) for anything else that is no file. */
export function openRegularFile(path: string, access: 'read' | 'write', context: FileContext): File {
  const flags = access === 'write' ? constants.O_RDWR : constants.O_RDONLY;
  const fd = openSync(path, flags | NO_FOLLOW | NO_WAIT);
  const kind = fstatSync(fd);
  if (kind.isFile()) return new NodeFile(fd, path, context);
  closeSync(fd);
  throw fileSystemError(kind.isDirectory() ? 'EISDIR' : 'EINVAL', 'open', path);
}

export function createRegularFile(path: string, context: FileContext): File {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  return new NodeFile(openSync(path, flags, OWNER_ONLY), path, context);
}

class NodeFile implements File {
  #fd: number;
  #unsynced = false;
  readonly #path: string;
  readonly #context: FileContext;

  constructor(fd: number, path: string, context: FileContext) {
    this.#fd = fd;
    this.#path = path;
    this.#context = context;
  }

  stat(): Stat {
    const fd = this.#handle();
    const { statx } = this.#context.native;
    if (!statx) return statFromNode(fstatSync(fd, BIGINT));
    const errno = statx(fd, '');
    if (errno !== 0) throw errnoError(errno, 'statx', this.#path);
    return statFromStatx();
  }

  read(buffer: Uint8Array, position: number): number {
    return readSync(this.#handle(), buffer, 0, buffer.length, position);
  }

  write(bytes: Uint8Array, position: number): void {
    const fd = this.#handle();
    this.#unsynced = true;
    let done = 0;
    while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
    const border = Math.floor((position + done) / BEGIN_WRITING_BYTES) * BEGIN_WRITING_BYTES;
    if (border > position) {
      this.#context.native.beginWriting?.(fd, border - BEGIN_WRITING_BYTES, BEGIN_WRITING_BYTES);
    }
  }

  setMode(mode: number): void {
    fchmodSync(this.#handle(), mode);
  }

  setMtime(mtimeNs: bigint): void {
    const fd = this.#handle();
    const { setMtimeOfFile } = this.#context.native;
    if (!setMtimeOfFile) {
      const time = nearestNodeTime(mtimeNs);
      futimesSync(fd, time, time);
      return;
    }
    const errno = setMtimeOfFile(fd, mtimeNs);
    if (errno !== 0) throw errnoError(errno, 'futimens', this.#path);
  }

  sync(): void {
    fsyncSync(this.#handle());
    this.#unsynced = false;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    try {
      if (this.#unsynced && this.#context.syncOnClose) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #handle(): number {
    if (this.#fd < 0) throw fileSystemError('EBADF', 'file', this.#path);
    return this.#fd;
  }
}
