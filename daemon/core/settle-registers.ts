import { FormatError } from '../../protocol/errors.ts';
import type { EntryId } from '../../protocol/ids.ts';
import { decodeContent, decodeLocation, parseRegisterKey } from '../../protocol/register-codec.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import type { RegisterState } from './merge/register-state.ts';
import { type EntryTable, setRemote } from './remote-tree.ts';
import { resolveRegisters } from './resolve.ts';
import { type RegisterChange, type Rivals, settleTree } from './settle.ts';

/** What merged registers came to. */
export interface Settled {
  /** What has to be written to make the tree a tree again. */
  readonly changes: readonly RegisterChange[];
  /** Entries of which several versions met, each loser now a conflict copy. */
  readonly rivals: readonly Rivals[];
}

/**
 * Puts merged registers into the table and settles what no longer is a tree.
 * @param registers all values of every register that a change touched
 * @param nameOf the name of a device, for people, from the `author` field of a content
 */
export function settleRegisters(
  table: EntryTable,
  registers: readonly RegisterState[],
  nameOf: (author: string) => string,
): Settled {
  const { touched, rivals, changes } = takeRegisters(table, registers);
  return { changes: [...changes, ...settleTree(table, touched, rivals, nameOf)], rivals };
}

/**
 * Puts merged registers into the table, and that is all. For a device that may not write: what it settled for itself
 * would stay with it when a writer, who heard more at once, settles otherwise. Until one does, the table may hold two
 * entries of one name, or directories inside each other; a plan leaves those waiting.
 */
export function takeRegisters(
  table: EntryTable,
  registers: readonly RegisterState[],
): Settled & { readonly touched: readonly EntryId[] } {
  const touched = gatherEntries(registers);
  const rivals: Rivals[] = [];
  const changes: RegisterChange[] = [];
  for (const [id, { locations, contents }] of touched) {
    const known = table.entry(id)?.remote;
    const places = locations ?? (known === undefined ? [] : [known.location]);
    const versions = contents ?? (known === undefined ? [] : [known.content]);
    // Both registers of an entry are written together when it is made; one alone is nothing yet.
    if (places.length === 0 || versions.length === 0) continue;
    const resolved = resolveRegisters(places, versions);
    setRemote(table, id, { location: resolved.location, content: resolved.content });
    if (resolved.losers.length > 0) rivals.push({ entry: id, winner: resolved.content, losers: resolved.losers });
    if (places.length > 1) changes.push({ entry: id, location: resolved.location });
    // What a deletion means depends on the versions it met: those are settled with it. Versions of a live entry that
    // are no rivals come to the same whenever they are looked at, so two equal copies of a folder need no writes.
    const deleted = places.some(({ kind }) => kind === 'trash');
    if (versions.length > 1 && deleted) changes.push({ entry: id, content: resolved.content });
  }
  return { changes, rivals, touched: [...touched.keys()] };
}

function gatherEntries(
  registers: readonly RegisterState[],
): ReadonlyMap<EntryId, { locations?: readonly Location[]; contents?: readonly Content[] }> {
  const entries = new Map<EntryId, { locations?: readonly Location[]; contents?: readonly Content[] }>();
  for (const { key, values } of registers) {
    const parsed = parseRegisterKey(key);
    if (parsed === undefined) continue;
    const held = entries.get(parsed.entry) ?? {};
    if (parsed.register === 'location') held.locations = decodeAll(values, decodeLocation);
    else held.contents = decodeAll(values, decodeContent);
    entries.set(parsed.entry, held);
  }
  return entries;
}

/** A value that is no register value is its author's loss: the others of the register stand. */
function decodeAll<T>(values: RegisterState['values'], read: (bytes: Uint8Array) => T): readonly T[] {
  const decoded: T[] = [];
  for (const { value } of values) {
    try {
      decoded.push(read(value));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return decoded;
}
