import type { MembershipDag } from './membership-dag.ts';
import { areConcurrent, isInPast } from './membership-dag.ts';
import { refusesAuthor } from './membership-rules.ts';
import type { MembershipState } from './membership-state.ts';
import { applyRecord, applyVoidRecord, emptyState } from './membership-state.ts';

/**
 * Strong removal: what a removed device did without having seen its removal is void, and so is what others did by a right
 * that came from it. Removals that remove each other's authors all stand.
 *
 * All functions look at a subset of the records: ascending positions that contain the past of each of them.
 */

/** The positions in `subset` that are void. */
export function voidIn(dag: MembershipDag, subset: readonly number[]): ReadonlySet<number> {
  const removals = subset.filter((position) => removedBy(dag, position) !== undefined);
  if (removals.length === 0) return new Set();
  // Dropping a removal may bring back what it made void. Each round drops one more for good, so this ends.
  const dropped = new Set<number>();
  for (;;) {
    const standing = standingRemovals(
      dag,
      removals.filter((each) => !dropped.has(each)),
    );
    const voided = withDependents(dag, subset, directlyVoid(dag, subset, standing));
    const fallen = standing.filter((each) => voided.has(each));
    if (fallen.length === 0) return voided;
    for (const each of fallen) dropped.add(each);
  }
}

/** The state after the records of `subset` that are not in `voided`. */
export function stateOf(dag: MembershipDag, subset: readonly number[], voided: ReadonlySet<number>): MembershipState {
  const state = emptyState();
  const removals = subset.filter((position) => !voided.has(position) && removedBy(dag, position) !== undefined);
  for (const position of subset) {
    const record = dag.records[position];
    if (record === undefined) continue;
    if (voided.has(position)) {
      applyVoidRecord(state, record);
      continue;
    }
    const { body } = record.record;
    const isOutdone =
      body.kind === 'add' &&
      removals.some((each) => removedBy(dag, each) === body.device && !isInPast(dag, each, position));
    applyRecord(state, record, !isOutdone);
  }
  return state;
}

function removedBy(dag: MembershipDag, position: number): string | undefined {
  const body = dag.records[position]?.record.body;
  return body?.kind === 'remove' ? body.device : undefined;
}

/** True when the removal at `removal` makes the record at `position` void, if it stands itself. */
function voids(dag: MembershipDag, removal: number, position: number): boolean {
  const author = dag.records[position]?.record.author;
  return removedBy(dag, removal) === author && areConcurrent(dag, removal, position);
}

/**
 * Which removals stand. One that nothing voids stands and voids others; where only rings are left, such as two admins
 * who remove each other, all of a ring that nothing outside of it voids stand.
 */
function standingRemovals(dag: MembershipDag, removals: readonly number[]): readonly number[] {
  const standing: number[] = [];
  let undecided = [...removals];
  while (undecided.length > 0) {
    const inRing = undecided.filter((each) => isUnchallenged(dag, undecided, each));
    standing.push(...inRing);
    undecided = undecided.filter(
      (each) => !inRing.includes(each) && !inRing.some((removal) => voids(dag, removal, each)),
    );
  }
  return standing.sort((a, b) => a - b);
}

/** True when every removal that could void this one, itself or through others, could be voided through this one too. */
function isUnchallenged(dag: MembershipDag, removals: readonly number[], position: number): boolean {
  const against = reach(position, (each) => removals.filter((removal) => voids(dag, removal, each)));
  if (against.size === 0) return true;
  const by = reach(position, (each) => removals.filter((other) => voids(dag, each, other)));
  return [...against].every((each) => by.has(each));
}

function reach(start: number, next: (position: number) => readonly number[]): ReadonlySet<number> {
  const found = new Set(next(start));
  for (const each of found) for (const further of next(each)) found.add(further);
  return found;
}

function directlyVoid(dag: MembershipDag, subset: readonly number[], standing: readonly number[]): ReadonlySet<number> {
  const stands = new Set(standing);
  return new Set(
    subset.filter((position) => {
      if (stands.has(position)) return false;
      return removedBy(dag, position) !== undefined || standing.some((removal) => voids(dag, removal, position));
    }),
  );
}

/** Adds the records whose authors had no right once the void ones are taken out of what they had seen. */
function withDependents(
  dag: MembershipDag,
  subset: readonly number[],
  direct: ReadonlySet<number>,
): ReadonlySet<number> {
  const voided = new Set(direct);
  if (voided.size === 0) return voided;
  for (const position of subset) {
    const record = dag.records[position];
    if (record === undefined || position === 0 || voided.has(position)) continue;
    if (![...voided].some((older) => isInPast(dag, older, position))) continue;
    const past = subset.filter((older) => isInPast(dag, older, position));
    if (refusesAuthor(stateOf(dag, past, voided), record) !== undefined) voided.add(position);
  }
  return voided;
}
