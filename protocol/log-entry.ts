import { compareBytes, concat, fromHex, toHex, utf8 } from './bytes.ts';
import { decode, encode, readArray, readBytes, readBytesUpTo, readInteger, readList } from './codec.ts';
import { type SigningKey, sha256Hex, sign, verify } from './crypto.ts';
import { feedIdOf } from './device-id.ts';
import type { EpochKeys } from './epoch.ts';
import { FormatError } from './errors.ts';
import type { DeviceId, FeedId, FolderId, InstanceId, RecordId } from './ids.ts';
import { EPOCH_MAX, LOG_BODY_MAX_BYTES, LOG_ENTRY_MAX_BYTES, LOG_HEADS_MAX } from './limits.ts';
import { type LogBody, openBody, sealBody } from './log-body.ts';

/** What everybody who stores or forwards an entry can read, and what its author signs. */
export interface LogHeader {
  readonly folder: FolderId;
  readonly device: DeviceId;
  readonly instance: InstanceId;
  /** 1, 2, 3 … without a gap in one feed. */
  readonly sequence: number;
  /** Id of the entry before it in its feed; `NO_RECORD` at sequence 1. */
  readonly previous: RecordId;
  /** Whose keys seal the body. */
  readonly epoch: number;
  /** The newest membership records that the author knew, sorted; they say by what right it wrote. */
  readonly membershipHeads: readonly RecordId[];
  /** SHA-256 of the sealed body. */
  readonly bodyHash: string;
}

/** A log entry taken apart. Nothing in it is proven until `verifyLogEntry` says so. */
export interface DecodedLogEntry {
  /** SHA-256 of the header without the signature: an entry is the same whoever signs it how often. */
  readonly id: RecordId;
  readonly feed: FeedId;
  readonly header: LogHeader;
  readonly headerBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly sealedBody: Uint8Array;
}

export const NO_RECORD = '0'.repeat(64) as RecordId;

const VERSION = 1;
const SIGNATURE_DOMAIN = utf8('sheaf/log-entry/1\0');
const HEADER_FIELDS = 9;
const HEADER_MAX_BYTES = LOG_ENTRY_MAX_BYTES - LOG_BODY_MAX_BYTES;
const SIGNATURE_BYTES = 64;

/**
 * Seals the body, signs the header. The caller writes the result durably before anybody sees it, and never makes two entries with
 * one sequence. Throws FormatError for a field out of range or a body over its limits (split it then).
 */
export function encodeLogEntry(
  header: Omit<LogHeader, 'bodyHash'>,
  body: LogBody,
  keys: EpochKeys,
  key: SigningKey,
): { readonly bytes: Uint8Array; readonly id: RecordId } {
  if (keys.epoch !== header.epoch) throw new FormatError('the keys of another epoch');
  if (toHex(key.publicKey) !== header.device) throw new FormatError('the key of another device');
  decodeHeader(encodeHeader({ ...header, bodyHash: NO_RECORD }));
  const sealedBody = sealBody(body, keys, sealingContext(header));
  const headerBytes = encodeHeader({ ...header, bodyHash: sha256Hex(sealedBody) });
  const signature = sign(key, concat(SIGNATURE_DOMAIN, headerBytes));
  return { bytes: encode([headerBytes, signature, sealedBody]), id: sha256Hex(headerBytes) as RecordId };
}

/** Checks the structure and the body hash, not the signature. Throws FormatError. */
export function decodeLogEntry(bytes: Uint8Array): DecodedLogEntry {
  if (bytes.length > LOG_ENTRY_MAX_BYTES) throw new FormatError('a log entry that is too long');
  const parts = readArray(decode(bytes), 3);
  const headerBytes = readBytesUpTo(parts[0], HEADER_MAX_BYTES);
  const signature = readBytes(parts[1], SIGNATURE_BYTES);
  const sealedBody = readBytesUpTo(parts[2], LOG_BODY_MAX_BYTES);
  const header = decodeHeader(headerBytes);
  if (sha256Hex(sealedBody) !== header.bodyHash)
    throw new FormatError('a log entry whose body is not the one it was signed with');
  const feed = feedIdOf(header.device, header.folder, header.instance);
  return { id: sha256Hex(headerBytes) as RecordId, feed, header, headerBytes, signature, sealedBody };
}

/** True when the device in the header signed it. */
export function verifyLogEntry(entry: DecodedLogEntry): boolean {
  return verify(fromHex(entry.header.device), concat(SIGNATURE_DOMAIN, entry.headerBytes), entry.signature);
}

/** Throws FormatError when the keys are not those that sealed it or the body is not what an author writes. */
export function openLogBody(entry: DecodedLogEntry, keys: EpochKeys): LogBody {
  if (keys.epoch !== entry.header.epoch) throw new FormatError('the keys of another epoch');
  return openBody(entry.sealedBody, keys, sealingContext(entry.header));
}

/** device ‖ instance ‖ sequence in 8 bytes: what else a body's key depends on. */
function sealingContext(header: Pick<LogHeader, 'device' | 'instance' | 'sequence'>): Uint8Array {
  const sequence = new Uint8Array(8);
  new DataView(sequence.buffer).setBigUint64(0, BigInt(header.sequence));
  return concat(fromHex(header.device), fromHex(header.instance), sequence);
}

function encodeHeader(header: LogHeader): Uint8Array {
  return encode([
    VERSION,
    fromHex(header.folder),
    fromHex(header.device),
    fromHex(header.instance),
    header.sequence,
    fromHex(header.previous),
    header.epoch,
    header.membershipHeads.map(fromHex),
    fromHex(header.bodyHash),
  ]);
}

function decodeHeader(bytes: Uint8Array): LogHeader {
  const fields = readArray(decode(bytes));
  if (fields[0] !== VERSION) throw new FormatError('a log entry of an unknown version');
  readArray(fields, HEADER_FIELDS);
  const heads = readList(fields[7], LOG_HEADS_MAX, (head) => readBytes(head, 32));
  heads.forEach((head, i) => {
    const before = heads[i - 1];
    if (before !== undefined && compareBytes(before, head) >= 0)
      throw new FormatError('membership heads that are not sorted');
  });
  const sequence = readInteger(fields[4], 1, Number.MAX_SAFE_INTEGER);
  const previous = toHex(readBytes(fields[5], 32)) as RecordId;
  if ((sequence === 1) !== (previous === NO_RECORD))
    throw new FormatError('only the first entry of a feed has none before it');
  return {
    folder: toHex(readBytes(fields[1], 32)) as FolderId,
    device: toHex(readBytes(fields[2], 32)) as DeviceId,
    instance: toHex(readBytes(fields[3], 16)) as InstanceId,
    sequence,
    previous,
    epoch: readInteger(fields[6], 1, EPOCH_MAX),
    membershipHeads: heads.map((head) => toHex(head) as RecordId),
    bodyHash: toHex(readBytes(fields[8], 32)),
  };
}
