import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gearTable } from '../../../daemon/core/chunker.ts';
import { fromHex, toHex } from '../../../protocol/bytes.ts';
import { type ChunkKind, chunkIdBytes, openChunk } from '../../../protocol/chunk.ts';
import { decode, encode } from '../../../protocol/codec.ts';
import { boxOpen } from '../../../protocol/crypto.ts';
import { deviceIdOf } from '../../../protocol/device-id.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { decodeLogEntry, openLogBody, verifyLogEntry } from '../../../protocol/log-entry.ts';
import { decodeManifestNode } from '../../../protocol/manifest.ts';
import { decodeContent, decodeLocation, parseRegisterKey } from '../../../protocol/register-codec.ts';
import { fromJson, type JsonValue } from '../../vectors/encoding-vectors.ts';
import { makeVectors } from '../../vectors/make.ts';
import { sampleKeys } from '../../vectors/sample.ts';
import { readVectors, vectorFile, vectorText } from '../../vectors/vector-file.ts';

interface Refused {
  readonly bytes: string;
  readonly why: string;
}

function expectRefused(cases: readonly Refused[], decoder: (bytes: Uint8Array) => unknown): void {
  expect(cases.length).toBeGreaterThan(0);
  for (const { bytes, why } of cases) {
    expect(() => decoder(fromHex(bytes)), why).toThrow(FormatError);
  }
}

describe('the vectors', () => {
  const made = makeVectors();

  // Deflate has many encodings, so a log entry made by another zlib may differ; it is read below.
  it.each(Object.keys(made).filter((name) => name !== 'log'))('%s are what this code makes', (name) => {
    expect(vectorText(made[name] ?? {})).toBe(readFileSync(vectorFile(name), 'utf8'));
  });

  it('hold values of the codec', () => {
    const { values, refused } = readVectors<{
      readonly values: readonly { readonly value: JsonValue; readonly bytes: string }[];
      readonly refused: readonly Refused[];
    }>('encoding');
    for (const { value, bytes } of values) {
      expect(toHex(encode(fromJson(value)))).toBe(bytes);
      expect(decode(fromHex(bytes))).toEqual(fromJson(value));
    }
    expectRefused(refused, decode);
  });

  it('hold PeerIds', () => {
    const { devices } = readVectors<{
      readonly devices: readonly { readonly device: string; readonly peerId: string }[];
    }>('ids');
    for (const { device, peerId } of devices) expect(deviceIdOf(peerId)).toBe(device);
  });

  it('hold sealed chunks and a box', () => {
    const { chunks, box } = readVectors<{
      readonly chunks: readonly Readonly<Record<'plaintext' | 'id' | 'sealed', string> & { kind: ChunkKind }>[];
      readonly box: Readonly<Record<'sealed' | 'nonce' | 'senderPublic' | 'receiverSecret' | 'plaintext', string>>;
    }>('keys');
    for (const { kind, plaintext, id, sealed } of chunks) {
      expect(toHex(chunkIdBytes(sampleKeys, fromHex(plaintext), kind))).toBe(id);
      const opened = openChunk(sampleKeys, fromHex(id), fromHex(sealed), kind);
      expect(toHex(opened ?? new Uint8Array(1))).toBe(plaintext);
    }
    const [sealed, nonce, sender, secret] = [box.sealed, box.nonce, box.senderPublic, box.receiverSecret].map(fromHex);
    const opened = boxOpen(sealed as Uint8Array, nonce as Uint8Array, sender as Uint8Array, secret as Uint8Array);
    expect(toHex(opened ?? new Uint8Array(0))).toBe(box.plaintext);
  });

  it('hold manifest nodes', () => {
    const { gear, manifests, refusedNodes } = readVectors<{
      readonly gear: { readonly seed: string; readonly table: readonly number[] };
      readonly manifests: readonly { readonly chunks: number; readonly root: string; readonly rootBytes?: string }[];
      readonly refusedNodes: readonly Refused[];
    }>('chunks');
    expect(Array.from(gearTable(fromHex(gear.seed)))).toEqual(gear.table);
    const [two] = manifests;
    const bytes = fromHex(two?.rootBytes ?? '');
    expect(decodeManifestNode(bytes)).toMatchObject({ level: 0, count: 2, lengths: [65_536, 65_537] });
    expect(toHex(chunkIdBytes(sampleKeys, bytes, 'manifest'))).toBe(two?.root);
    expectRefused(refusedNodes, decodeManifestNode);
  });

  it('hold registers', () => {
    const vectors = readVectors<{
      readonly keys: readonly { readonly register: string; readonly entry: string; readonly key: string }[];
      readonly locations: readonly { readonly location: unknown; readonly bytes: string }[];
      readonly contents: readonly { readonly content: unknown; readonly bytes: string }[];
      readonly refusedLocations: readonly Refused[];
      readonly refusedContents: readonly Refused[];
    }>('registers');
    for (const { register, entry, key } of vectors.keys) expect(parseRegisterKey(key)).toEqual({ register, entry });
    for (const { location, bytes } of vectors.locations) expect(decodeLocation(fromHex(bytes))).toEqual(location);
    for (const { content, bytes } of vectors.contents) {
      const decoded = decodeContent(fromHex(bytes));
      expect({ ...decoded, mtimeNs: decoded.mtimeNs.toString() }).toEqual(content);
    }
    expectRefused(vectors.refusedLocations, decodeLocation);
    expectRefused(vectors.refusedContents, decodeContent);
  });

  it('hold log entries', () => {
    const { entries, refused } = readVectors<{
      readonly entries: readonly {
        readonly bytes: string;
        readonly id: string;
        readonly feed: string;
        readonly header: unknown;
        readonly body: { readonly changes: readonly { readonly shard: number; readonly change: string }[] };
      }[];
      readonly refused: readonly Refused[];
    }>('log');
    expect(entries.length).toBe(2);
    for (const { bytes, id, feed, header, body } of entries) {
      const entry = decodeLogEntry(fromHex(bytes));
      expect({ id: entry.id, feed: entry.feed, header: entry.header }).toEqual({ id, feed, header });
      expect(verifyLogEntry(entry)).toBe(true);
      const opened = openLogBody(entry, sampleKeys);
      const changes = opened.changes.map(({ shard, change }) => ({ shard, change: toHex(change) }));
      expect({ ...opened, changes }).toEqual(body);
    }
    expectRefused(refused, decodeLogEntry);
  });
});
