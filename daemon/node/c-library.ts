import { createRequire } from 'node:module';
import type Koffi from 'koffi';

export type NativeCall = (...args: readonly (number | string | NodeJS.TypedArray)[]) => number;

/** The C library this process runs on. */
export interface CLibrary {
  /** The function of this C declaration; undefined when there is none of its name. */
  readonly bind: (declaration: string) => NativeCall | undefined;
  /** 0 for success; else what the failed call left in `errno`. */
  readonly errnoOf: (returned: number) => number;
}

/** Undefined where koffi does not load. Why a foreign function library: docs/decisions/disk-calls.md. */
export function openCLibrary(): CLibrary | undefined {
  try {
    // Required, not imported: on a system it has no binary for, only this fails.
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    // The running program itself: it has the C library in it, whatever the system calls that file.
    const library = koffi.load(null);
    return {
      bind(declaration) {
        try {
          return library.func(declaration) as NativeCall;
        } catch {
          return undefined;
        }
      },
      errnoOf: (returned) => (returned === 0 ? 0 : koffi.errno()),
    };
  } catch {
    return undefined;
  }
}
