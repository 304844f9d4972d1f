import type { EntryId } from '../../protocol/ids.ts';
import type { Stamp } from './entry.ts';

/** Something that is gone from one place and was recognised at another. */
export interface Moved {
  readonly from: { readonly id: EntryId; readonly parent: EntryId; readonly name: string; readonly stamp: Stamp };
  readonly to: { readonly parent: EntryId; readonly name: string };
}

/**
 * Moves that have to count as a deletion and something new. Things of different kinds that took each other's places, as
 * a file and a symlink that were swapped, form a circle in which every move waits for the next to free its place: one
 * of each circle is given up, a directory last, since it would take all that is in it along.
 */
export function movesToGiveUp(moves: readonly Moved[]): ReadonlySet<EntryId> {
  const leaving = new Map(moves.map((move) => [placeOf(move.from), move]));
  const givenUp = new Set<EntryId>();
  const settled = new Set<EntryId>();
  for (const move of moves) {
    const path: Moved[] = [];
    let at: Moved | undefined = move;
    while (at !== undefined && !settled.has(at.from.id) && !path.includes(at)) {
      path.push(at);
      at = leaving.get(placeOf(at.to));
    }
    const start = at === undefined ? -1 : path.indexOf(at);
    const circle = start < 0 ? [] : path.slice(start);
    const cheapest = circle.find(({ from }) => from.stamp.kind !== 'directory') ?? circle[0];
    if (cheapest !== undefined) givenUp.add(cheapest.from.id);
    for (const { from } of path) settled.add(from.id);
  }
  return givenUp;
}

function placeOf({ parent, name }: { readonly parent: EntryId; readonly name: string }): string {
  return `${parent}/${name}`;
}
