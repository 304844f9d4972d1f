import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';

/**
 * A file that exists only while no daemon runs, left by one that stopped in good order. It is named by its content, its
 * inode and its change time, which no copy, archive or restored backup can have again.
 */
export function leaveStopMark(path: string, token: string): string {
  const descriptor = openSync(path, 'w', 0o600);
  try {
    writeSync(descriptor, token);
    fsyncSync(descriptor);
    const { ino, ctimeNs } = fstatSync(descriptor, { bigint: true });
    return `${token} ${ino} ${ctimeNs}`;
  } finally {
    closeSync(descriptor);
  }
}

/** Removes the mark and returns what `leaveStopMark` returned for it; undefined when there is none. */
export function takeStopMark(path: string): string | undefined {
  try {
    const { ino, ctimeNs } = statSync(path, { bigint: true });
    const token = readFileSync(path, 'utf8');
    rmSync(path);
    return `${token} ${ino} ${ctimeNs}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
