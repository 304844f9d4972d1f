/**
 * The URL of the worker entry at `path` (without its extension) relative to the module at `base`, its
 * `import.meta.url`. Run from source both are .ts files, built both are .js files.
 */
export function workerEntry(path: string, base: string): URL {
  return new URL(`${path}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
