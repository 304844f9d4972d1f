import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { CodedError } from '../../protocol/errors.ts';

/** Rights of anybody but the owner. */
const OTHERS = 0o077;
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;

/** True when only the owner can do anything with it. Windows has no such bits: the profile's own rights hold there. */
export function isPrivateMode(mode: number): boolean {
  return process.platform === 'win32' || (mode & OTHERS) === 0;
}

/**
 * Makes the directory when missing and takes all rights on it from others.
 * @throws CodedError 'home-not-private' when it is no directory or belongs to somebody else.
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  const found = await stat(path);
  if (isPrivateMode(found.mode)) return;
  try {
    await chmod(path, PRIVATE_DIRECTORY);
  } catch (error) {
    throw new CodedError(
      'home-not-private',
      `${path} is open to other users and its rights can't be changed; use another --home`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The same below a directory that everybody can write to, where somebody else may have been first: a link, or a
 * directory of another owner, is refused.
 * @throws CodedError 'home-not-private'
 */
export async function ensurePrivateDirectoryInShared(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  const found = await lstat(path);
  const ours = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !ours || !isPrivateMode(found.mode)) {
    throw new CodedError('home-not-private', `${path} was made by somebody else; use a --home with a shorter path`);
  }
}

/** Readers see the old file or the whole new one, whatever happens in between. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(aside, text, { mode: PRIVATE_FILE, flag: 'wx' });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
