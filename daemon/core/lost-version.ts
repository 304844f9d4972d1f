import type { Content, Location } from '../../protocol/registers.ts';
import { baseOf, type Entry, wantedPlacement } from './entry.ts';
import type { RegisterChange } from './settle.ts';

/**
 * What becomes of an entry whose version no member has any more: its author wrote over it, or deleted it, before anybody
 * had fetched it, while another device moved the file or kept the version as a conflict copy. A device that has an older
 * version offers that one; where there is none the entry is deleted. Undefined when nothing is wanted or it is here.
 */
export function giveUpVersion(entry: Entry): RegisterChange | undefined {
  const wanted = wantedPlacement(entry);
  const lost = entry.remote?.content;
  if (wanted === undefined || lost?.kind !== 'file') return undefined;
  const here = entry.synced?.content;
  if (here?.kind === 'file') {
    if (here.digest === lost.digest) return undefined;
    const content: Content = { ...here, base: baseOf(lost) };
    return { entry: entry.id, content };
  }
  const location: Location = { kind: 'trash', parent: wanted.parent, name: wanted.name, digest: lost.digest };
  return { entry: entry.id, location };
}
