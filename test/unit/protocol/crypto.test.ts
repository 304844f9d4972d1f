import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../../protocol/bytes.ts';
import {
  boxKeyPairFromSeed,
  boxOpen,
  boxSeal,
  constantTimeEqual,
  deriveKey,
  hmacSha256,
  open,
  seal,
  sealParts,
  sha256,
  sha256Hex,
} from '../../../protocol/crypto.ts';
import { FormatError } from '../../../protocol/errors.ts';

const NOTHING = new Uint8Array(0);
const zeros = (length: number): Uint8Array => new Uint8Array(length);

describe('hashes', () => {
  // FIPS 180-2, appendix B.1; RFC 4231, test cases 1 and 2.
  it('agree with their standards', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex(utf8('abc'))).toBe(abc);
    expect(toHex(sha256(utf8('abc')))).toBe(abc);
    expect(toHex(sha256(utf8('a'), NOTHING, utf8('bc')))).toBe(abc);
    expect(toHex(hmacSha256(zeros(20).fill(0x0b), utf8('Hi There')))).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
    expect(toHex(hmacSha256(utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('derive another key for every key, label and context', () => {
    const key = zeros(32);
    const derived = [
      deriveKey(key, 'a'),
      deriveKey(key, 'b'),
      deriveKey(key, 'a', utf8('b')),
      deriveKey(key, 'ab'),
      deriveKey(zeros(32).fill(1), 'a'),
    ].map(toHex);
    expect(new Set(derived).size).toBe(derived.length);
    expect(toHex(deriveKey(key, 'a'))).toBe(toHex(hmacSha256(key, utf8('sheaf/kdf/1\0a\0'))));
  });

  it('compare in constant time', () => {
    expect(constantTimeEqual(utf8('abc'), utf8('abc'))).toBe(true);
    expect(constantTimeEqual(utf8('abc'), utf8('abd'))).toBe(false);
    expect(constantTimeEqual(utf8('abc'), utf8('abcd'))).toBe(false);
  });
});

describe('sealing', () => {
  const key = sha256(utf8('key'));

  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14: zero key, zero nonce.
  it('is AES-256-GCM with a zero nonce', () => {
    expect(toHex(seal(zeros(32), NOTHING, NOTHING))).toBe('530f8afbc74536b9a963b4f1c4cb738b');
    expect(toHex(seal(zeros(32), zeros(16), NOTHING))).toBe(
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    );
  });

  it.each([0, 1, 15, 16, 17, 4096, 100_001])('opens what it sealed, %i bytes', (length) => {
    const plaintext = zeros(length).fill(7);
    const sealed = seal(key, plaintext, utf8('about'));
    expect(sealed.length).toBe(length + 16);
    expect(concat(...sealParts(key, plaintext, utf8('about')))).toEqual(sealed);
    expect(toHex(open(key, sealed, utf8('about')) ?? utf8('failed'))).toBe(toHex(plaintext));
  });

  it('opens nothing else', () => {
    const sealed = seal(key, utf8('plaintext'), utf8('about'));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const damaged = Uint8Array.from(sealed);
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(open(key, damaged, utf8('about'))).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(key, sealed.subarray(0, length), utf8('about'))).toBeUndefined();
    }
    expect(open(key, concat(sealed, zeros(1)), utf8('about'))).toBeUndefined();
    expect(open(key, sealed, utf8('another'))).toBeUndefined();
    expect(open(sha256(key), sealed, utf8('about'))).toBeUndefined();
  });
});

describe('boxes', () => {
  const alice = boxKeyPairFromSeed(sha256(utf8('alice')));
  const bob = boxKeyPairFromSeed(sha256(utf8('bob')));
  const nonce = zeros(24).fill(3);
  const sealed = boxSeal(utf8('secret'), nonce, bob.publicKey, alice.secretKey);

  // RFC 7748, section 6.1.
  it('have the key pairs of X25519', () => {
    const secret = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    expect(toHex(boxKeyPairFromSeed(secret).publicKey)).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    );
    expect(() => boxKeyPairFromSeed(zeros(31))).toThrow(FormatError);
  });

  it('open for the receiver, and for the sender again', () => {
    expect(toHex(boxOpen(sealed, nonce, alice.publicKey, bob.secretKey) ?? NOTHING)).toBe(toHex(utf8('secret')));
    expect(toHex(boxOpen(sealed, nonce, bob.publicKey, alice.secretKey) ?? NOTHING)).toBe(toHex(utf8('secret')));
  });

  it('open for nobody else, and not when changed', () => {
    const eve = boxKeyPairFromSeed(sha256(utf8('eve')));
    const damaged = Uint8Array.from(sealed);
    damaged[3] = (damaged[3] ?? 0) ^ 1;
    expect(boxOpen(sealed, nonce, alice.publicKey, eve.secretKey)).toBeUndefined();
    expect(boxOpen(sealed, nonce, eve.publicKey, bob.secretKey)).toBeUndefined();
    expect(boxOpen(damaged, nonce, alice.publicKey, bob.secretKey)).toBeUndefined();
    expect(boxOpen(sealed, zeros(24), alice.publicKey, bob.secretKey)).toBeUndefined();
    expect(boxOpen(sealed, zeros(23), alice.publicKey, bob.secretKey)).toBeUndefined();
    expect(boxOpen(NOTHING, nonce, alice.publicKey, bob.secretKey)).toBeUndefined();
    expect(boxOpen(sealed, nonce, zeros(31), bob.secretKey)).toBeUndefined();
  });

  // The points whose shared secret is zero whatever the other key: https://cr.yp.to/ecdh.html#validate
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('refuse the public key %s of small order', (hex) => {
    const flipped = fromHex(hex);
    flipped[31] = (flipped[31] ?? 0) ^ 0x80;
    for (const publicKey of [fromHex(hex), flipped]) {
      expect(() => boxSeal(utf8('secret'), nonce, publicKey, alice.secretKey)).toThrow(FormatError);
      expect(boxOpen(sealed, nonce, publicKey, alice.secretKey)).toBeUndefined();
    }
  });
});
