import { fileSystemError } from './errors.ts';

const WINDOWS_SEPARATORS = /[\\:]/;

/**
 * Throws EINVAL unless `name` is exactly one path component. Names from other devices were checked long before they
 * get here; this is the last gate before the kernel, and it also keeps a NUL from cutting a C string short.
 * On Windows ':' would open an alternate data stream of the file before it.
 */
export function requireName(name: string): void {
  const bad =
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.includes('/') ||
    name.includes('\0') ||
    (process.platform === 'win32' && WINDOWS_SEPARATORS.test(name));
  if (bad) throw fileSystemError('EINVAL', 'name', name);
}
