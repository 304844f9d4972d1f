import { concat, fromHex } from './bytes.ts';
import { deriveKey } from './crypto.ts';
import { FormatError } from './errors.ts';
import type { FolderId } from './ids.ts';

/** The keys of one epoch of one folder, each 32 bytes and each for one purpose. */
export interface EpochKeys {
  readonly epoch: number;
  /** Parent of every chunk's own key. */
  readonly contentKey: Uint8Array;
  /** Names chunks. */
  readonly chunkIdKey: Uint8Array;
  /** Parent of every log entry's own key. */
  readonly logKey: Uint8Array;
  /** Makes the chunker's table, so that cut points tell nothing without it. */
  readonly gearSeed: Uint8Array;
  /** What members announce and recognise in place of the folder's id. */
  readonly topicTag: Uint8Array;
}

/** From the epoch's 32 random bytes. `epoch` is 1 … 2^32 - 1. */
export function deriveEpochKeys(epoch: number, secret: Uint8Array, folder: FolderId): EpochKeys {
  if (secret.length !== 32) throw new FormatError('an epoch secret has 32 bytes');
  const context = concat(fromHex(folder), Uint8Array.of(epoch >>> 24, epoch >>> 16, epoch >>> 8, epoch));
  return {
    epoch,
    contentKey: deriveKey(secret, 'content', context),
    chunkIdKey: deriveKey(secret, 'chunk-id', context),
    logKey: deriveKey(secret, 'log', context),
    gearSeed: deriveKey(secret, 'gear', context),
    topicTag: deriveKey(secret, 'topic', context),
  };
}
