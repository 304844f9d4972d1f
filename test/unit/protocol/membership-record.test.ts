import { describe, expect, it } from 'vitest';
import { toHex } from '../../../protocol/bytes.ts';
import { encode } from '../../../protocol/codec.ts';
import {
  epochCommitment,
  nextEpochNumber,
  openEpoch,
  openPreviousEpoch,
  sealEpoch,
  sealPreviousEpoch,
} from '../../../protocol/epoch-secret.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, RecordId } from '../../../protocol/ids.ts';
import type { Add, MembershipBody, Rotate } from '../../../protocol/membership-record.ts';
import {
  decodeRecord,
  MEMBERSHIP_RECORD_MAX_BYTES,
  makeRecord,
  NO_FOLDER,
} from '../../../protocol/membership-record.ts';
import { boxCertificate } from '../../../protocol/pairing.ts';
import { actorOf, addOf, admit, rotate, seedOf, shareFolder } from '../../support/membership-world.ts';

const [alice, bob] = [actorOf('alice'), actorOf('bob')];
const view = shareFolder(alice);
const { folder, heads: parents } = view.membership;
const add = addOf(view, alice, bob, 'writer');

function signed(body: MembershipBody): unknown {
  return makeRecord(alice.key, { folder, parents, time: 1, body });
}

describe('a membership record', () => {
  it('comes back as it was, under the id of its payload', () => {
    for (const record of rotate(admit(view, alice, bob, 'writer'), alice).records) {
      expect(decodeRecord(record.bytes)).toEqual(record);
    }
  });

  it('holds nothing of the bytes it was read from', () => {
    const frame = new Uint8Array(10_000);
    const [record] = view.records;
    const bytes = record?.bytes ?? new Uint8Array(0);
    frame.set(bytes);
    const decoded = decodeRecord(frame.subarray(0, bytes.length));
    frame.fill(0);
    expect(toHex(decoded.bytes)).toBe(toHex(bytes));
    expect(decoded.record).toEqual(record?.record);
  });

  it('has sorted parents, each once', () => {
    const other = toHex(seedOf('other parent')) as RecordId;
    const body = { kind: 'rename-device', deviceName: 'x' } as const;
    const make = (given: readonly RecordId[]): string =>
      makeRecord(alice.key, { folder, parents: given, time: 1, body }).id;
    expect(make([other, ...parents])).toBe(make([...parents, other, other]));
  });

  it('admits with a certificate of the admitted device only', () => {
    const wrong = [boxCertificate(alice.key, bob.box.publicKey), boxCertificate(bob.key, alice.box.publicKey)];
    for (const certificate of wrong) expect(() => signed({ ...add, certificate })).toThrow(FormatError);
    expect(() => signed({ ...add, boxPublicKey: alice.box.publicKey })).toThrow(FormatError);
    expect(() => signed(add)).not.toThrow();
  });

  it('is refused with lists out of order or over a bound', () => {
    const twice: Add = { ...add, sealed: [...add.sealed, ...add.sealed] };
    expect(() => signed(twice)).toThrow(FormatError);
    const { body } = rotate(admit(view, alice, bob, 'writer'), alice).records.at(-1)?.record ?? {};
    const { rotation } = body as Rotate;
    const turned = { ...rotation, sealed: rotation.sealed.toReversed() };
    expect(() => signed({ kind: 'rotate', rotation: turned })).toThrow(FormatError);
    const [first] = rotation.previous;
    const doubled = { ...rotation, previous: [first, first] as typeof rotation.previous };
    expect(() => signed({ kind: 'rotate', rotation: doubled })).toThrow(FormatError);
    expect(() => signed({ ...add, deviceName: 'n'.repeat(129) })).toThrow(FormatError);
    expect(() => decodeRecord(new Uint8Array(MEMBERSHIP_RECORD_MAX_BYTES + 1))).toThrow(FormatError);
    expect(() => decodeRecord(encode([]))).toThrow(FormatError);
  });

  it('has a folder and parents, unless it is a genesis record', () => {
    const body = { kind: 'rename-device', deviceName: 'x' } as const;
    expect(() => makeRecord(alice.key, { folder, parents: [], time: 1, body })).toThrow(FormatError);
    expect(() => makeRecord(alice.key, { folder: NO_FOLDER, parents, time: 1, body })).toThrow(FormatError);
  });
});

describe('an epoch’s secret', () => {
  const [secret, earlier] = [seedOf('secret'), seedOf('earlier')];

  it('is opened by its receiver alone, from its sender alone', () => {
    const sealed = sealEpoch(secret, 5, bob.box.publicKey, alice.box.secretKey);
    expect(openEpoch(sealed, alice.box.publicKey, bob.box.secretKey)).toEqual(secret);
    expect(openEpoch(sealed, bob.box.publicKey, bob.box.secretKey)).toBeUndefined();
    expect(openEpoch(sealed, alice.box.publicKey, actorOf('carol').box.secretKey)).toBeUndefined();
  });

  it('never shares a nonce with another secret, epoch or receiver', () => {
    const nonces = [
      sealEpoch(secret, 5, bob.box.publicKey, alice.box.secretKey),
      sealEpoch(secret, 6, bob.box.publicKey, alice.box.secretKey),
      sealEpoch(earlier, 5, bob.box.publicKey, alice.box.secretKey),
      sealEpoch(secret, 5, alice.box.publicKey, alice.box.secretKey),
    ].map((sealed) => toHex(sealed.nonce));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('opens the one before, and only the one it was sealed for', () => {
    const sealed = sealPreviousEpoch(secret, 1, earlier);
    const commitment = epochCommitment(1, earlier);
    expect(openPreviousEpoch(secret, 1, commitment, sealed)).toEqual(earlier);
    expect(openPreviousEpoch(earlier, 1, commitment, sealed)).toBeUndefined();
    expect(openPreviousEpoch(secret, 2, commitment, sealed)).toBeUndefined();
    expect(openPreviousEpoch(secret, 1, epochCommitment(1, secret), sealed)).toBeUndefined();
  });

  it('gets a number that is higher, and another one from each author', () => {
    const device = (start: string): DeviceId => start.padEnd(64, '0') as DeviceId;
    expect(nextEpochNumber(1, device('0000'))).toBe(0x10000);
    expect(nextEpochNumber(1, device('ffff'))).toBe(0x1ffff);
    expect(nextEpochNumber(0x1ffff, device('0001'))).toBe(0x20001);
    expect(nextEpochNumber(0xffff0000, device('0001'))).toBe(0);
  });
});
