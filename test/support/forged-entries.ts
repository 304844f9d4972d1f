import { decode, encode, readArray } from '../../protocol/codec.ts';
import { deriveEpochKeys } from '../../protocol/epoch.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import { encodeLogEntry, type LogHeader, NO_RECORD } from '../../protocol/log-entry.ts';
import type { JoinedFolder, ScriptedPeer } from './scripted-peer.ts';

/**
 * An entry that this member signs: an empty one, well-formed and the first of its log unless `changed` or `body` says
 * otherwise.
 */
export function ownEntry(
  { device, instance, signingKey }: ScriptedPeer,
  { membership, secrets }: JoinedFolder,
  changed: Partial<LogHeader> = {},
  body: Partial<LogBody> = {},
): Uint8Array {
  const { folder, heads } = membership;
  const keys = deriveEpochKeys(1, secrets.get(1) ?? new Uint8Array(32), folder);
  const header = { folder, device, instance, sequence: 1, previous: NO_RECORD, epoch: 1, membershipHeads: heads };
  return encodeLogEntry({ ...header, ...changed }, { seen: [], wallTime: 1, changes: [], ...body }, keys, signingKey)
    .bytes;
}

const PARTS = ['header', 'signature', 'body'] as const;

/** The same entry with other bytes in one part, so that its signature fits no longer. */
export function forged(
  bytes: Uint8Array,
  part: (typeof PARTS)[number],
  change: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts = readArray(decode(bytes), PARTS.length);
  return encode(parts.map((each, at) => (PARTS[at] === part ? change(each as Uint8Array) : each)));
}

export function withLastBitFlipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}
