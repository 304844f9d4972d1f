import type { EntryId } from '../../../protocol/ids.ts';
import { type Stamp, sameStamp } from '../../core/entry.ts';

/** One difference between disk and index, as the scan saw it. */
export interface Spotted {
  readonly parent: EntryId;
  readonly name: string;
  readonly path: string;
  readonly stamp: Stamp;
  /** What the index had at this place. */
  readonly known: { readonly id: EntryId; readonly stamp: Stamp } | undefined;
  /** True when something of another kind stood here: then it counts as new, see `movesToGiveUp`. */
  readonly replaces?: boolean;
  /** Set when an entry of another place was recognised here. */
  readonly from?: GoneEntry;
}

/** An entry that a listing did not show any more. */
export interface GoneEntry {
  readonly path: string;
  readonly id: EntryId;
  readonly parent: EntryId;
  readonly name: string;
  readonly stamp: Stamp;
}

/** True when the index still has at a place what the scan compared the disk with. */
export function fits(
  standing: { readonly id: EntryId; readonly stamp: Stamp } | undefined,
  seen: { readonly known: { readonly id: EntryId; readonly stamp: Stamp } | undefined },
): boolean {
  if (standing === undefined || seen.known === undefined) return standing === seen.known;
  return standing.id === seen.known.id && sameStamp(standing.stamp, seen.known.stamp);
}
