import { toHex } from '../../protocol/bytes.ts';
import { NO_DIGEST, ROOT_ENTRY } from '../../protocol/ids.ts';
import { encodeContent, encodeLocation, registerKey } from '../../protocol/register-codec.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import { sampleDigest, sampleEntry, sampleHex } from './sample.ts';

const common = { base: sampleHex('base', 8), author: sampleHex('author', 8), time: 1_753_100_000_123 };
const version = { ...common, digest: sampleDigest, mtimeNs: 1_753_100_000_123_456_789n };
const file = { ...version, kind: 'file', executable: false, size: 4096, epoch: 1, manifest: false } as const;

const locations: readonly Location[] = [
  { kind: 'live', parent: ROOT_ENTRY, name: 'a' },
  { kind: 'live', parent: sampleEntry, name: 'Übergröße 水🜁' },
  { kind: 'live', parent: sampleEntry, name: 'x'.repeat(255) },
  { kind: 'trash', parent: sampleEntry, name: 'notes.txt', digest: sampleDigest },
  { kind: 'trash', parent: ROOT_ENTRY, name: 'directory', digest: NO_DIGEST },
];
const contents: readonly Content[] = [
  file,
  { ...file, executable: true, size: 0 },
  { ...file, manifest: true, size: 9_007_199_254_740_991, epoch: 4_294_967_295 },
  { ...file, executable: true, manifest: true, mtimeNs: -1n, time: 0 },
  { ...file, mtimeNs: -(2n ** 63n), time: 2 ** 48 - 1, size: 127 },
  { ...file, mtimeNs: 2n ** 63n - 1n, size: 128 },
  { ...common, kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n },
  { ...version, kind: 'symlink', target: '../elsewhere' },
  { ...version, kind: 'symlink', target: 'y'.repeat(4095) },
];

const zeros = '00'.repeat(16);
const versionZeros = '00'.repeat(32 + 8 + 22);
const refusedLocations: readonly (readonly [bytes: string, why: string])[] = [
  ['', 'nothing'],
  [`00${zeros}61`, 'an unknown version'],
  [`20${zeros}61`, 'an unknown version'],
  [`12${zeros}61`, 'an unknown kind'],
  [`10${zeros}`, 'no name'],
  [`10${zeros.slice(2)}`, 'too short'],
  [`11${zeros}${'00'.repeat(31)}`, 'too short'],
  [`10${zeros}2e2e`, 'the name ".."'],
  [`10${zeros}612f62`, 'a name with "/"'],
  [`10${zeros}6100`, 'a name with NUL'],
  [`10${zeros}2e5368656146`, 'the reserved name'],
  [`10${zeros}ff`, 'a name that is not UTF-8'],
  [`10${zeros}${'78'.repeat(256)}`, 'a name that is too long'],
];
const refusedContents: readonly (readonly [bytes: string, why: string])[] = [
  ['', 'nothing'],
  [`08${versionZeros}0100`, 'an unknown version'],
  [`1c${versionZeros}0100`, 'unknown flags'],
  [`18${versionZeros}`, 'too short'],
  [`18${versionZeros}01`, 'too short'],
  [`18${versionZeros}0000`, 'epoch 0'],
  [`18${versionZeros}010000`, 'bytes after the end'],
  [`18${versionZeros}018000`, 'a size in a longer form than it needs'],
  [`18${versionZeros}01ffffffffffffff7f`, 'a size above 2^53 - 1'],
  [`18${versionZeros}8080808010` + '00', 'an epoch above 2^32 - 1'],
  [`14${'00'.repeat(21)}`, 'too short'],
  [`14${'00'.repeat(23)}`, 'bytes after the end'],
  [`15${versionZeros}`, 'no target'],
  [`15${versionZeros}6100`, 'a target with NUL'],
  [`15${versionZeros}ff`, 'a target that is not UTF-8'],
  [`15${versionZeros}${'79'.repeat(4096)}`, 'a target that is too long'],
];

export function registerVectors(): object {
  const keyed = [ROOT_ENTRY, sampleEntry];
  return {
    keys: keyed.flatMap((entry) =>
      (['location', 'content'] as const).map((register) => ({ register, entry, key: registerKey(register, entry) })),
    ),
    locations: locations.map((location) => ({ location, bytes: toHex(encodeLocation(location)) })),
    contents: contents.map((content) => ({
      content: { ...content, mtimeNs: content.mtimeNs.toString() },
      bytes: toHex(encodeContent(content)),
    })),
    refusedLocations: refusedLocations.map(([bytes, why]) => ({ bytes, why })),
    refusedContents: refusedContents.map(([bytes, why]) => ({ bytes, why })),
  };
}
