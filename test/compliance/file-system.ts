import { describe } from 'vitest';
import { directoryCompliance } from './disk/directories.ts';
import { fileCompliance } from './disk/files.ts';
import { nameCompliance } from './disk/names.ts';
import type { DiskUnderTest } from './disk/under-test.ts';

/** The contract of `daemon/effects/file-system.ts`, for any implementation of it. */
export function fileSystemCompliance(name: string, open: () => DiskUnderTest): void {
  describe(`file system: ${name}`, () => {
    fileCompliance(open);
    directoryCompliance(open);
    nameCompliance(open);
  });
}
