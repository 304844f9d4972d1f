import type { ChunkId, DeviceId, Digest, EntryId, FolderId, InstanceId, RecordId } from '../../protocol/ids.ts';
import type { Message } from '../../protocol/messages.ts';
import type { InviteId } from '../../protocol/pairing.ts';
import { sampleHex, sampleBytes as sampleView } from '../vectors/sample.ts';

/** A plain copy: equality in tests tells arrays of another class apart. */
function sampleBytes(label: string, length?: number): Uint8Array {
  return new Uint8Array(sampleView(label, length));
}

const folder = sampleHex('folder') as FolderId;
const invite = sampleHex('invite', 16) as InviteId;
const device = (label: string): DeviceId => sampleHex(`device ${label}`) as DeviceId;
const instance = (label: string): InstanceId => sampleHex(`instance ${label}`, 16) as InstanceId;
const heads = ['head a', 'head b'].map((label) => sampleHex(label) as RecordId).sort();
const frontier = [
  { device: device('a'), instance: instance('a'), sequence: 1 },
  { device: device('a'), instance: instance('b'), sequence: 2 ** 32 },
  { device: device('b'), instance: instance('a'), sequence: 2 ** 53 - 1 },
].sort((a, b) => (a.device + a.instance < b.device + b.instance ? -1 : 1));
const addresses = [
  { device: device('a'), addresses: ['/ip4/192.0.2.1/tcp/4001', '/ip6/2001:db8::1/tcp/4001'] },
  { device: device('b'), addresses: [] },
];
const blobs = [sampleBytes('blob a'), new Uint8Array(0), sampleBytes('blob b', 5)];

/** At least one message of every kind, with what is in it at its edges. */
export const sampleMessages: readonly Message[] = [
  {
    kind: 'hello',
    protocol: 1,
    instance: instance('a'),
    deviceName: 'Böjan’s laptop',
    addresses: ['/dns4/host.example/tcp/4001'],
    time: 1_760_000_000_000,
  },
  { kind: 'pair-open', invite, nonce: sampleBytes('nonce a') },
  { kind: 'pair-challenge', invite, nonce: sampleBytes('nonce b') },
  {
    kind: 'pair-proof',
    invite,
    mac: sampleBytes('mac a'),
    deviceName: '',
    boxPublicKey: sampleBytes('box'),
    certificate: new Uint8Array([...sampleBytes('certificate a'), ...sampleBytes('certificate b')]),
  },
  { kind: 'pair-accept', invite, mac: sampleBytes('mac b'), records: blobs, addresses },
  { kind: 'pair-refuse', invite, code: 'invite-expired' },
  { kind: 'folder-open', folder, membershipHeads: heads, frontier, addresses },
  { kind: 'folder-open', folder, membershipHeads: [], frontier: [], addresses: [] },
  { kind: 'folder-close', folder },
  { kind: 'want-records', folder, have: heads },
  { kind: 'records', folder, records: blobs },
  { kind: 'frontier', folder, items: frontier },
  { kind: 'entries', folder, entries: blobs },
  {
    kind: 'want-entries',
    folder,
    device: device('a'),
    instance: instance('a'),
    from: 1,
    limitBytes: 1_048_576,
  },
  {
    kind: 'want-chunks',
    request: 2 ** 32 - 1,
    folder,
    epoch: 65_537,
    items: [
      {
        entry: sampleHex('entry', 16) as EntryId,
        digest: sampleHex('digest') as Digest,
        chunk: sampleHex('chunk a') as ChunkId,
        kind: 'data',
        offset: 2 ** 53 - 1,
        length: 131_072,
      },
      {
        entry: sampleHex('entry', 16) as EntryId,
        digest: sampleHex('digest') as Digest,
        chunk: sampleHex('chunk b') as ChunkId,
        kind: 'node',
        offset: 0,
        length: 2 ** 40 + 1,
      },
    ],
  },
  { kind: 'cancel', request: 0 },
  { kind: 'sync-probe', folder, nonce: 7 },
  { kind: 'sync-report', folder, nonce: 7, frontier, settled: false, pending: 12 },
  { kind: 'applied', folder, frontier, settled: true, pending: 0 },
  { kind: 'reject', folder: null, code: 'protocol-version', message: 'this device speaks protocol 1' },
  { kind: 'reject', folder, code: 'unknown-folder', message: '' },
];
