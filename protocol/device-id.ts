import { base58btc } from 'multiformats/bases/base58';
import { concat, equalBytes, fromHex, toHex, utf8 } from './bytes.ts';
import { sha256Hex } from './crypto.ts';
import { FormatError } from './errors.ts';
import type { DeviceId, FeedId, FolderId, InstanceId } from './ids.ts';

// An identity multihash (00) of 36 bytes (24) that are a libp2p PublicKey protobuf: type Ed25519 (08 01), data of 32 bytes (12 20).
// https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
const PEER_ID_PREFIX = fromHex('002408011220');
/** 38 bytes in base58 are at most 52 digits; more is not looked at. */
const PEER_ID_MAX_LENGTH = 52;
const FEED_LABEL = utf8('sheaf/feed/1');

/** The libp2p PeerId of a device: `12D3KooW…`. */
export function peerIdOf(device: DeviceId): string {
  return base58btc.baseEncode(concat(PEER_ID_PREFIX, fromHex(device)));
}

/** The device with that PeerId. Throws FormatError unless it is one of an Ed25519 key, in its usual base58 form. */
export function deviceIdOf(peerId: string): DeviceId {
  const bytes = decodeBase58(peerId);
  const prefix = bytes.subarray(0, PEER_ID_PREFIX.length);
  if (bytes.length !== PEER_ID_PREFIX.length + 32 || !equalBytes(prefix, PEER_ID_PREFIX)) {
    throw new FormatError('not the PeerId of an Ed25519 key');
  }
  return toHex(bytes.subarray(PEER_ID_PREFIX.length)) as DeviceId;
}

/** Names the log of one instance of a device in one folder: first 16 bytes of SHA-256("sheaf/feed/1" ‖ device ‖ folder ‖ instance). */
export function feedIdOf(device: DeviceId, folder: FolderId, instance: InstanceId): FeedId {
  return sha256Hex(concat(FEED_LABEL, fromHex(device), fromHex(folder), fromHex(instance))).slice(0, 32) as FeedId;
}

function decodeBase58(text: string): Uint8Array {
  if (text.length > PEER_ID_MAX_LENGTH) throw new FormatError('too long for a PeerId');
  try {
    return base58btc.baseDecode(text);
  } catch {
    throw new FormatError('not base58');
  }
}
