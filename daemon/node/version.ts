import { readFileSync } from 'node:fs';

/** The version in package.json, which is one directory up from the sources and two up from what is built. */
export function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (
        typeof parsed === 'object' &&
        parsed !== null &&
        'version' in parsed &&
        'name' in parsed &&
        parsed.name === 'sheaf'
      ) {
        return String(parsed.version);
      }
    } catch {
      // Not there: the other layout.
    }
  }
  return 'unknown';
}
