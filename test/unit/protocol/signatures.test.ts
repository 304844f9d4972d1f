import { createHash, createPublicKey, verify as lenientVerify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../../protocol/bytes.ts';
import { sign, signingKeyFromSeed, verify } from '../../../protocol/crypto.ts';
import { FormatError } from '../../../protocol/errors.ts';

/** Order of the group: RFC 8032, section 5.1. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const IDENTITY = '01'.padEnd(64, '0');

const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const key = signingKeyFromSeed(seed);
const message = utf8('a message');
const signature = sign(key, message);

function toNumber(littleEndian: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(littleEndian).reverse())}`);
}

function fromNumber(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash('sha512')
    .update(concat(...parts))
    .digest();
}

/** What the platform says without our checks. */
function acceptedByPlatform(publicKey: Uint8Array, signed: Uint8Array): boolean {
  const spki = concat(fromHex('302a300506032b6570032100'), publicKey);
  return lenientVerify(null, message, createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), signed);
}

describe('signatures', () => {
  // RFC 8032, section 7.1, test 1.
  it('are Ed25519', () => {
    expect(toHex(key.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    expect(toHex(sign(key, new Uint8Array(0)))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
    expect(verify(key.publicKey, message, signature)).toBe(true);
    expect(() => signingKeyFromSeed(new Uint8Array(31))).toThrow(FormatError);
  });

  it('fail with any bit changed', () => {
    for (let bit = 0; bit < signature.length * 8; bit += 7) {
      const damaged = Uint8Array.from(signature);
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verify(key.publicKey, message, damaged)).toBe(false);
    }
    expect(verify(key.publicKey, utf8('another'), signature)).toBe(false);
    expect(verify(signingKeyFromSeed(new Uint8Array(32)).publicKey, message, signature)).toBe(false);
  });

  it.each([0, 31, 33, 64])('fail with a public key of %i bytes', (length) => {
    expect(verify(new Uint8Array(length).fill(2), message, signature)).toBe(false);
  });

  it.each([0, 63, 65])('fail with a signature of %i bytes', (length) => {
    expect(verify(key.publicKey, message, concat(signature, new Uint8Array(1)).subarray(0, length))).toBe(false);
  });

  it('fail when S is not the smallest', () => {
    const s = toNumber(signature.subarray(32));
    for (const times of [1n, 2n, 15n]) {
      const malleated = concat(signature.subarray(0, 32), fromNumber(s + times * GROUP_ORDER));
      expect(verify(key.publicKey, message, malleated)).toBe(false);
    }
  });

  it('fail with an R of small order, even one that fits', () => {
    const scalar = Uint8Array.from(sha512(seed).subarray(0, 32));
    scalar[0] = (scalar[0] ?? 0) & 248;
    scalar[31] = ((scalar[31] ?? 0) & 63) | 64;
    const r = fromHex(IDENTITY);
    const challenge = toNumber(sha512(r, key.publicKey, message)) % GROUP_ORDER;
    const forged = concat(r, fromNumber((challenge * toNumber(scalar)) % GROUP_ORDER));
    expect(acceptedByPlatform(key.publicKey, forged)).toBe(true);
    expect(verify(key.publicKey, message, forged)).toBe(false);
  });
});

// y of every point of order 1, 2, 4 and 8, and the longer forms of those that have one (y + p).
const smallOrder: readonly string[] = [
  IDENTITY,
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const flipped = fromHex(hex);
  flipped[31] = (flipped[31] ?? 0) ^ 0x80;
  return [hex, toHex(flipped)];
});

describe('public keys of small order', () => {
  it.each(smallOrder)('%s signs nothing', (hex) => {
    // R = identity, S = 0 satisfies the equation for about one message in the order of the point.
    const forged = concat(fromHex(IDENTITY), new Uint8Array(32));
    expect(verify(fromHex(hex), message, forged)).toBe(false);
    expect(verify(fromHex(hex), message, signature)).toBe(false);
  });

  it('would sign everything if the platform decided', () => {
    expect(acceptedByPlatform(fromHex(IDENTITY), concat(fromHex(IDENTITY), new Uint8Array(32)))).toBe(true);
  });

  it('are all there is to refuse: other keys of like bytes work', () => {
    // A parsed key is remembered; more keys than are remembered must still verify.
    const seeds = Array.from({ length: 20 }, (_, i) => new Uint8Array(32).fill(i + 1));
    for (const each of seeds.map(signingKeyFromSeed)) {
      expect(verify(each.publicKey, message, sign(each, message))).toBe(true);
      expect(verify(each.publicKey, message, signature)).toBe(false);
    }
  });
});
