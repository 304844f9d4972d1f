import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import type { LineSink } from './logger.ts';

/** File names are in there. */
const OWNER_ONLY = 0o600;

export interface LogFileOptions {
  /** Bytes after which the file is put aside and a new one begun. */
  readonly limitBytes: number;
  /** How many files put aside are kept: `path.1` (the newest) … `path.<kept>`. */
  readonly kept: number;
}

export interface LogFile extends LineSink {
  close(): void;
}

/**
 * Appends lines to the file at `path`. What cannot be written is lost; the count of lost lines is written as soon as
 * writing works again. Throws only when the file cannot be opened at first.
 */
export function openLogFile(path: string, options: LogFileOptions): LogFile {
  return new RotatingFile(path, options);
}

class RotatingFile implements LogFile {
  readonly #path: string;
  readonly #options: LogFileOptions;
  #fd = -1;
  #sizeBytes = 0;
  #lostLines = 0;

  constructor(path: string, options: LogFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#open();
  }

  write(line: string): void {
    const notice =
      this.#lostLines > 0 ? `${this.#lostLines} lines of this log were lost: it could not be written\n` : '';
    const bytes = Buffer.from(notice + line);
    try {
      if (this.#fd < 0) this.#open();
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.limitBytes) this.#rotate();
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      this.#sizeBytes += bytes.length;
      this.#lostLines = 0;
    } catch {
      this.#lostLines += 1;
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(): void {
    this.#fd = openSync(this.#path, 'a', OWNER_ONLY);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  #rotate(): void {
    this.close();
    for (let age = this.#options.kept; age > 0; age -= 1) {
      const from = age === 1 ? this.#path : `${this.#path}.${age - 1}`;
      try {
        renameSync(from, `${this.#path}.${age}`);
      } catch {
        // Not there yet, or not ours to move; the worst is a file that grows on.
      }
    }
    this.#open();
  }
}
