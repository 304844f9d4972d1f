import { FormatError } from '../../protocol/errors.ts';
import type { RecordId } from '../../protocol/ids.ts';
import type { DecodedRecord } from '../../protocol/membership-record.ts';

/** The records of one folder, each known with all that it builds on, in an order that every device finds. */
export interface MembershipDag {
  /** Parents before children; by distance from the genesis record, then by id. The first is the genesis record. */
  readonly records: readonly DecodedRecord[];
  /** For each record the positions of all that its author had seen, without itself; a bit each. See `isInPast`. */
  readonly pasts: readonly Uint32Array[];
  /** For each record the positions of its parents. */
  readonly parents: readonly (readonly number[])[];
  /** Records that can't be judged yet, in order of id. */
  readonly waiting: readonly DecodedRecord[];
  /** What they wait for, in order. */
  readonly missing: readonly RecordId[];
  /** Records of another folder, in order of id. */
  readonly foreign: readonly DecodedRecord[];
}

/** @throws FormatError when there is no genesis record */
export function buildDag(given: readonly DecodedRecord[]): MembershipDag {
  const byId = new Map([...given].sort(compareIds).map((record) => [record.id, record] as const));
  const genesis = [...byId.values()].find((each) => each.record.body.kind === 'genesis');
  if (genesis === undefined) throw new FormatError('membership: there is no genesis record');
  const foreign = [...byId.values()].filter((each) => each.folder !== genesis.folder);
  for (const each of foreign) byId.delete(each.id);

  const depths = depthsOf(genesis, byId);
  const depthOf = (record: DecodedRecord): number => depths.get(record.id) ?? Number.POSITIVE_INFINITY;
  const records = [...byId.values()]
    .filter((each) => depths.has(each.id))
    .sort((a, b) => depthOf(a) - depthOf(b) || compareIds(a, b));
  const waiting = [...byId.values()].filter((each) => !depths.has(each.id));
  const missing = new Set(waiting.flatMap((each) => each.record.parents.filter((parent) => !byId.has(parent))));

  const positions = new Map(records.map((each, position) => [each.id, position] as const));
  const parents = records.map((each) => each.record.parents.flatMap((parent) => positions.get(parent) ?? []));
  return { records, pasts: pastsOf(parents), parents, waiting, missing: [...missing].sort(), foreign };
}

function pastsOf(parents: readonly (readonly number[])[]): readonly Uint32Array[] {
  const pasts: Uint32Array[] = [];
  const words = Math.ceil(parents.length / 32);
  for (const direct of parents) {
    const past = new Uint32Array(words);
    for (const parent of direct) {
      past[parent >>> 5] = (past[parent >>> 5] ?? 0) | (1 << (parent & 31));
      // Positions of parents are lower, so their pasts are there already.
      pasts[parent]?.forEach((bits, word) => {
        past[word] = (past[word] ?? 0) | bits;
      });
    }
    pasts.push(past);
  }
  return pasts;
}

/** Longest way from the genesis record, for every record all of whose ancestors are there. */
function depthsOf(genesis: DecodedRecord, byId: ReadonlyMap<RecordId, DecodedRecord>): ReadonlyMap<RecordId, number> {
  const children = new Map<RecordId, DecodedRecord[]>();
  const open = new Map<RecordId, number>();
  for (const each of byId.values()) {
    open.set(each.id, each.record.parents.length);
    for (const parent of each.record.parents) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [each]);
      else known.push(each);
    }
  }
  const depths = new Map<RecordId, number>([[genesis.id, 0]]);
  const ready = [genesis];
  for (const next of ready) {
    const depth = (depths.get(next.id) ?? 0) + 1;
    for (const child of children.get(next.id) ?? []) {
      depths.set(child.id, Math.max(depths.get(child.id) ?? 0, depth));
      const left = (open.get(child.id) ?? 0) - 1;
      open.set(child.id, left);
      if (left === 0) ready.push(child);
    }
  }
  const complete = new Set(ready.map((each) => each.id));
  return new Map([...depths].filter(([id]) => complete.has(id)));
}

/** True when neither author had seen the other's record. */
export function areConcurrent(dag: MembershipDag, a: number, b: number): boolean {
  return a !== b && !isInPast(dag, a, b) && !isInPast(dag, b, a);
}

/** True when the author of the record at `position` had seen the one at `older`. */
export function isInPast(dag: MembershipDag, older: number, position: number): boolean {
  const word = dag.pasts[position]?.[older >>> 5] ?? 0;
  return ((word >>> (older & 31)) & 1) === 1;
}

function compareIds(a: DecodedRecord, b: DecodedRecord): number {
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
