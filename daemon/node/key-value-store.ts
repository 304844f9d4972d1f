import { readdirSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { Level } from 'level';
import { CodedError } from '../../protocol/errors.ts';
import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { OrderedWrites } from './ordered-writes.ts';

/**
 * LevelDB drops or alters records when bytes on the disk change, mostly without an error: of 30 bit flips in a table
 * file 21 gave wrong values in silence. So every value ends in a CRC-32 of its key and itself, 4 bytes, big-endian.
 * A missing record cannot be seen here; the `store` room counts where that matters.
 */
const CHECKSUM_BYTES = 4;
/** Rows fetched from a range in one step across the thread boundary. */
const PAGE_ROWS = 1000;

type Database = Level<Uint8Array, Uint8Array>;

/**
 * Opens or creates the database in the directory `path`. Rejects with 'home-locked' when another process has it open,
 * 'state-damaged' when LevelDB finds it corrupt. Reads and writes reject with 'state-damaged' at a bad checksum.
 */
export async function openLevelStore(path: string): Promise<KeyValueStore> {
  // LevelDB's own sizes: with a million rows of 90 bytes, write buffers of 4, 8 and 16 MiB, a cache of 16 instead of
  // 8 MiB and blocks of 2 KiB differed by less than two equal runs did. Its compression halves the size on disk.
  refuseHeadless(path);
  const database: Database = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  try {
    await database.open();
  } catch (error) {
    throw openError(error, path);
  }
  return storeOn(database, path);
}

/** LevelDB takes a directory whose CURRENT file was lost for a new database, and would start empty beside the old tables. */
function refuseHeadless(path: string): void {
  const names = namesIn(path);
  if (names.includes('CURRENT') || !names.some((name) => /^MANIFEST-|\.ldb$/.test(name))) return;
  throw damaged(path, `The state database ${path} has lost its file CURRENT.`);
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function damaged(path: string, what: string, cause?: unknown): CodedError {
  return new CodedError(
    'state-damaged',
    `${what} Your files are untouched. To go on, stop sheaf, move ${path} away and start it again: this device is then a ` +
      'new one. Let another member of each folder invite it, and join into the same directory: what is there is ' +
      'recognised. A folder without other members: delete .sheaf in its directory and add it again.',
    { cause },
  );
}

function storeOn(database: Database, path: string): KeyValueStore {
  let failure: unknown;
  const writes = new OrderedWrites<LevelOperation>(async (batch, sync) => {
    if (failure !== undefined) throw failure;
    try {
      await database.batch([...batch], { sync });
    } catch (error) {
      // LevelDB may take what comes after a record that it wrote in part, and then not find it when it is opened again.
      failure = writeError(error, path);
      throw failure;
    }
  });
  return {
    get(key) {
      const sealed = named(() => database.getSync(key), path);
      return sealed && openValue(key, sealed, path);
    },

    async range({ from, to, limit = Number.POSITIVE_INFINITY, reverse = false }) {
      const iterator = database.iterator({ gte: from, lt: to, reverse });
      const rows: (readonly [Uint8Array, Uint8Array])[] = [];
      try {
        while (rows.length < limit) {
          const page = await iterator.nextv(Math.min(PAGE_ROWS, limit - rows.length));
          if (page.length === 0) break;
          for (const [key, sealed] of page) rows.push([plain(key), openValue(key, sealed, path)]);
        }
      } catch (error) {
        throw readError(error, path);
      } finally {
        await iterator.close();
      }
      return rows;
    },

    write: (batch, { durable }) => writes.write(batch.map(toLevel), durable),

    async recover() {
      await writes.idle();
      if (failure === undefined) return;
      try {
        await database.close();
        await database.open();
      } catch (error) {
        throw openError(error, path);
      }
      failure = undefined;
    },

    async close() {
      await writes.idle();
      await database.close();
    },
  };
}

type LevelOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

function toLevel(operation: Operation): LevelOperation {
  const { key } = operation;
  return operation.kind === 'put' ? { type: 'put', key, value: sealValue(key, operation.value) } : { type: 'del', key };
}

function sealValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(value.length + CHECKSUM_BYTES);
  sealed.set(value);
  viewOf(sealed).setUint32(value.length, crc32(value, crc32(key)));
  return sealed;
}

function openValue(key: Uint8Array, sealed: Uint8Array, path: string): Uint8Array {
  const length = sealed.length - CHECKSUM_BYTES;
  // Not `subarray`: LevelDB hands out Buffers, whose `slice` would share memory where callers expect a copy.
  const value = new Uint8Array(sealed.buffer, sealed.byteOffset, Math.max(0, length));
  if (length >= 0 && viewOf(sealed).getUint32(length) === crc32(value, crc32(key))) return value;
  throw damaged(path, `A row of kind '${kindOf(key)}' in the state database ${path} is damaged.`);
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Every key starts with one ASCII letter for the kind of its row. */
function kindOf(key: Uint8Array): string {
  return key.length === 0 ? '' : String.fromCharCode(key[0] ?? 0);
}

function named<Result>(read: () => Result, path: string): Result {
  try {
    return read();
  } catch (error) {
    throw readError(error, path);
  }
}

/** What LevelDB calls an I/O error though nothing is lost. The texts are strerror's. */
const PASSING = /No space left|Permission denied|Read-only|Too many open files|quota/i;

function readError(error: unknown, path: string): unknown {
  const codes = codesOf(error);
  // A table or manifest that is missing or ends too early is an I/O error to LevelDB.
  if (!codes.includes('LEVEL_CORRUPTION') && !codes.includes('LEVEL_IO_ERROR')) return error;
  const reason = innermost(error);
  if (!PASSING.test(reason)) return damaged(path, `The state database ${path} is damaged.`, error);
  const message = `The state database ${path} can not be used (${reason}): put that right; it is tried again soon.`;
  return new CodedError('state-unusable', message, { cause: error });
}

function writeError(error: unknown, path: string): unknown {
  if (!codesOf(error).includes('LEVEL_IO_ERROR')) return error;
  const message = `The state database ${path} can not be written (${innermost(error)}): it is tried again soon.`;
  return new CodedError('state-unusable', message, { cause: error });
}

function openError(error: unknown, path: string): unknown {
  if (!codesOf(error).includes('LEVEL_LOCKED')) return readError(error, path);
  return new CodedError(
    'home-locked',
    `The state database ${path} is in use by another process: a daemon of this home runs already, "sheaf stop" ends it.`,
    { cause: error },
  );
}

function innermost(error: unknown): string {
  let message = '';
  for (let each = error; each instanceof Error; each = each.cause) message = each.message;
  return message;
}

/** The codes of an error and of its causes, outermost first. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') codes.push(each.code);
  }
  return codes;
}
