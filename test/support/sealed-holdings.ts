import { parseChange } from '../../daemon/core/merge/change-parser.ts';
import { fromHex } from '../../protocol/bytes.ts';
import { openChunk } from '../../protocol/chunk.ts';
import { deriveEpochKeys, type EpochKeys } from '../../protocol/epoch.ts';
import type { ChunkId, EntryId } from '../../protocol/ids.ts';
import { decodeLogEntry, openLogBody } from '../../protocol/log-entry.ts';
import { decodeManifestNode, manifestItemId } from '../../protocol/manifest.ts';
import type { WantedChunk } from '../../protocol/message-types.ts';
import { decodeContent, parseRegisterKey } from '../../protocol/register-codec.ts';
import type { FileContent } from '../../protocol/registers.ts';
import type { JoinedFolder, ScriptedPeer } from './scripted-peer.ts';

/** What a folder consists of for somebody who has no keys, as its members send it. */
export interface SealedHoldings {
  /** Signed log entries. */
  readonly entries: readonly Uint8Array[];
  /** Sealed chunks and manifest nodes. */
  readonly sealed: readonly Uint8Array[];
  /** How many of those are manifest nodes. */
  readonly nodes: number;
  /** For the proof that nothing is left out: what is in the sealed chunks. */
  readonly opened: readonly Uint8Array[];
}

const LOG_BYTES = 1024 * 1024;

/** Asks for every log entry and for all that belongs to every file version that is on the answerer's disk. */
export async function sealedHoldings(peer: ScriptedPeer, joined: JoinedFolder): Promise<SealedHoldings> {
  const keys = deriveEpochKeys(1, joined.secrets.get(1) ?? new Uint8Array(32), joined.membership.folder);
  const entries = await allEntries(peer);
  const versions = new Map(entries.flatMap((bytes) => fileVersionsIn(bytes, keys)).map((file) => [file.digest, file]));
  const sealed: Uint8Array[] = [];
  const opened: Uint8Array[] = [];
  let nodes = 0;
  for (const file of versions.values()) {
    const wanted: Pick<WantedChunk, 'chunk' | 'kind' | 'offset' | 'length'>[] = [
      { chunk: file.digest as string as ChunkId, kind: file.manifest ? 'node' : 'data', offset: 0, length: file.size },
    ];
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      const answer = await ask(peer, joined, { ...next, entry: '0'.repeat(32) as EntryId, digest: file.digest });
      // Of an older version, which nobody has any more, or of an empty file, which has no chunk.
      if (answer === undefined) continue;
      const kind = next.kind === 'node' ? 'manifest' : 'data';
      const plaintext = openChunk(keys, fromHex(next.chunk), answer, kind);
      if (plaintext === undefined) throw new Error('a chunk that is not what was asked for');
      sealed.push(answer);
      opened.push(plaintext);
      if (next.kind === 'data') continue;
      nodes += 1;
      const node = decodeManifestNode(plaintext);
      let { offset } = next;
      for (const [item, length] of node.lengths.entries()) {
        wanted.push({ chunk: manifestItemId(node, item), kind: node.level > 0 ? 'node' : 'data', offset, length });
        offset += length;
      }
    }
  }
  return { entries, sealed, nodes, opened };
}

async function allEntries(peer: ScriptedPeer): Promise<readonly Uint8Array[]> {
  const { folder, frontier } = await peer.hear('folder-open');
  const all: Uint8Array[] = [];
  for (const { device, instance, sequence } of frontier) {
    for (let from = 1; from <= sequence; ) {
      peer.forget();
      peer.say({ kind: 'want-entries', folder, device, instance, from, limitBytes: LOG_BYTES });
      const { entries } = await peer.hear('entries');
      if (entries.length === 0) throw new Error('a log that is shorter than was said');
      all.push(...entries);
      from += entries.length;
    }
  }
  return all;
}

function fileVersionsIn(bytes: Uint8Array, keys: EpochKeys): readonly FileContent[] {
  const { changes } = openLogBody(decodeLogEntry(bytes), keys);
  const puts = changes.flatMap(({ change }) => parseChange(change).ops);
  return puts.flatMap(({ key, value }) => {
    const content = parseRegisterKey(key)?.register === 'content' ? decodeContent(value) : undefined;
    return content?.kind === 'file' ? [content] : [];
  });
}

let requests = 0;

async function ask(peer: ScriptedPeer, joined: JoinedFolder, item: WantedChunk): Promise<Uint8Array | undefined> {
  peer.forget();
  requests += 1;
  peer.say({ kind: 'want-chunks', request: requests, folder: joined.membership.folder, epoch: 1, items: [item] });
  await peer.until('an answer about a chunk', () => peer.chunks.length > 0);
  const [answer] = peer.chunks;
  return answer?.status === 'ok' ? answer.sealed : undefined;
}
