import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex } from '../../protocol/bytes.ts';
import { decode, encode, readArray } from '../../protocol/codec.ts';
import type { InstanceId, RecordId } from '../../protocol/ids.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import { decodeLogEntry, type LogHeader } from '../../protocol/log-entry.ts';
import { eventually } from '../support/daemons.ts';
import { forged, ownEntry, withLastBitFlipped } from '../support/forged-entries.ts';
import { createVictims, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type JoinedFolder, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let victims: Victims;
let peer: ScriptedPeer;
let joined: JoinedFolder;
/** Every test writes a log of its own. */
let instance: InstanceId;
let tests = 0;

beforeAll(async () => {
  victims = await createVictims('logs');
  peer = await createScriptedPeer(100);
  await peer.dial(victims.alice.address(), victims.aliceId);
  joined = await peer.join(await victims.alice.invite());
  await peer.hear('folder-open');
});
afterAll(async () => {
  await peer.close();
  await victims.world.close();
});
beforeEach(() => {
  tests += 1;
  instance = `${tests}`.padStart(32, '0') as InstanceId;
});

const entryOf = (changed: Partial<LogHeader> = {}, body: Partial<LogBody> = {}): Uint8Array =>
  ownEntry(peer, joined, { instance, ...changed }, body);

const send = (...entries: readonly Uint8Array[]): void =>
  peer.say({ kind: 'entries', folder: victims.folder, entries });

/** How far alice says she has which logs, after all that was sent before. */
async function frontier(): Promise<ReadonlyMap<string, number>> {
  peer.forget();
  peer.say({ kind: 'sync-probe', folder: victims.folder, nonce: 77 });
  const report = await peer.hear('sync-report');
  return new Map(report.frontier.map((item) => [`${item.device} ${item.instance}`, item.sequence]));
}

const mine = async (): Promise<number> => (await frontier()).get(`${peer.device} ${instance}`) ?? 0;

describe('a member', () => {
  it('with a wrong signature is not believed, and its right entry afterwards is', async () => {
    send(forged(entryOf(), 'signature', withLastBitFlipped));
    expect(await mine()).toBe(0);
    send(entryOf());
    await eventually('the right one is taken', async () => (await mine()) === 1);
    expect(peer.connected()).toBe(true);
    await victims.expectUnharmed();
  });

  it('that writes in the name of another is not believed, and the other goes on', async () => {
    const { aliceId, folder } = victims;
    const [name, sequence] = [...(await frontier())].find(([each]) => each.startsWith(aliceId)) ?? ['', 0];
    const hers = name.split(' ')[1] as InstanceId;
    peer.forget();
    peer.say({ kind: 'want-entries', folder, device: aliceId, instance: hers, from: sequence, limitBytes: 1 });
    const [last = new Uint8Array(0)] = (await peer.hear('entries')).entries;
    // Her name, the next number, what comes before it: all is right but for the signature.
    const asAlice = forged(entryOf(), 'header', (header) => {
      const fields = [...readArray(decode(header))];
      fields.splice(2, 4, fromHex(aliceId), fromHex(hers), sequence + 1, fromHex(decodeLogEntry(last).id));
      return encode(fields);
    });
    expect(decodeLogEntry(asAlice).header).toMatchObject({ device: aliceId, instance: hers, sequence: sequence + 1 });
    send(asAlice);
    expect((await frontier()).get(name)).toBe(sequence);
    await victims.expectUnharmed();
    expect((await frontier()).get(name)).toBeGreaterThan(sequence);
  });

  it('with two histories is not followed any further, and people are told', async () => {
    send(entryOf());
    await eventually('the first is taken', async () => (await mine()) === 1);
    send(entryOf({ sequence: 2, previous: 'cd'.repeat(32) as RecordId }));
    expect(await mine()).toBe(1);
    const { problems } = await victims.alice.folder();
    expect(problems.find(({ code }) => code === 'bad-log')?.message).toMatch(/scripted.*two histories/);
    await victims.expectUnharmed();
  });

  it('has left nothing on any disk', () => {
    expect(victims.strays(readdirSync(victims.alice.root))).toEqual([]);
    expect(victims.strays(readdirSync(victims.bob.root))).toEqual([]);
    expect(readdirSync(`${victims.world.directory}/private`).toSorted()).toEqual(['.sheaf', 'secret']);
  });
});
