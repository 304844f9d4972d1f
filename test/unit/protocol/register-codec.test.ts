import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../protocol/errors.ts';
import { type EntryId, NO_DIGEST, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { REGISTER_MAX_BYTES } from '../../../protocol/limits.ts';
import {
  decodeContent,
  decodeLocation,
  encodeContent,
  encodeLocation,
  parseRegisterKey,
  registerKey,
} from '../../../protocol/register-codec.ts';
import type { Content, FileContent, Location } from '../../../protocol/registers.ts';
import { sampleDigest, sampleEntry } from '../../vectors/sample.ts';

const common = { digest: sampleDigest, mtimeNs: 5n, base: '0'.repeat(16), author: 'ab'.repeat(8), time: 1 };
const file: FileContent = { ...common, kind: 'file', executable: false, size: 4096, epoch: 1, manifest: false };
const live: Location = { kind: 'live', parent: ROOT_ENTRY, name: 'a' };

describe('a packed location', () => {
  it('is 17 or 49 bytes and its name', () => {
    expect(encodeLocation(live).length).toBe(18);
    expect(encodeLocation({ ...live, kind: 'trash', digest: sampleDigest }).length).toBe(50);
  });

  it.each(['', '.', '..', 'a/b', 'a\0', '.sheaf', 'x'.repeat(256), '\ud800'])('never names an entry %j', (name) => {
    expect(() => encodeLocation({ ...live, name })).toThrow(FormatError);
  });

  it.each(['', '00', '00'.repeat(17), `${'00'.repeat(15)}0`, 'AB'.repeat(16)])('never has the parent %s', (parent) => {
    expect(() => encodeLocation({ ...live, parent: parent as EntryId })).toThrow(FormatError);
  });

  it('keeps nothing of the bytes it was read from', () => {
    const bytes = encodeLocation(live);
    const location = decodeLocation(bytes);
    bytes.fill(0);
    expect(location).toEqual(live);
  });
});

describe('a packed content', () => {
  it('is small', () => {
    expect(encodeContent(file).length).toBe(66);
    expect(encodeContent({ ...common, kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n }).length).toBe(23);
    const longest: Content = { ...common, kind: 'symlink', target: 'y'.repeat(4095) };
    expect(encodeContent(longest).length).toBe(63 + 4095);
    expect(encodeContent(longest).length).toBeLessThanOrEqual(REGISTER_MAX_BYTES);
  });

  const impossible: readonly (readonly [string, Content])[] = [
    ['an mtime that 64 bits do not hold', { ...file, mtimeNs: 2n ** 63n }],
    ['an mtime below that', { ...file, mtimeNs: -(2n ** 63n) - 1n }],
    ['a negative size', { ...file, size: -1 }],
    ['half a byte', { ...file, size: 0.5 }],
    ['a size that is not exact', { ...file, size: 2 ** 53 }],
    ['epoch 0', { ...file, epoch: 0 }],
    ['too high an epoch', { ...file, epoch: 2 ** 32 }],
    ['a negative time', { ...file, time: -1 }],
    ['too late a time', { ...file, time: 2 ** 48 }],
    ['a time that is no number', { ...file, time: Number.NaN }],
    ['a short digest', { ...file, digest: 'ab' as typeof sampleDigest }],
    ['a short base', { ...file, base: '00' }],
    ['an author in capitals', { ...file, author: 'AB'.repeat(8) }],
    ['a directory with a digest', { ...common, kind: 'directory', mtimeNs: 0n }],
    ['a directory with an mtime', { ...common, kind: 'directory', digest: NO_DIGEST }],
    ['no target', { ...common, kind: 'symlink', target: '' }],
    ['a target with NUL', { ...common, kind: 'symlink', target: 'a\0b' }],
    ['a target that is too long', { ...common, kind: 'symlink', target: '水'.repeat(1366) }],
    ['a target that has no UTF-8', { ...common, kind: 'symlink', target: '\udc00' }],
  ];

  it.each(impossible)('never holds %s', (_, content) => {
    expect(() => encodeContent(content)).toThrow(FormatError);
  });

  it('is not a location, nor the other way round', () => {
    expect(() => decodeLocation(encodeContent(file))).toThrow(FormatError);
    expect(() => decodeContent(encodeLocation(live))).toThrow(FormatError);
  });
});

describe('register keys', () => {
  it('are the entry in base64url', () => {
    const expected = Buffer.from(sampleEntry, 'hex').toString('base64url');
    expect(registerKey('location', sampleEntry)).toBe(`l${expected}`);
    expect(registerKey('content', sampleEntry)).toBe(`c${expected}`);
    expect(parseRegisterKey(`c${expected}`)).toEqual({ register: 'content', entry: sampleEntry });
  });

  const good = registerKey('location', sampleEntry);
  it.each([
    '',
    'l',
    '__proto__',
    good.slice(0, -1),
    `${good}A`,
    `x${good.slice(1)}`,
    `${good.slice(0, -1)}B`,
    `${good.slice(0, -2)}=A`,
    `${good.slice(0, 5)}+${good.slice(6)}`,
    ` ${good}`,
    `${good}\n`,
  ])('%j is none', (key) => {
    expect(parseRegisterKey(key)).toBeUndefined();
  });
});
