import { fromHex, toHex } from '../../../protocol/bytes.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { ACTOR_BYTES, HASH_BYTES, MAX_COUNTER } from './change-format.ts';
import { type LastChange, Ledger } from './ledger.ts';

/** Raised with every change of the layout; a snapshot of another version is rebuilt from the log. */
const VERSION = 1;

/**
 * A shard as it is stored: the ledger and the saved document. Local to a device, never sent.
 * Layout: version, heads (count, 32 bytes each), actors (count; 16 bytes, seq, maxOp, hash each), document; numbers
 * are LEB128.
 */
export function encodeSnapshot(ledger: Ledger, saved: Uint8Array): Uint8Array {
  const writer = new ByteWriter(saved.length + 256);
  writer.uleb(VERSION);
  writer.uleb(ledger.heads.length);
  for (const head of ledger.heads) writer.append(fromHex(head));
  writer.uleb(ledger.actors.length);
  for (const [actor, last] of ledger.actors) {
    writer.append(fromHex(actor));
    writer.uleb(last.seq);
    writer.uleb(last.maxOp);
    writer.append(fromHex(last.hash));
  }
  writer.append(saved);
  return writer.view().slice();
}

/** Throws FormatError. `saved` is a view of `bytes`. */
export function decodeSnapshot(bytes: Uint8Array): { readonly ledger: Ledger; readonly saved: Uint8Array } {
  const reader = new ByteReader(bytes);
  if (reader.uleb() !== VERSION) throw new FormatError('a snapshot of another version');
  const heads: string[] = [];
  for (let left = reader.uleb(); left > 0; left--) heads.push(toHex(reader.take(HASH_BYTES)));
  const actors: (readonly [FeedId, LastChange])[] = [];
  for (let left = reader.uleb(); left > 0; left--) {
    const actor = toHex(reader.take(ACTOR_BYTES)) as FeedId;
    const seq = reader.ulebUpTo(MAX_COUNTER, 'sequence');
    const maxOp = reader.ulebUpTo(MAX_COUNTER, 'last operation');
    actors.push([actor, { seq, maxOp, hash: toHex(reader.take(HASH_BYTES)) }]);
  }
  return { ledger: new Ledger(heads, actors), saved: reader.take(reader.remaining) };
}
