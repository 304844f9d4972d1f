import { expect } from 'vitest';
import type { Directory, FileSystem, Stat } from '../../../daemon/effects/file-system.ts';

/** One empty directory of a file system under test. */
export interface DiskUnderTest {
  readonly fileSystem: FileSystem;
  /** Absolute path of an existing, empty directory. */
  readonly rootPath: string;
  /** How far a timestamp that was set may be off when read back. */
  readonly mtimeErrorNs: bigint;
  /** True where two names can change places in one step. */
  readonly exchanges: boolean;
  cleanUp(): void;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const MTIME_NS = 1_234_567_890_123_456_789n;

/** Matches an error whose `code` is one of these. */
export function code(...codes: readonly string[]): object {
  return expect.objectContaining({ code: expect.stringMatching(new RegExp(`^(${codes.join('|')})$`)) });
}

export function write(directory: Directory, name: string, content: string): void {
  const file = directory.createFile(name);
  if (content !== '') file.write(bytes(content), 0);
  file.close();
}

export function read(directory: Directory, name: string): string {
  const file = directory.openFile(name);
  const buffer = new Uint8Array(256);
  const count = file.read(buffer, 0);
  file.close();
  return text(buffer.subarray(0, count));
}

export function text(content: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}

export function present(directory: Directory, name: string): Stat {
  const stat = directory.stat(name);
  if (!stat) throw new Error(`${name} is not there`);
  return stat;
}

export function expectNear(actual: bigint, wanted: bigint, errorNs: bigint): void {
  const distance = actual > wanted ? actual - wanted : wanted - actual;
  expect(distance <= errorNs, `${actual} is not within ${errorNs} ns of ${wanted}`).toBe(true);
}
