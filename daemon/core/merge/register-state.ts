import { equalBytes } from '../../../protocol/bytes.ts';
import type { FeedId } from '../../../protocol/ids.ts';
import type { ResidentShard } from './resident-shard.ts';

/** What a register shows. Same on every device that knows the same changes. */
export interface RegisterState {
  readonly shard: number;
  readonly key: string;
  /**
   * All concurrent values, the Automerge winner first, then by falling operation id; equal bytes are listed once, with
   * their highest id. Empty when the register was never written.
   */
  readonly values: readonly { readonly value: Uint8Array; readonly actor: FeedId; readonly counter: number }[];
}

export function registerState(resident: ResidentShard, shard: number, key: string): RegisterState {
  const values = resident.values(key);
  if (values.length < 2) return { shard, key, values };
  const distinct = values.filter(
    ({ value }, index) => !values.slice(0, index).some((earlier) => equalBytes(earlier.value, value)),
  );
  return { shard, key, values: distinct };
}
