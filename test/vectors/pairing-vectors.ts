import { toBase32 } from '../../protocol/base32.ts';
import { concat, toHex, utf8 } from '../../protocol/bytes.ts';
import { encode } from '../../protocol/codec.ts';
import { sha256 } from '../../protocol/crypto.ts';
import { frontierHash } from '../../protocol/frontier.ts';
import type { DeviceId, InstanceId } from '../../protocol/ids.ts';
import type { PairTranscript } from '../../protocol/pairing.ts';
import { boxCertificate, inviteIdOf, makeInviteProof, makeJoinProof } from '../../protocol/pairing.ts';
import type { Ticket } from '../../protocol/ticket.ts';
import { encodeTicket } from '../../protocol/ticket.ts';
import { plainJson } from './plain-json.ts';
import { sampleBytes, sampleDevice, sampleFolder, sampleHex, sampleInstance, sampleSigningKey } from './sample.ts';

const secret = sampleBytes('invite secret', 16);
const records = [sampleBytes('record a'), sampleBytes('record b')];
const frontier = [
  { device: sampleDevice, instance: sampleInstance, sequence: 12 },
  { device: sampleHex('other device') as DeviceId, instance: sampleHex('other', 16) as InstanceId, sequence: 1 },
];

export const sampleTranscript: PairTranscript = {
  joiner: sampleDevice,
  inviter: sampleHex('inviter') as DeviceId,
  joinerNonce: sampleBytes('joiner nonce'),
  inviterNonce: sampleBytes('inviter nonce'),
  boxPublicKey: sampleBytes('box'),
  deviceName: 'Böjan’s laptop',
};

export const sampleTicket: Ticket = {
  inviter: sampleTranscript.inviter,
  addresses: ['/ip4/192.0.2.1/tcp/4001', '/ip6/2001:db8::1/tcp/4001'],
  secret: new Uint8Array(secret),
  folder: sampleFolder,
  folderName: 'Photos',
  role: 'writer',
  expires: 1_760_000_600,
  frontierHash: new Uint8Array(frontierHash(frontier)),
};

function refusedTickets(): readonly object[] {
  const text = encodeTicket(sampleTicket);
  const newer = encode([2]);
  const checksum = sha256(utf8('sheaf/ticket/1\0'), newer).subarray(0, 4);
  return [
    { text: text.slice(0, -1), why: 'incomplete' },
    { text: `${text.slice(0, 20)}${text[20] === 'a' ? 'b' : 'a'}${text.slice(21)}`, why: 'mistyped' },
    { text: `sheaf1${toBase32(concat(newer, checksum))}`, why: 'newer version' },
    { text: 'sheaf', why: 'not a ticket' },
  ];
}

/** Tickets, and the proofs of both sides. */
export function pairingVectors(): object {
  return {
    tickets: [{ ticket: plainJson(sampleTicket), text: encodeTicket(sampleTicket) }],
    refusedTickets: refusedTickets(),
    frontiers: [
      { frontier, hash: toHex(frontierHash(frontier)) },
      { frontier: [], hash: toHex(frontierHash([])) },
    ],
    invites: [{ secret: toHex(secret), invite: inviteIdOf(secret) }],
    proofs: [
      {
        secret: toHex(secret),
        transcript: plainJson(sampleTranscript),
        records: records.map(toHex),
        joiner: toHex(makeJoinProof(secret, sampleTranscript)),
        inviter: toHex(makeInviteProof(secret, sampleTranscript, records)),
      },
    ],
    certificates: [
      {
        device: sampleDevice,
        boxPublicKey: sampleHex('box'),
        certificate: toHex(boxCertificate(sampleSigningKey, sampleBytes('box'))),
      },
    ],
  };
}
