import { concat } from './bytes.ts';
import { deriveKey, open, seal } from './crypto.ts';

/** How the 32-byte secrets of epochs are named and chained in membership records. */

const NOTHING = new Uint8Array(0);

function epochBytes(epoch: number): Uint8Array {
  return Uint8Array.of(epoch >>> 24, epoch >>> 16, epoch >>> 8, epoch);
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
  return open(previousKey(secret, epoch, commitment), sealed, NOTHING);
}
