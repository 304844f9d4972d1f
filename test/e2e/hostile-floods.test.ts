import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { draftRecord } from '../../daemon/core/membership-drafts.ts';
import { fromHex, toHex } from '../../protocol/bytes.ts';
import { decode, encode, readArray } from '../../protocol/codec.ts';
import type { DeviceId, InstanceId, RecordId } from '../../protocol/ids.ts';
import { makeRecord } from '../../protocol/membership-record.ts';
import { forged, ownEntry } from '../support/forged-entries.ts';
import { createVictims, peakBytes, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type JoinedFolder, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const MIB = 1024 * 1024;
/** More than a daemon needs for one peer, less than it takes when something is kept that should not be. */
const GROWTH_BYTES = 256 * MIB;

let victims: Victims;
let peer: ScriptedPeer;
let joined: JoinedFolder;
let aliceInstance: InstanceId;
let before: number;

beforeAll(async () => {
  victims = await createVictims('floods');
  peer = await createScriptedPeer(100);
  await peer.dial(victims.alice.address(), victims.aliceId);
  joined = await peer.join(await victims.alice.invite());
  const { frontier } = await peer.hear('folder-open');
  aliceInstance = frontier.find(({ device }) => device === victims.aliceId)?.instance as InstanceId;
});
afterAll(async () => {
  await peer.close();
  await victims.world.close();
});
beforeEach(async () => {
  peer.forget();
  if (!peer.connected()) await peer.dial(victims.alice.address(), victims.aliceId);
  // Each flood arrives: the link works.
  peer.say({ kind: 'folder-open', folder: victims.folder, membershipHeads: [], frontier: [], addresses: [] });
  await peer.hear('frontier');
  before = peakBytes(victims.alice.pid());
});
afterEach(async () => {
  await victims.expectUnharmed();
  expect(peakBytes(victims.alice.pid()) - before).toBeLessThan(GROWTH_BYTES);
});

/** A device id or record id that stands for nothing. */
const nobody = (number: number): string => number.toString(16).padStart(64, '0');

describe('a member does not keep others waiting, nor fill memory', () => {
  it('with entries that can never be placed', () => {
    const { folder } = victims;
    const pad = Array.from({ length: 40 }, (_, at) => toHex(new Uint8Array(32).fill(at)) as RecordId);
    for (let round = 0; round < 40; round += 1) {
      const entries = Array.from({ length: 300 }, (_, index) => {
        const sequence = 2 + round * 300 + index;
        return ownEntry(peer, joined, { sequence, previous: nobody(1) as RecordId, membershipHeads: pad });
      });
      peer.say({ kind: 'entries', folder, entries });
    }
  });

  it('with entries in the name of another that can not be judged', async () => {
    const { folder, aliceId } = victims;
    peer.forget();
    peer.say({ kind: 'sync-probe', folder, nonce: 1 });
    const { frontier } = await peer.hear('sync-report');
    const bobs = frontier.filter(({ device }) => ![aliceId, peer.device].includes(device));
    expect(bobs.length).toBe(1);
    for (const { device, instance, sequence } of bobs) {
      // The places in his log that come next, each taken by an entry whose author's right nobody will ever know.
      const entries = Array.from({ length: 200 }, (_, index) => {
        const changed = {
          sequence: sequence + 1 + index,
          previous: nobody(1) as RecordId,
          membershipHeads: [nobody(2) as RecordId],
        };
        return forged(ownEntry(peer, joined, changed), 'header', (header) => {
          const fields = [...readArray(decode(header))];
          fields.splice(2, 2, fromHex(device), fromHex(instance));
          return encode(fields);
        });
      });
      peer.say({ kind: 'entries', folder, entries });
    }
  });

  it('with membership records that count for nothing', () => {
    const { folder, aliceId: device } = victims;
    const draft = draftRecord(joined.membership, 1, { kind: 'set-role', device, role: 'reader', sealed: [] });
    for (let message = 0; message < 5; message += 1) {
      const records = Array.from({ length: 1500 }, (_, at) => {
        return makeRecord(peer.signingKey, { ...draft, time: message * 1500 + at }).bytes;
      });
      peer.say({ kind: 'records', folder, records });
    }
  });

  it('with questions whose answers it does not read', async () => {
    const { folder, aliceId: device } = victims;
    peer.turnDeaf();
    for (let index = 0; index < 20_000; index += 1) {
      peer.say({ kind: 'want-entries', folder, device, instance: aliceInstance, from: 1, limitBytes: 4 * MIB });
    }
    await victims.expectUnharmed();
    await peer.hangUp();
  });

  it('with thousands of questions for a scan', () => {
    for (let nonce = 1; nonce <= 5000; nonce += 1) peer.say({ kind: 'sync-probe', folder: victims.folder, nonce });
  });

  it('with logs that nobody has', () => {
    const { folder } = victims;
    for (let message = 0; message < 50; message += 1) {
      const items = Array.from({ length: 4096 }, (_, at) => ({
        device: nobody(message * 4096 + at) as DeviceId,
        instance: aliceInstance,
        sequence: 9,
      }));
      peer.say({ kind: 'frontier', folder, items });
    }
  });

  it('with taking back what it never asked for', () => {
    for (let request = 0; request < 500_000; request += 1) peer.say({ kind: 'cancel', request });
  });
});
