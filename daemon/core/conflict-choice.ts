import type { KeepVersion } from '../../protocol/local-api-decisions.ts';
import type { Content } from '../../protocol/registers.ts';
import { newestFirst } from './resolve.ts';

/** Which file goes on: the one at the path, the conflict copy in its place, or both under names of their own. */
export type Kept = 'path' | 'copy' | 'both';

/**
 * @param atPath undefined when nothing stands at the path any more: then the copy goes there, whatever was asked for
 * @param us the `author` of what this device writes
 */
export function chooseVersion(keep: KeepVersion, atPath: Content | undefined, inCopy: Content, us: string): Kept {
  if (atPath === undefined) return 'copy';
  const oursIsCopy = inCopy.author === us && atPath.author !== us;
  switch (keep) {
    case 'both':
      return 'both';
    case 'newest':
      return newestFirst(atPath, inCopy) <= 0 ? 'path' : 'copy';
    case 'ours':
      return oursIsCopy ? 'copy' : 'path';
    case 'theirs':
      return oursIsCopy ? 'path' : 'copy';
  }
}
