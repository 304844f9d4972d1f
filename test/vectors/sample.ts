import { concat, toHex, utf8 } from '../../protocol/bytes.ts';
import { sha256, signingKeyFromSeed } from '../../protocol/crypto.ts';
import { deriveEpochKeys } from '../../protocol/epoch.ts';
import type { DeviceId, Digest, EntryId, FolderId, InstanceId, RecordId } from '../../protocol/ids.ts';

/** What all vectors are made from, so that another implementation can make the same: SHA-256 of a label. */
export function sampleBytes(label: string, length = 32): Uint8Array {
  return sha256(utf8(`sheaf vectors ${label}`)).subarray(0, length);
}

export function sampleHex(label: string, length = 32): string {
  return toHex(sampleBytes(label, length));
}

/** SHA-256(seed ‖ u32 0) ‖ SHA-256(seed ‖ u32 1) ‖ … cut to `length`: a file with no pattern in it. */
export function sampleStream(label: string, length: number): Uint8Array {
  const seed = sampleBytes(label);
  const bytes = new Uint8Array(Math.ceil(length / 32) * 32);
  for (let i = 0; i * 32 < length; i += 1) {
    bytes.set(sha256(concat(seed, Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i))), i * 32);
  }
  return bytes.subarray(0, length);
}

export const sampleFolder = sampleHex('folder') as FolderId;
export const sampleSigningSeed = sampleBytes('device');
export const sampleSigningKey = signingKeyFromSeed(sampleSigningSeed);
export const sampleDevice = toHex(sampleSigningKey.publicKey) as DeviceId;
export const sampleInstance = sampleHex('instance', 16) as InstanceId;
export const sampleEntry = sampleHex('entry', 16) as EntryId;
export const sampleDigest = sampleHex('digest') as Digest;
export const sampleHeads: readonly RecordId[] = ['head a', 'head b']
  .map((label) => sampleHex(label) as RecordId)
  .sort();
export const sampleEpochSecret = sampleBytes('epoch 1');
export const sampleKeys = deriveEpochKeys(1, sampleEpochSecret, sampleFolder);
