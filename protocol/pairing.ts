import { concat, fromHex, toHex, utf8 } from './bytes.ts';
import type { Value } from './codec.ts';
import { encode, readBytes } from './codec.ts';
import type { SigningKey } from './crypto.ts';
import { constantTimeEqual, deriveKey, hmacSha256, sha256, sign, verify } from './crypto.ts';
import { FormatError } from './errors.ts';
import type { DeviceId } from './ids.ts';

declare const inviteBrand: unique symbol;
/** Names an invite without giving its secret away: 16 bytes, 32 hex digits. */
export type InviteId = string & { readonly [inviteBrand]: true };

/** Bytes of an invite's one-time secret. */
export const INVITE_SECRET_BYTES = 16;
/** Bytes of the random nonce that each side adds. */
export const PAIR_NONCE_BYTES = 32;

/** Why an inviter says no. On the wire a code is its position here; new ones go at the end. */
export const PAIR_REFUSALS = ['invite-unknown', 'invite-used', 'invite-expired', 'invite-wrong'] as const;
export type PairRefusal = (typeof PAIR_REFUSALS)[number];

const INVITE_LABEL = utf8('sheaf/invite/1\0');
const JOIN_LABEL = utf8('sheaf/pair-join/1\0');
const ACCEPT_LABEL = utf8('sheaf/pair-accept/1\0');
const BOX_KEY_LABEL = utf8('sheaf/box-key/1\0');

/** First 16 bytes of SHA-256("sheaf/invite/1" ‖ 0x00 ‖ secret). */
export function inviteIdOf(secret: Uint8Array): InviteId {
  if (secret.length !== INVITE_SECRET_BYTES) throw new FormatError('an invite secret has 16 bytes');
  return toHex(sha256(INVITE_LABEL, secret).subarray(0, 16)) as InviteId;
}

export function readInvite(value: Value): InviteId {
  return toHex(readBytes(value, 16)) as InviteId;
}

/** All that both sides of a pairing must have seen alike. The link proved the two device ids before. */
export interface PairTranscript {
  readonly joiner: DeviceId;
  readonly inviter: DeviceId;
  /** 32 bytes each, fresh for this attempt. */
  readonly joinerNonce: Uint8Array;
  readonly inviterNonce: Uint8Array;
  /** The joiner's. */
  readonly boxPublicKey: Uint8Array;
  readonly deviceName: string;
}

/** The name comes last because it alone has no fixed length. */
function transcriptBytes(transcript: PairTranscript): Uint8Array {
  const { joiner, inviter, joinerNonce, inviterNonce, boxPublicKey, deviceName } = transcript;
  const fixed = [fromHex(joiner), fromHex(inviter), joinerNonce, inviterNonce, boxPublicKey];
  if (fixed.some((part) => part.length !== 32)) throw new FormatError('pairing: an id, nonce or key has not 32 bytes');
  return concat(...fixed, utf8(deviceName));
}

/** The joiner's proof that it holds the secret: HMAC under KDF(secret, "pair") over label and transcript. 32 bytes. */
export function makeJoinProof(secret: Uint8Array, transcript: PairTranscript): Uint8Array {
  return hmacSha256(deriveKey(secret, 'pair'), JOIN_LABEL, transcriptBytes(transcript));
}

/** In constant time. */
export function checkJoinProof(secret: Uint8Array, transcript: PairTranscript, mac: Uint8Array): boolean {
  return constantTimeEqual(makeJoinProof(secret, transcript), mac);
}

/**
 * The inviter's proof, which also covers the membership records it answers with: HMAC under the same key over another
 * label, SHA-256 of the canonical array of the records, and the transcript. 32 bytes.
 */
export function makeInviteProof(
  secret: Uint8Array,
  transcript: PairTranscript,
  records: readonly Uint8Array[],
): Uint8Array {
  return hmacSha256(deriveKey(secret, 'pair'), ACCEPT_LABEL, sha256(encode(records)), transcriptBytes(transcript));
}

/** In constant time. */
export function checkInviteProof(
  secret: Uint8Array,
  transcript: PairTranscript,
  records: readonly Uint8Array[],
  mac: Uint8Array,
): boolean {
  return constantTimeEqual(makeInviteProof(secret, transcript, records), mac);
}

/** A device's own statement that secrets for it are to be sealed to this X25519 key. An Ed25519 signature, 64 bytes. */
export function boxCertificate(key: SigningKey, boxPublicKey: Uint8Array): Uint8Array {
  if (boxPublicKey.length !== 32) throw new FormatError('a box public key has 32 bytes');
  return sign(key, concat(BOX_KEY_LABEL, boxPublicKey));
}

export function checkBoxCertificate(device: DeviceId, boxPublicKey: Uint8Array, certificate: Uint8Array): boolean {
  return boxPublicKey.length === 32 && verify(fromHex(device), concat(BOX_KEY_LABEL, boxPublicKey), certificate);
}
