import { equalBytes, toHex } from '../../../protocol/bytes.ts';
import { sha256Hex } from '../../../protocol/crypto.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { ByteReader } from './byte-reader.ts';
import {
  ACTION_SET,
  ACTOR_BYTES,
  CHANGE_CHUNK,
  CHECKSUM_OFFSET,
  CHUNK_MAGIC,
  COLUMN,
  COLUMNS_WITH_PREDS,
  COLUMNS_WITHOUT_PREDS,
  compareOpIds,
  HASH_BYTES,
  type HashedChange,
  KEY_LENGTH,
  MAX_CHANGE_BYTES,
  MAX_COUNTER,
  MAX_DEPS,
  MAX_OPS,
  MAX_PREDS,
  MAX_VALUE_BYTES,
  type OpId,
  REGISTER_KEY,
  type RegisterPut,
  TYPE_OFFSET,
  VALUE_TYPE_BYTES,
} from './change-format.ts';
import { readDeltas, readRuns } from './run-length.ts';

/**
 * Reads the bytes of a change from anyone. What comes back obeys every rule of `Change`, and the bytes are exactly
 * those that `encodeChange` writes for it: checksum right, nothing left over, no second way of saying the same.
 * Values are views of `bytes`. Throws FormatError. Allocates in proportion to the bytes' length, whatever they claim.
 */
export function parseChange(bytes: Uint8Array): HashedChange {
  if (bytes.length > MAX_CHANGE_BYTES) throw new FormatError(`a change of ${bytes.length} bytes is too large`);
  const reader = new ByteReader(bytes);
  if (!equalBytes(reader.take(CHUNK_MAGIC.length), CHUNK_MAGIC)) throw new FormatError('not an Automerge chunk');
  const checksum = toHex(reader.take(TYPE_OFFSET - CHECKSUM_OFFSET));
  if (reader.byte() !== CHANGE_CHUNK) throw new FormatError('not an uncompressed change');
  if (reader.uleb() !== reader.remaining) throw new FormatError('the length of the change is wrong');
  const hash = sha256Hex(bytes.subarray(TYPE_OFFSET));
  if (!hash.startsWith(checksum)) throw new FormatError('the checksum is wrong');

  const deps = readHashes(reader);
  const [actor] = readActors(reader, 1);
  if (actor === undefined) throw new FormatError('the actor is missing');
  const seq = reader.ulebUpTo(MAX_COUNTER, 'sequence');
  const startOp = reader.ulebUpTo(MAX_COUNTER, 'first operation');
  if (seq === 0 || startOp === 0) throw new FormatError('sequence and operations count from 1');
  if (reader.sleb() !== 0) throw new FormatError('the change carries a time');
  if (reader.uleb() !== 0) throw new FormatError('the change carries a message');
  const others = readActors(reader, reader.ulebUpTo(MAX_PREDS, 'actors'));
  const ops = readOps(readColumns(reader), [actor, ...others]);
  checkOthers(actor, others, ops);
  if (startOp + ops.length - 1 > MAX_COUNTER) throw new FormatError('the operations count too far');
  return { deps, actor, seq, startOp, ops, hash };
}

function readHashes(reader: ByteReader): string[] {
  const hashes: string[] = [];
  for (let left = reader.ulebUpTo(MAX_DEPS, 'dependencies'); left > 0; left--) {
    const hash = toHex(reader.take(HASH_BYTES));
    if (hash <= (hashes.at(-1) ?? '')) throw new FormatError('the dependencies are not in order');
    hashes.push(hash);
  }
  return hashes;
}

function readActors(reader: ByteReader, count: number): FeedId[] {
  const actors: FeedId[] = [];
  for (let left = count; left > 0; left--) {
    if (reader.uleb() !== ACTOR_BYTES) throw new FormatError(`an actor is not ${ACTOR_BYTES} bytes long`);
    actors.push(toHex(reader.take(ACTOR_BYTES)) as FeedId);
  }
  return actors;
}

/** Whom the change names beside its author: ascending, no doubles, and nobody whose values it does not replace. */
function checkOthers(author: FeedId, others: readonly FeedId[], ops: readonly RegisterPut[]): void {
  if (others.some((actor, index) => actor === author || actor <= (others[index - 1] ?? ''))) {
    throw new FormatError('the other actors are not in order');
  }
  const used = new Set<FeedId>();
  if (others.length > 0) for (const { preds } of ops) for (const { actor } of preds) used.add(actor);
  if (others.some((actor) => !used.has(actor))) throw new FormatError('an actor is named for nothing');
}

function readColumns(reader: ByteReader): Map<number, Uint8Array> {
  const count = reader.uleb();
  const specs = [COLUMNS_WITHOUT_PREDS, COLUMNS_WITH_PREDS].find(({ length }) => length === count);
  if (specs === undefined) throw new FormatError('the change does more than put registers');
  const lengths: number[] = [];
  for (const spec of specs) {
    if (reader.uleb() !== spec) throw new FormatError('the change does more than put registers');
    lengths.push(reader.uleb());
  }
  const columns = new Map<number, Uint8Array>();
  for (const [index, spec] of specs.entries()) columns.set(spec, reader.take(lengths[index] ?? 0));
  if (reader.remaining > 0) throw new FormatError('bytes are left over');
  return columns;
}

function readOps(columns: ReadonlyMap<number, Uint8Array>, actors: readonly FeedId[]): RegisterPut[] {
  const column = (spec: number): Uint8Array => columns.get(spec) ?? new Uint8Array(0);
  const keys = readKeys(column(COLUMN.key));
  const inserts = new ByteReader(column(COLUMN.insert));
  if (inserts.uleb() !== keys.length || inserts.remaining > 0) throw new FormatError('the change inserts into a list');
  const actions = readRuns(column(COLUMN.action), keys.length, 'unsigned');
  if (actions.some((action) => action !== ACTION_SET)) throw new FormatError('an operation is not a put');
  const metas = readRuns(column(COLUMN.valueMeta), keys.length, 'unsigned');
  const values = new ByteReader(column(COLUMN.value));
  const predCounts = readRuns(column(COLUMN.predCount), keys.length, 'unsigned');
  if (columns.has(COLUMN.predActor) && predCounts.every((count) => count === 0)) {
    throw new FormatError('columns that hold nothing');
  }
  const preds = readPreds(predCounts, column(COLUMN.predActor), column(COLUMN.predCounter), actors);
  const ops = keys.map((key, index) => ({
    key,
    value: readValue(values, metas[index] ?? 0),
    preds: preds[index] ?? [],
  }));
  if (values.remaining > 0) throw new FormatError('bytes are left over after the values');
  return ops;
}

function readKeys(column: Uint8Array): string[] {
  const reader = new ByteReader(column);
  const count = -reader.sleb();
  if (count < 1 || count > MAX_OPS) throw new FormatError('there are no operations, too many, or keys that repeat');
  if (reader.remaining !== count * (KEY_LENGTH + 1)) throw new FormatError('a key is not a register');
  const keys: string[] = [];
  let previous = '';
  while (reader.remaining > 0) {
    if (reader.byte() !== KEY_LENGTH) throw new FormatError('a key is not a register');
    const key = String.fromCharCode(...reader.take(KEY_LENGTH));
    if (!REGISTER_KEY.test(key)) throw new FormatError('a key is not a register');
    if (key <= previous) throw new FormatError('the keys are not in order');
    keys.push(key);
    previous = key;
  }
  return keys;
}

function readValue(reader: ByteReader, meta: number): Uint8Array {
  const length = Math.floor(meta / 16);
  if (meta % 16 !== VALUE_TYPE_BYTES) throw new FormatError('a value is not bytes');
  if (length < 1 || length > MAX_VALUE_BYTES) throw new FormatError(`a value of ${length} bytes is not allowed`);
  return reader.take(length);
}

function readPreds(
  counts: readonly number[],
  actorColumn: Uint8Array,
  counterColumn: Uint8Array,
  actors: readonly FeedId[],
): (readonly OpId[])[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > MAX_PREDS) throw new FormatError(`${total} replaced values are too many`);
  const actorNumbers = readRuns(actorColumn, total, 'unsigned');
  const counters = readDeltas(counterColumn, total);
  let next = 0;
  return counts.map((count) => {
    if (count === 0) return NO_PREDS;
    const preds: OpId[] = [];
    for (; preds.length < count; next++) {
      const actor = actors[actorNumbers[next] ?? -1];
      const counter = counters[next] ?? 0;
      if (actor === undefined) throw new FormatError('a replaced value names no actor');
      if (counter < 1 || counter > MAX_COUNTER) throw new FormatError('a replaced value has no counter');
      const pred: OpId = { counter, actor };
      const previous = preds.at(-1);
      if (previous && compareOpIds(previous, pred) >= 0) throw new FormatError('replaced values are not in order');
      preds.push(pred);
    }
    return preds;
  });
}

const NO_PREDS: readonly OpId[] = [];
