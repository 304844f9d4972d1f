import { concat } from './bytes.ts';
import { boxOpen, boxSeal, deriveKey, open, seal } from './crypto.ts';
import type { DeviceId } from './ids.ts';
import { EPOCH_MAX } from './limits.ts';

/** How the 32-byte secrets of epochs are named and chained in membership records. */

const NOTHING = new Uint8Array(0);

function epochBytes(epoch: number): Uint8Array {
  return Uint8Array.of(epoch >>> 24, epoch >>> 16, epoch >>> 8, epoch);
}

/** Epochs since the genesis count in the upper 16 bits; the lower ones keep concurrent rotations apart. */
const GENERATION = 2 ** 16;

export const FIRST_EPOCH = 1;

/**
 * The number that a device gives to the epoch after `highest`: the next generation in the upper 16 bits and the first two
 * bytes of its own id in the lower ones, so that two admins who rotate at the same time start two epochs and not two
 * secrets of one number. 0 when there are no more numbers.
 */
export function nextEpochNumber(highest: number, author: DeviceId): number {
  const next = (Math.floor(highest / GENERATION) + 1) * GENERATION + Number.parseInt(author.slice(0, 4), 16);
  return next > EPOCH_MAX ? 0 : next;
}

export interface EpochBox {
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

/**
 * An epoch's secret for one device, in a NaCl box. The nonce is KDF(secret, "epoch-box-nonce", u32 epoch ‖ recipient's key), cut
 * to 24 bytes: two boxes have one nonce only if they hold the same secret for the same key.
 */
export function sealEpoch(secret: Uint8Array, epoch: number, theirPublic: Uint8Array, mySecret: Uint8Array): EpochBox {
  const nonce = deriveKey(secret, 'epoch-box-nonce', concat(epochBytes(epoch), theirPublic)).subarray(0, 24);
  return { nonce, box: boxSeal(secret, nonce, theirPublic, mySecret) };
}

/** The secret, or undefined when the box is not from that sender to this receiver. */
export function openEpoch(sealed: EpochBox, theirPublic: Uint8Array, mySecret: Uint8Array): Uint8Array | undefined {
  return boxOpen(sealed.box, sealed.nonce, theirPublic, mySecret);
}

/** Tells a secret from every other one without giving it away: KDF(secret, "epoch-commitment", u32 epoch). 32 bytes. */
export function epochCommitment(epoch: number, secret: Uint8Array): Uint8Array {
  return deriveKey(secret, 'epoch-commitment', epochBytes(epoch));
}

/** One key for each pair of secrets, which seals nothing but the earlier of the two. */
function previousKey(secret: Uint8Array, epoch: number, commitment: Uint8Array): Uint8Array {
  return deriveKey(secret, 'previous-epoch', concat(epochBytes(epoch), commitment));
}

/** An earlier epoch's secret for everybody who holds a later one's. 48 bytes. */
export function sealPreviousEpoch(secret: Uint8Array, epoch: number, previousSecret: Uint8Array): Uint8Array {
  return seal(previousKey(secret, epoch, epochCommitment(epoch, previousSecret)), previousSecret, NOTHING);
}

/** The earlier secret, or undefined when it is not the one that `commitment` names. */
export function openPreviousEpoch(
  secret: Uint8Array,
  epoch: number,
  commitment: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const opened = open(previousKey(secret, epoch, commitment), sealed, NOTHING);
  return opened === undefined ? undefined : new Uint8Array(opened);
}
