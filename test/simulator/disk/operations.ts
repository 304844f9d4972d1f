import type { FileSystemError } from '../../../daemon/effects/file-system.ts';

/** One call of a simulated effect, before it is carried out. */
export interface DeviceOperation {
  /** Counts from 1, over the disk and the database of one device together. */
  readonly number: number;
  readonly room: 'disk' | 'store';
  /** The method of `FileSystem`, `Directory`, `File` or `KeyValueStore`. */
  readonly call: string;
  /** What it is done to: an absolute path, or the kind of a database row; for people and for picking operations. */
  readonly subject: string;
}

/** What goes wrong with one operation. */
export type Fault =
  /** It fails with this errno and has no effect. */
  | { readonly kind: 'error'; readonly code: string }
  /** A write stops half way, then fails with this errno; anything else only fails. */
  | { readonly kind: 'half'; readonly code: string }
  /** A read returns at most this many bytes. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** A sync fails with EIO, and what it should have made durable never will be, though it can still be read. */
  | { readonly kind: 'lost-sync' }
  /** The process ends before the operation: this call and all later ones of the process throw `Killed`. */
  | { readonly kind: 'kill' }
  /** The process ends inside a write, with half of it done. */
  | { readonly kind: 'kill-half' };

/** Thrown to a process that was killed. It has no `code`, so that nobody takes it for an error of the disk. */
export class Killed extends Error {
  constructor() {
    super('this process was killed');
    this.name = 'Killed';
  }
}

/** Asked before every operation; may change files, and says what goes wrong. */
export type BeforeOperation = (operation: DeviceOperation) => Fault | undefined;

/** Counts the operations of one device and decides their fate. The disk and the database of a device share one. */
export class Operations {
  count = 0;
  /** True once a fault ended the process; `restarted` makes the device usable again. */
  killed = false;
  before: BeforeOperation | undefined;

  /** Passes one operation. Throws `Killed`; a fault that is left for the caller to act out is returned. */
  pass(room: DeviceOperation['room'], call: string, subject: string): Fault | undefined {
    if (this.killed) throw new Killed();
    this.count += 1;
    const fault = this.before?.({ number: this.count, room, call, subject });
    const ends = fault?.kind === 'kill' || (fault?.kind === 'kill-half' && call !== 'write');
    if (!ends && !this.killed) return fault;
    this.killed = true;
    throw new Killed();
  }

  restarted(): void {
    this.killed = false;
  }
}

/** An error shaped as those of `node:fs`. */
export function diskError(code: string, call: string, subject: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${call} '${subject}'`), { code });
}
