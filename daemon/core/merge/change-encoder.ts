import { fromHex } from '../../../protocol/bytes.ts';
import { sha256Hex } from '../../../protocol/crypto.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  ACTION_SET,
  ACTOR_BYTES,
  CHANGE_CHUNK,
  CHECKSUM_OFFSET,
  CHUNK_MAGIC,
  type Change,
  COLUMN,
  KEY_LENGTH,
  TYPE_OFFSET,
  VALUE_TYPE_BYTES,
} from './change-format.ts';
import { writeDeltas, writeRuns } from './run-length.ts';

/**
 * The one encoding of a change: the bytes Automerge itself would write for it. Writing them here, instead of having
 * Automerge put register by register, costs a tenth; and the validator encodes what it parsed and compares.
 */
export function encodeChange(change: Change): { readonly bytes: Uint8Array; readonly hash: string } {
  const bytes = encodeUnsealed(change);
  const hash = sha256Hex(bytes.subarray(TYPE_OFFSET));
  bytes.set(fromHex(hash.slice(0, 2 * (TYPE_OFFSET - CHECKSUM_OFFSET))), CHECKSUM_OFFSET);
  return { bytes, hash };
}

/** A whole chunk with zeros where the checksum goes. */
export function encodeUnsealed(change: Change): Uint8Array {
  const others = otherActors(change);
  const columns = encodeColumns(change, others);
  const header = encodeHeader(change, others);
  header.uleb(columns.ends.size);
  let start = 0;
  for (const [spec, end] of columns.ends) {
    header.uleb(spec);
    header.uleb(end - start);
    start = end;
  }
  const lead = new ByteWriter(16);
  lead.append(CHUNK_MAGIC);
  lead.append(NO_CHECKSUM);
  lead.uleb(CHANGE_CHUNK);
  lead.uleb(header.length + columns.writer.length);
  const bytes = new Uint8Array(lead.length + header.length + columns.writer.length);
  bytes.set(lead.view());
  bytes.set(header.view(), lead.length);
  bytes.set(columns.writer.view(), lead.length + header.length);
  return bytes;
}

const NO_CHECKSUM = new Uint8Array(TYPE_OFFSET - CHECKSUM_OFFSET);

function encodeHeader(change: Change, others: readonly FeedId[]): ByteWriter {
  const header = new ByteWriter(128);
  header.uleb(change.deps.length);
  for (const dep of change.deps) header.append(fromHex(dep));
  header.uleb(ACTOR_BYTES);
  header.append(fromHex(change.actor));
  header.uleb(change.seq);
  header.uleb(change.startOp);
  header.sleb(0); // time: what a clock says has no part in a merge
  header.uleb(0); // message
  header.uleb(others.length);
  for (const actor of others) {
    header.uleb(ACTOR_BYTES);
    header.append(fromHex(actor));
  }
  return header;
}

/** Whom the operations replace besides the author, ascending: actor number 1 and up, the author being 0. */
function otherActors(change: Change): FeedId[] {
  const actors = new Set<FeedId>();
  for (const { preds } of change.ops) {
    for (const { actor } of preds) {
      if (actor !== change.actor) actors.add(actor);
    }
  }
  return [...actors].sort();
}

/** The columns one after the other, and where each ends; in the order of their numbers. */
interface Columns {
  readonly writer: ByteWriter;
  readonly ends: ReadonlyMap<number, number>;
}

function encodeColumns(change: Change, others: readonly FeedId[]): Columns {
  const { ops } = change;
  const valueBytes = ops.reduce((sum, { value }) => sum + value.length, 0);
  const writer = new ByteWriter(valueBytes + ops.length * (KEY_LENGTH + 5) + 64);
  const ends = new Map<number, number>();
  writer.sleb(-ops.length); // keys are unique, so they never form a run
  for (const { key } of ops) {
    writer.uleb(KEY_LENGTH);
    writer.ascii(key);
  }
  ends.set(COLUMN.key, writer.length);
  writer.uleb(ops.length); // booleans: that many times false
  ends.set(COLUMN.insert, writer.length);
  writeRuns(writer, Array(ops.length).fill(ACTION_SET), 'unsigned');
  ends.set(COLUMN.action, writer.length);
  const metas = ops.map(({ value }) => value.length * 16 + VALUE_TYPE_BYTES);
  writeRuns(writer, metas, 'unsigned');
  ends.set(COLUMN.valueMeta, writer.length);
  for (const { value } of ops) writer.append(value);
  ends.set(COLUMN.value, writer.length);
  const predCounts = ops.map(({ preds }) => preds.length);
  writeRuns(writer, predCounts, 'unsigned');
  ends.set(COLUMN.predCount, writer.length);
  const preds = ops.flatMap((op) => op.preds);
  if (preds.length === 0) return { writer, ends };
  const numbers = new Map<FeedId, number>([change.actor, ...others].map((actor, number) => [actor, number]));
  const predActors = preds.map(({ actor }) => numbers.get(actor) ?? 0);
  writeRuns(writer, predActors, 'unsigned');
  ends.set(COLUMN.predActor, writer.length);
  const predCounters = preds.map(({ counter }) => counter);
  writeDeltas(writer, predCounters);
  ends.set(COLUMN.predCounter, writer.length);
  return { writer, ends };
}
