import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameHeader } from '../../daemon/node/network/frames.ts';
import { encode } from '../../protocol/codec.ts';
import type { FolderId } from '../../protocol/ids.ts';
import { createVictims, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const MIB = 1024 * 1024;

let victims: Victims;
let peer: ScriptedPeer;

beforeAll(async () => {
  victims = await createVictims('frames');
  peer = await createScriptedPeer(100);
  await peer.dial(victims.alice.address(), victims.aliceId);
  await peer.join(await victims.alice.invite());
});
afterAll(async () => {
  await peer.close();
  await victims.world.close();
});

type Act = (folder: FolderId) => void;

const endings: Readonly<Record<string, Act>> = {
  'sends noise in a frame': () => peer.sayBytes('control', noise(999)),
  'sends noise instead of frames': () => peer.sayRaw('bulk', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')),
  'announces a frame that is too large': () => peer.sayRaw('control', frameHeader(4 * MIB + 1)),
  'sends the largest frame, full of nothing': () => peer.sayBytes('bulk', new Uint8Array(4 * MIB)),
  'sends an empty frame': () => peer.sayBytes('control', new Uint8Array(0)),
  'sends a message of an unknown kind': () => peer.sayBytes('control', encode([200, 1, 2])),
  'leaves fields out': () => peer.sayBytes('control', encode([1, 1])),
  'nests arrays without end': () => peer.sayBytes('control', new Uint8Array(100_000).fill(0x81)),
  'announces a list of billions': () => peer.sayBytes('control', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)),
  'sends a chunk frame that ends in its middle': () => peer.sayBytes('bulk', Uint8Array.of(1, 0, 0, 0, 1, 0, 9, 0)),
  'sends a second hello': () =>
    peer.say({ kind: 'hello', protocol: 1, instance: peer.instance, deviceName: 'x', addresses: [], time: 0 }),
  'sends half an entry': (folder) => peer.say({ kind: 'entries', folder, entries: [new Uint8Array(50)] }),
  'sends a record that is none': (folder) => peer.say({ kind: 'records', folder, records: [encode([1, 2, 3])] }),
};

describe('a member', () => {
  it.each(Object.entries(endings))('that %s loses its link, and nobody else anything', async (_what, act) => {
    if (!peer.connected()) await peer.dial(victims.alice.address(), victims.aliceId);
    act(victims.folder);
    await peer.until('the end of the link', () => !peer.connected());
    await victims.expectUnharmed();
  });

  it('may come back afterwards', async () => {
    peer.forget();
    await peer.dial(victims.alice.address(), victims.aliceId);
    expect((await peer.hear('folder-open')).folder).toBe(victims.folder);
  });

  it('that asks for a folder it is no member of is refused, and told nothing', async () => {
    peer.forget();
    const { otherFolder, aliceId: device } = victims;
    for (const folder of [otherFolder, 'ab'.repeat(32) as FolderId]) {
      peer.say({ kind: 'want-records', folder, have: [] });
      peer.say({ kind: 'want-entries', folder, device, instance: peer.instance, from: 1, limitBytes: MIB });
      peer.say({ kind: 'sync-probe', folder, nonce: 1 });
      peer.say({ kind: 'entries', folder, entries: [noise(500)] });
    }
    const refusals = () => peer.heard.flatMap((message) => (message.kind === 'reject' ? [message] : []));
    await peer.until('eight refusals', () => refusals().length === 8);
    expect(new Set(refusals().map(({ code }) => code))).toEqual(new Set(['unknown-folder']));
    const others = peer.heard.filter((message) => message.kind !== 'reject' && 'folder' in message);
    expect(others.filter((message) => 'folder' in message && message.folder !== victims.folder)).toEqual([]);
    expect(peer.connected()).toBe(true);
    await victims.expectUnharmed();
  });

  it('that sends a frame drop by drop only keeps itself waiting', async () => {
    peer.sayRaw('control', frameHeader(4 * MIB));
    for (let drop = 0; drop < 20; drop += 1) peer.sayRaw('control', Uint8Array.of(drop));
    await victims.expectUnharmed();
    expect(peer.connected()).toBe(true);
  });
});

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 73) & 0xff);
}
