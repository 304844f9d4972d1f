import { CodedError } from '../../protocol/errors.ts';
import type { Environment } from './environment.ts';

/**
 * The real path of a directory that is to become a root. Throws a coded error that says what to do when it can't:
 * it does not exist, is no directory, or overlaps a folder that is already shared.
 * @param create true makes the directory when only it is missing
 */
export function checkRoot(
  environment: Environment,
  path: string,
  shared: readonly { readonly name: string; readonly path: string }[],
  create = false,
): string {
  if (create && environment.realPath(path) === undefined) {
    // Not made before it is known that it may be shared: a refusal leaves nothing behind.
    const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
    const parent = environment.realPath(path.slice(0, cut));
    if (parent !== undefined) checkOverlap(`${parent}/${path.slice(cut)}`, path, shared);
    makeRoot(environment, path);
  }
  const real = environment.realPath(path);
  if (real === undefined) throw new CodedError('no-such-path', `${path} does not exist: make the directory first`);
  const kind = environment.pathKind(real);
  if (kind !== 'directory') {
    throw new CodedError(
      'not-a-directory',
      `${path} is not a directory: sheaf syncs directories, add the one it is in`,
    );
  }
  checkOverlap(real, path, shared);
  return real;
}

function checkOverlap(
  real: string,
  path: string,
  shared: readonly { readonly name: string; readonly path: string }[],
): void {
  for (const folder of shared) {
    if (real === folder.path) throw new CodedError('already-shared', `${path} is already shared as ${folder.name}`);
    if (isInside(real, folder.path)) {
      throw new CodedError(
        'inside-folder',
        `${path} is inside ${folder.path}, which is already shared as ${folder.name}`,
      );
    }
    if (isInside(folder.path, real)) {
      throw new CodedError(
        'around-folder',
        `${path} contains ${folder.path}, which is already shared as ${folder.name}`,
      );
    }
  }
}

function makeRoot(environment: Environment, path: string): void {
  try {
    environment.makeDirectory(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    const why = code === 'ENOENT' ? 'the directory it would be in does not exist' : `the system answered ${code}`;
    throw new CodedError('no-such-path', `${path} can not be made: ${why}`, { cause: error });
  }
}

function isInside(path: string, directory: string): boolean {
  const base = directory.endsWith('/') || directory.endsWith('\\') ? directory : `${directory}/`;
  return path.startsWith(base) || path.startsWith(`${directory}\\`);
}
