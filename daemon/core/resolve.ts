import type { Content, Location } from '../../protocol/registers.ts';
import { madeFrom, sameBytes } from './entry.ts';

/** What several concurrent values of an entry's registers come to. The same on every device. */
export interface Resolved {
  readonly location: Location;
  readonly content: Content;
  /** Versions nobody saw before the winning one was written: each becomes a conflict copy. Newest first. */
  readonly losers: readonly Content[];
  /** True when a register holds more than one value: the next write to it settles that. */
  readonly conflicted: boolean;
}

/**
 * The merge table of docs/architecture.md for one entry.
 * @param locations concurrent values, Automerge's winner first; at least one
 * @param contents concurrent values in any order; at least one
 */
export function resolveRegisters(locations: readonly Location[], contents: readonly Content[]): Resolved {
  const first = locations[0];
  if (first === undefined) throw new Error('an entry without a location value can not be resolved');
  const live = locations.find((value) => value.kind === 'live');
  const trashed = new Set(locations.flatMap((value) => (value.kind === 'trash' ? [value.digest] : [])));
  let versions = dropAncestors(oneOfEachDigest(contents));
  // A deletion means one content: versions that none named live on, and those that one named are not kept beside them.
  // A directory is never dropped for a file: something may live in it.
  const spared = versions.filter((version) => version.kind === 'directory' || !trashed.has(version.digest));
  const everyoneDeleted = live === undefined && spared.length === 0;
  if (spared.length > 0) versions = spared;
  const [content, ...losers] = versions.toSorted(newestFirst);
  if (content === undefined) throw new Error('an entry without a content value can not be resolved');
  const meant = locations.find((value) => value.kind === 'trash' && value.digest === content.digest);
  return {
    location: live ?? meant ?? first,
    content,
    losers: everyoneDeleted ? [] : losers.filter((loser) => loser.kind !== 'directory'),
    conflicted: locations.length > 1 || contents.length > 1,
  };
}

/** Equal bytes are one version whatever their times say: the newest speaks for them. */
function oneOfEachDigest(contents: readonly Content[]): readonly Content[] {
  const kept: Content[] = [];
  for (const content of contents.toSorted(newestFirst)) {
    if (!kept.some((other) => sameBytes(other, content))) kept.push(content);
  }
  return kept;
}

/** A version that another one was made from is its past, not its rival. */
function dropAncestors(contents: readonly Content[]): readonly Content[] {
  const rivals = contents.filter((content) => !contents.some((other) => other !== content && madeFrom(other, content)));
  // Two versions that name each other (an edit and its undoing) are rivals after all.
  return rivals.length > 0 ? rivals : contents;
}

/** Newest mtime first; ties by author, then by digest, so that the order is the same everywhere. */
export function newestFirst(a: Content, b: Content): number {
  // A directory can not be kept beside a file of the same entry, so it goes first.
  if ((a.kind === 'directory') !== (b.kind === 'directory')) return a.kind === 'directory' ? -1 : 1;
  if (a.mtimeNs !== b.mtimeNs) return a.mtimeNs > b.mtimeNs ? -1 : 1;
  if (a.author !== b.author) return a.author > b.author ? -1 : 1;
  if (a.digest !== b.digest) return a.digest > b.digest ? -1 : 1;
  const executable = (content: Content): number => (content.kind === 'file' && content.executable ? 1 : 0);
  return executable(b) - executable(a);
}
