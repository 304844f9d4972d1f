import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../protocol/bytes.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { PairTranscript } from '../../../protocol/pairing.ts';
import {
  boxCertificate,
  checkBoxCertificate,
  checkInviteProof,
  checkJoinProof,
  inviteIdOf,
  makeInviteProof,
  makeJoinProof,
} from '../../../protocol/pairing.ts';
import { sampleTranscript } from '../../vectors/pairing-vectors.ts';
import { sampleBytes, sampleDevice, sampleHex, sampleSigningKey } from '../../vectors/sample.ts';

const secret = sampleBytes('invite secret', 16);
const records = [sampleBytes('record a'), sampleBytes('record b')];

/** The transcript with each of its parts replaced, in turn. */
const others: readonly PairTranscript[] = [
  { ...sampleTranscript, joiner: sampleHex('mallory') as DeviceId },
  { ...sampleTranscript, inviter: sampleHex('mallory') as DeviceId },
  { ...sampleTranscript, joiner: sampleTranscript.inviter, inviter: sampleTranscript.joiner },
  { ...sampleTranscript, joinerNonce: sampleTranscript.inviterNonce },
  { ...sampleTranscript, inviterNonce: sampleTranscript.joinerNonce },
  { ...sampleTranscript, boxPublicKey: sampleBytes('mallory') },
  { ...sampleTranscript, deviceName: `${sampleTranscript.deviceName} ` },
];

describe('the joiner’s proof', () => {
  const mac = makeJoinProof(secret, sampleTranscript);

  it('holds for its secret and transcript', () => {
    expect(checkJoinProof(secret, sampleTranscript, mac)).toBe(true);
  });

  it('holds for no other, and does not do as the inviter’s', () => {
    expect(checkJoinProof(sampleBytes('guess', 16), sampleTranscript, mac)).toBe(false);
    for (const other of others) expect(checkJoinProof(secret, other, mac)).toBe(false);
    expect(checkInviteProof(secret, sampleTranscript, [], mac)).toBe(false);
    for (const cut of [mac.subarray(1), mac.subarray(0, 31), new Uint8Array(0)]) {
      expect(checkJoinProof(secret, sampleTranscript, cut)).toBe(false);
    }
  });

  it('is not made of ids, nonces and keys of another length', () => {
    const short = { ...sampleTranscript, joinerNonce: sampleBytes('x', 31) };
    expect(() => makeJoinProof(secret, short)).toThrow(FormatError);
    const shifted = { ...short, inviterNonce: fromHex(`${sampleHex('y')}00`) };
    expect(() => makeJoinProof(secret, shifted)).toThrow(FormatError);
  });
});

describe('the inviter’s proof', () => {
  const mac = makeInviteProof(secret, sampleTranscript, records);

  it('holds for its secret, transcript and records only', () => {
    expect(checkInviteProof(secret, sampleTranscript, records, mac)).toBe(true);
    expect(checkInviteProof(sampleBytes('guess', 16), sampleTranscript, records, mac)).toBe(false);
    for (const other of others) expect(checkInviteProof(secret, other, records, mac)).toBe(false);
    for (const changed of [[], records.slice(1), records.toReversed()]) {
      expect(checkInviteProof(secret, sampleTranscript, changed, mac)).toBe(false);
    }
    expect(checkJoinProof(secret, sampleTranscript, mac)).toBe(false);
  });
});

describe('an invite id', () => {
  it('is made from a secret of 16 bytes', () => {
    expect(inviteIdOf(secret)).toMatch(/^[0-9a-f]{32}$/);
    expect(inviteIdOf(secret)).not.toBe(inviteIdOf(sampleBytes('other', 16)));
    expect(() => inviteIdOf(sampleBytes('long', 32))).toThrow(FormatError);
  });
});

describe('a box certificate', () => {
  const box = sampleBytes('box');
  const certificate = boxCertificate(sampleSigningKey, box);

  it('holds for its device and key only', () => {
    expect(checkBoxCertificate(sampleDevice, box, certificate)).toBe(true);
    expect(checkBoxCertificate(sampleDevice, sampleBytes('other'), certificate)).toBe(false);
    expect(checkBoxCertificate(sampleHex('other') as DeviceId, box, certificate)).toBe(false);
    expect(checkBoxCertificate(sampleDevice, box.subarray(1), certificate)).toBe(false);
    expect(() => boxCertificate(sampleSigningKey, box.subarray(1))).toThrow(FormatError);
  });
});
