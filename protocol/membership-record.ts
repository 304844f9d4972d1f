import { concat, fromHex, toHex, utf8 } from './bytes.ts';
import { decode, encode, readArray, readBytes, readInteger } from './codec.ts';
import type { SigningKey } from './crypto.ts';
import { sha256, sign, verify } from './crypto.ts';
import { FormatError } from './errors.ts';
import { fieldsOf, readDevice, readFolder, readRecordSet, recordSetValue, takeFields } from './fields.ts';
import type { DeviceId, FolderId, RecordId } from './ids.ts';
import { TIME_MAX_MS } from './limits.ts';
import { membershipShapes } from './membership-shapes.ts';
import type { MembershipBody } from './membership-types.ts';
import { RECORD_HEADS_MAX } from './message-limits.ts';
import type { Shape } from './shape.ts';
import { shapesByType } from './shape.ts';

export type * from './membership-types.ts';

/** One signed statement about who belongs to a folder: the part that its author chooses. */
export interface MembershipDraft {
  /** `NO_FOLDER` in a genesis record, whose own id becomes the folder's. */
  readonly folder: FolderId;
  /** The heads of all records that the author knew, in any order; empty in a genesis record only. */
  readonly parents: readonly RecordId[];
  /** The author's wall clock, milliseconds since 1970. For people, and to judge whether an invite was still open. */
  readonly time: number;
  readonly body: MembershipBody;
}

export interface MembershipRecord extends MembershipDraft {
  readonly author: DeviceId;
}

/** A record whose signature and certificate hold. What it claims may still be void: see `evaluateMembership`. */
export interface DecodedRecord {
  /** SHA-256 of the payload, without the signature. */
  readonly id: RecordId;
  /** The folder it belongs to: for a genesis record its own id. */
  readonly folder: FolderId;
  readonly record: MembershipRecord;
  /** As it travels and is stored. */
  readonly bytes: Uint8Array;
}

export const NO_FOLDER = '0'.repeat(64) as FolderId;

/** A rotation for 256 members is 30 KB; a record with every epoch of a folder that rotated a thousand times, 90 KB. */
export const MEMBERSHIP_RECORD_MAX_BYTES = 128 * 1024;

const MEMBERSHIP_VERSION = 1;
/** Version, kind, folder, author, parents and time. */
const COMMON_FIELDS = 6;
const SIGNATURE_LABEL = utf8('sheaf/membership-record/1\0');
const SIGNATURE_BYTES = 64;

/** The compiler cannot follow that a shape found by a body's kind only ever sees bodies of that kind. */
const shapesByKind = membershipShapes as Readonly<Record<MembershipBody['kind'], Shape<MembershipBody>>>;
const shapes = shapesByType(Object.values(shapesByKind));

/** Signs a record. Throws FormatError when it is out of bounds or says what no record may say. */
export function makeRecord(key: SigningKey, draft: MembershipDraft): DecodedRecord {
  const { body } = draft;
  const shape = shapesByKind[body.kind];
  const payload = encode([
    MEMBERSHIP_VERSION,
    shape.type,
    fromHex(draft.folder),
    key.publicKey,
    recordSetValue(draft.parents),
    draft.time,
    ...shape.write(body),
  ]);
  const signature = sign(key, concat(SIGNATURE_LABEL, payload));
  return decodeRecord(encode([payload, signature]));
}

/**
 * Reads [payload, signature] and checks both signatures in it. Throws FormatError for anything that `makeRecord` would
 * not have made. Keeps nothing of `encoded`, which may be part of a large frame.
 */
export function decodeRecord(encoded: Uint8Array): DecodedRecord {
  if (encoded.length > MEMBERSHIP_RECORD_MAX_BYTES) throw new FormatError('membership record: too long');
  const bytes = new Uint8Array(encoded);
  const next = fieldsOf(decode(bytes), 2);
  const payload = readBytes(next());
  const signature = readBytes(next(), SIGNATURE_BYTES);
  const id = toHex(sha256(payload)) as RecordId;
  const record = readPayload(payload);
  if (!verify(fromHex(record.author), concat(SIGNATURE_LABEL, payload), signature)) {
    throw new FormatError('membership record: the signature is not its author’s');
  }
  const genesis = record.body.kind === 'genesis';
  return { id, folder: genesis ? (id as string as FolderId) : record.folder, record, bytes };
}

function readPayload(payload: Uint8Array): MembershipRecord {
  const values = readArray(decode(payload));
  const next = takeFields(values);
  const version = readInteger(next(), 1, 0xffff);
  if (version !== MEMBERSHIP_VERSION) throw new FormatError(`membership record: version ${version} is newer`);
  const type = readInteger(next(), 0, 0xffff);
  const shape = shapes.get(type);
  if (shape === undefined) throw new FormatError(`membership record: unknown kind ${type}`);
  if (values.length !== COMMON_FIELDS + shape.size) throw new FormatError(`membership record: ${values.length} fields`);
  const folder = readFolder(next());
  const author = readDevice(next());
  const parents = readRecordSet(next(), RECORD_HEADS_MAX);
  const time = readInteger(next(), 0, TIME_MAX_MS);
  const body = shape.read(next);
  const genesis = body.kind === 'genesis';
  if (genesis !== (parents.length === 0) || genesis !== (folder === NO_FOLDER)) {
    throw new FormatError('membership record: a genesis record, and no other, has no folder and no parents');
  }
  return { folder, author, parents, time, body };
}
