import { randomFillSync } from 'node:crypto';
import type { Random } from '../effects/random.ts';

/** The operating system's generator, through OpenSSL. */
export function createNodeRandom(): Random {
  return { bytes: (count) => randomFillSync(new Uint8Array(count)) };
}
