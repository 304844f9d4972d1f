import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../protocol/bytes.ts';
import { signingKeyFromSeed } from '../../../protocol/crypto.ts';
import { deviceIdOf, feedIdOf, peerIdOf } from '../../../protocol/device-id.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, FolderId, InstanceId } from '../../../protocol/ids.ts';

const device = '11'.repeat(32) as DeviceId;
const folder = '22'.repeat(32) as FolderId;
const instance = '33'.repeat(16) as InstanceId;

describe('PeerIds', () => {
  it('are those of libp2p', async () => {
    for (let i = 0; i < 5; i += 1) {
      const seed = new Uint8Array(32).fill(i);
      const theirs = peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', seed)).toString();
      const ours = toHex(signingKeyFromSeed(seed).publicKey) as DeviceId;
      expect(peerIdOf(ours)).toBe(theirs);
      expect(deviceIdOf(theirs)).toBe(ours);
    }
  });

  it.each([
    ['', 'nothing'],
    ['1', 'too short'],
    ['12D3KooW', 'too short'],
    ['QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', 'of an RSA key'],
    ['16Uiu2HAmCWA5WKuhJ8oNb5EUpTVgvtFTf2VPbCMt3NRXjMyzK4NL', 'of a secp256k1 key'],
    [`${peerIdOf(device)}1`, 'too long'],
    [` ${peerIdOf(device)}`, 'with a space'],
    [peerIdOf(device).slice(0, -1), 'cut'],
    [`1${peerIdOf(device)}`, 'with a zero byte in front'],
    [`0${peerIdOf(device).slice(1)}`, 'with a digit that base58 has not'],
    ['bafzaajaiaejcbzdibmxyzdjbbehgvizh6g5tikvy47mshdy6gwbruvgwvd24seje', 'in its CID form'],
    ['1'.repeat(100_000), 'very long'],
  ])('refuse %s: %s', (text) => {
    expect(() => deviceIdOf(text)).toThrow(FormatError);
  });
});

describe('a feed', () => {
  it('is another for every device, folder and instance', () => {
    const feeds = [
      feedIdOf(device, folder, instance),
      feedIdOf('12'.repeat(32) as DeviceId, folder, instance),
      feedIdOf(device, '23'.repeat(32) as FolderId, instance),
      feedIdOf(device, folder, '34'.repeat(16) as InstanceId),
    ];
    expect(new Set(feeds).size).toBe(4);
    for (const feed of feeds) expect(feed).toMatch(/^[0-9a-f]{32}$/);
  });
});
