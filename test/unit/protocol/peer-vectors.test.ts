import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { epochSecretsFor } from '../../../daemon/core/epoch-secrets.ts';
import { evaluateMembership } from '../../../daemon/core/membership.ts';
import { fromHex, toHex } from '../../../protocol/bytes.ts';
import { decodeChunkFrame } from '../../../protocol/chunk-frame.ts';
import { boxKeyPairFromSeed } from '../../../protocol/crypto.ts';
import { FormatError } from '../../../protocol/errors.ts';
import type { FrontierItem } from '../../../protocol/frontier.ts';
import { frontierHash } from '../../../protocol/frontier.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { decodeRecord } from '../../../protocol/membership-record.ts';
import { decodeMessage } from '../../../protocol/messages.ts';
import { checkBoxCertificate } from '../../../protocol/pairing.ts';
import { decodeTicket } from '../../../protocol/ticket.ts';
import { makePeerVectors } from '../../vectors/make-peer-vectors.ts';
import { plainJson } from '../../vectors/plain-json.ts';
import { readVectors, vectorFile, vectorText } from '../../vectors/vector-file.ts';

interface Refused {
  readonly bytes: string;
  readonly why: string;
}

function expectRefused(cases: readonly Refused[], decoder: (bytes: Uint8Array) => unknown): void {
  expect(cases.length).toBeGreaterThan(5);
  for (const { bytes, why } of cases) expect(() => decoder(fromHex(bytes)), why).toThrow(FormatError);
}

describe('the vectors of peers', () => {
  const made = makePeerVectors();

  it.each(Object.keys(made))('%s are what this code makes', (name) => {
    expect(vectorText(made[name] ?? {})).toBe(readFileSync(vectorFile(name), 'utf8'));
  });

  it('hold messages and chunk frames', () => {
    const vectors = readVectors<{
      readonly messages: readonly { readonly message: unknown; readonly bytes: string }[];
      readonly frames: readonly { readonly frame: unknown; readonly bytes: string }[];
      readonly refusedMessages: readonly Refused[];
      readonly refusedFrames: readonly Refused[];
    }>('messages');
    for (const { message, bytes } of vectors.messages) {
      expect(plainJson(decodeMessage(fromHex(bytes)))).toEqual(message);
    }
    for (const { frame, bytes } of vectors.frames) expect(plainJson(decodeChunkFrame(fromHex(bytes)))).toEqual(frame);
    expectRefused(vectors.refusedMessages, decodeMessage);
    expectRefused(vectors.refusedFrames, decodeChunkFrame);
  });

  it('hold a membership', () => {
    const vectors = readVectors<{
      readonly devices: readonly {
        readonly device: DeviceId;
        readonly boxSeed: string;
        readonly secrets: Readonly<Record<string, string>>;
      }[];
      readonly records: readonly {
        readonly id: string;
        readonly record: { readonly body: { readonly kind: string } };
        readonly bytes: string;
      }[];
      readonly membership: unknown;
      readonly refusedRecords: readonly Refused[];
    }>('membership');
    const records = vectors.records.map(({ id, record, bytes }) => {
      const decoded = decodeRecord(fromHex(bytes));
      expect({ id: decoded.id, record: plainJson(decoded.record) }).toEqual({ id, record });
      return decoded;
    });
    expect(new Set(vectors.records.map(({ record }) => record.body.kind)).size).toBe(9);
    const { accepted, ...membership } = evaluateMembership(records.toReversed());
    expect(plainJson(membership)).toEqual(vectors.membership);
    for (const { device, boxSeed, secrets } of vectors.devices) {
      const found = epochSecretsFor(
        { accepted, ...membership },
        device,
        boxKeyPairFromSeed(fromHex(boxSeed)).secretKey,
      );
      expect(Object.fromEntries([...found].map(([epoch, secret]) => [epoch, toHex(secret)]))).toEqual(secrets);
    }
    expectRefused(vectors.refusedRecords, decodeRecord);
  });

  it('hold tickets and the means of pairing', () => {
    const vectors = readVectors<{
      readonly tickets: readonly { readonly ticket: unknown; readonly text: string }[];
      readonly refusedTickets: readonly { readonly text: string; readonly why: string }[];
      readonly frontiers: readonly { readonly frontier: readonly FrontierItem[]; readonly hash: string }[];
      readonly certificates: readonly (Readonly<Record<'boxPublicKey' | 'certificate', string>> & {
        readonly device: DeviceId;
      })[];
    }>('pairing');
    for (const { ticket, text } of vectors.tickets) expect(plainJson(decodeTicket(text))).toEqual(ticket);
    for (const { text, why } of vectors.refusedTickets) expect(() => decodeTicket(text)).toThrow(why);
    for (const { frontier, hash } of vectors.frontiers) expect(toHex(frontierHash(frontier))).toBe(hash);
    for (const { device, boxPublicKey, certificate } of vectors.certificates) {
      expect(checkBoxCertificate(device, fromHex(boxPublicKey), fromHex(certificate))).toBe(true);
    }
  });
});
