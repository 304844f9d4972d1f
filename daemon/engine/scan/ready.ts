import type { Content } from '../../../protocol/registers.ts';
import type { Stamp } from '../../core/entry.ts';
import type { Spotted } from './spotted.ts';

/** A difference that was read: what stands there now. */
export interface Ready {
  readonly spotted: Spotted;
  readonly content: Content;
  readonly stamp: Stamp;
  /** Nodes of the file's manifest; none when it is a single chunk. */
  readonly nodes: readonly { readonly id: Uint8Array; readonly bytes: Uint8Array }[];
}
