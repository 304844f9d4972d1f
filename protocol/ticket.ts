import { fromBase32, toBase32 } from './base32.ts';
import { concat, equalBytes, fromHex, utf8 } from './bytes.ts';
import { decode, encode, readArray, readBytes, readInteger, readList, readText } from './codec.ts';
import { sha256 } from './crypto.ts';
import { CodedError, FormatError } from './errors.ts';
import { readDevice, readFolder, takeFields } from './fields.ts';
import type { DeviceId, FolderId } from './ids.ts';
import { LABEL_MAX_BYTES, TIME_MAX_MS } from './limits.ts';
import type { Role } from './local-api.ts';
import { ADDRESS_MAX_BYTES } from './message-limits.ts';
import { INVITE_SECRET_BYTES } from './pairing.ts';
import { readRole, roleValue } from './roles.ts';

/** All that a joiner needs, in a text to copy and paste. Whoever has it can join once: it is a secret. */
export interface Ticket {
  /** The only device that the joiner will talk to. */
  readonly inviter: DeviceId;
  /** Multiaddrs without the /p2p part, the likeliest first; at most TICKET_MAX_ADDRESSES. */
  readonly addresses: readonly string[];
  /** 16 random bytes, good for one joiner. */
  readonly secret: Uint8Array;
  readonly folder: FolderId;
  readonly folderName: string;
  readonly role: Role;
  /** Seconds since 1970. */
  readonly expires: number;
  /** `frontierHash` of all that the inviter had: what it later shows must not be less. 32 bytes. */
  readonly frontierHash: Uint8Array;
}

/** The joiner tries them all at once; more only make the text longer. */
export const TICKET_MAX_ADDRESSES = 8;

/** '1' is not a base32 digit, so the prefix ends there whatever follows. */
const PREFIX = 'sheaf1';
const VERSION = 1;
const FIELDS = 9;
const CHECKSUM_LABEL = utf8('sheaf/ticket/1\0');
const CHECKSUM_BYTES = 4;
const HASH_BYTES = 32;
/** Before anything is decoded: a ticket of eight of the longest addresses has under 5,000 characters. */
const TEXT_MAX_LENGTH = 16_384;
const EXPIRES_MAX_SECONDS = Math.floor(TIME_MAX_MS / 1000);

/** The text of a ticket: lower-case letters and digits only. Throws FormatError when it is out of bounds. */
export function encodeTicket(ticket: Ticket): string {
  const payload = encode([
    VERSION,
    fromHex(ticket.inviter),
    ticket.addresses,
    ticket.secret,
    fromHex(ticket.folder),
    ticket.folderName,
    roleValue(ticket.role),
    ticket.expires,
    ticket.frontierHash,
  ]);
  readPayload(payload);
  return PREFIX + toBase32(concat(payload, checksum(payload)));
}

/**
 * Reads a ticket; white space, line breaks and case don't matter. Does not look at the expiry.
 * @throws CodedError 'bad-ticket' with a message that says whether to copy it again or to update sheaf
 */
export function decodeTicket(text: string): Ticket {
  const compact = text.length > TEXT_MAX_LENGTH ? '' : text.replace(/\s+/g, '').toLowerCase();
  if (!compact.startsWith(PREFIX)) {
    throw badTicket(
      `this is not a ticket: a ticket starts with ${PREFIX}; "sheaf invite" on the other device makes one`,
    );
  }
  const payload = checkedPayload(compact.slice(PREFIX.length));
  if (payload === undefined) {
    throw badTicket('the ticket is incomplete or mistyped: copy all of it again, from the first character to the last');
  }
  try {
    return readPayload(payload);
  } catch (error) {
    if (error instanceof FormatError) throw badTicket(`the ticket can't be used: ${error.message}; ask for a new one`);
    throw error;
  }
}

function badTicket(message: string): CodedError {
  return new CodedError('bad-ticket', message);
}

function checksum(payload: Uint8Array): Uint8Array {
  return sha256(CHECKSUM_LABEL, payload).subarray(0, CHECKSUM_BYTES);
}

function checkedPayload(digits: string): Uint8Array | undefined {
  try {
    const bytes = fromBase32(digits);
    const payload = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES));
    return equalBytes(checksum(payload), bytes.subarray(payload.length)) ? payload : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Throws FormatError, or CodedError 'bad-ticket' when a newer version made it. */
function readPayload(payload: Uint8Array): Ticket {
  const values = readArray(decode(payload));
  const next = takeFields(values);
  const version = readInteger(next(), 1, 0xffff);
  if (version !== VERSION)
    throw badTicket(`the ticket is of a newer version of sheaf (${version}): update this device`);
  if (values.length !== FIELDS) throw new FormatError(`it has ${values.length} fields`);
  return {
    inviter: readDevice(next()),
    addresses: readList(next(), TICKET_MAX_ADDRESSES, (item) => readText(item, ADDRESS_MAX_BYTES)),
    secret: readBytes(next(), INVITE_SECRET_BYTES),
    folder: readFolder(next()),
    folderName: readText(next(), LABEL_MAX_BYTES),
    role: readRole(next()),
    expires: readInteger(next(), 0, EXPIRES_MAX_SECONDS),
    frontierHash: readBytes(next(), HASH_BYTES),
  };
}
