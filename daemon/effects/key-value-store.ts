/**
 * An ordered map from bytes to bytes with atomic batches: what sheaf remembers. Keys sort bytewise.
 * Values may come back damaged or missing after a crash of the machine; the `store` room checks them.
 * Compliance suite: `test/compliance/key-value-store.ts`.
 */
export type Operation =
  | { readonly kind: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: Uint8Array };

export interface Range {
  /** First key, inclusive. */
  readonly from: Uint8Array;
  /** End, exclusive. */
  readonly to: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface KeyValueStore {
  /** Synchronous, a few microseconds when warm: the index is read this way so that a decision sees one moment. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** One page, in key order. */
  range(range: Range): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
  /**
   * All or nothing. With `durable` it is on disk when the promise resolves. Rejects with 'state-unusable' when the disk
   * does not take it, and from then on every write does, until `recover`: whether the one that failed is there is open.
   */
  write(batch: readonly Operation[], options: { readonly durable: boolean }): Promise<void>;
  /**
   * Opens the store anew after a write that failed; nothing when none has. What was read of it before may be outdated.
   * Nothing may be read meanwhile. Rejects with 'state-unusable' while the disk does not let it be opened.
   */
  recover(): Promise<void>;
  close(): Promise<void>;
}
