import { compareBytes, fromHex, toHex } from './bytes.ts';
import type { Value } from './codec.ts';
import { encode, readBytes, readInteger, readList } from './codec.ts';
import { sha256 } from './crypto.ts';
import { FormatError } from './errors.ts';
import { fieldsOf } from './fields.ts';
import type { DeviceId, InstanceId } from './ids.ts';
import { SAFE_INTEGER_MAX } from './limits.ts';
import { FRONTIER_MAX_ITEMS } from './message-limits.ts';

/** The highest sequence known of one device instance's log in a folder. */
export interface FrontierItem {
  readonly device: DeviceId;
  readonly instance: InstanceId;
  /** 1 … 2^53 - 1. */
  readonly sequence: number;
}

/** By device, then instance: the order in which frontiers travel and are hashed. */
export function compareFrontierItems(a: FrontierItem, b: FrontierItem): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  if (a.instance !== b.instance) return a.instance < b.instance ? -1 : 1;
  return 0;
}

/** Array of [device 32 B, instance 16 B, sequence], sorted; the items may come in any order. */
export function frontierValue(frontier: readonly FrontierItem[]): Value {
  return frontier
    .toSorted(compareFrontierItems)
    .map((item) => [fromHex(item.device), fromHex(item.instance), item.sequence]);
}

/** Reads what `frontierValue` made. Throws FormatError unless strictly ascending. */
export function readFrontier(value: Value): readonly FrontierItem[] {
  let last: Uint8Array | undefined;
  return readList(value, FRONTIER_MAX_ITEMS, (item) => {
    const next = fieldsOf(item, 3);
    const device = readBytes(next(), 32);
    const instance = readBytes(next(), 16);
    const sequence = readInteger(next(), 1, SAFE_INTEGER_MAX);
    const key = new Uint8Array(48);
    key.set(device);
    key.set(instance, 32);
    if (last !== undefined && compareBytes(last, key) >= 0) throw new FormatError('frontier: not in order');
    last = key;
    return { device: toHex(device) as DeviceId, instance: toHex(instance) as InstanceId, sequence };
  });
}

/** 32 bytes that stand for a whole frontier: SHA-256 of the canonical encoding of `frontierValue`. */
export function frontierHash(frontier: readonly FrontierItem[]): Uint8Array {
  return sha256(encode(frontierValue(frontier)));
}

/** True when both name the same feeds up to the same entries, in whatever order. */
export function sameFrontier(a: readonly FrontierItem[], b: readonly FrontierItem[]): boolean {
  if (a.length !== b.length) return false;
  const left = a.toSorted(compareFrontierItems);
  const right = b.toSorted(compareFrontierItems);
  return left.every((item, at) => {
    const other = right[at];
    return other !== undefined && compareFrontierItems(item, other) === 0 && item.sequence === other.sequence;
  });
}
