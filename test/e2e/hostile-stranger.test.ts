import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceIdOf } from '../../protocol/device-id.ts';
import { inviteIdOf } from '../../protocol/pairing.ts';
import { decodeTicket, encodeTicket } from '../../protocol/ticket.ts';
import { createVictims, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let victims: Victims;
let peer: ScriptedPeer;

beforeAll(async () => {
  victims = await createVictims('stranger');
});
afterAll(() => victims.world.close());
beforeEach(async () => {
  peer = await createScriptedPeer(50);
});
afterEach(() => peer.close());

describe('a stranger', () => {
  it('gets no stream while nobody is invited', async () => {
    const fresh = victims.world.daemon('fresh');
    await fresh.start();
    await expect(peer.dial(fresh.address(), deviceIdOf((await fresh.api.device()).id))).rejects.toThrow();
    expect(peer.heard).toEqual([]);
    await fresh.stop();
  });

  it('that comes while somebody is invited is told nothing of any folder', async () => {
    const { alice, aliceId, folder } = victims;
    await peer.dial(alice.address(), aliceId);
    const { instance } = peer;
    peer.say({ kind: 'folder-open', folder, membershipHeads: [], frontier: [], addresses: [] });
    peer.say({ kind: 'want-records', folder, have: [] });
    peer.say({ kind: 'want-entries', folder, device: aliceId, instance, from: 1, limitBytes: 1 });
    peer.say({ kind: 'sync-probe', folder, nonce: 1 });
    peer.say({ kind: 'entries', folder, entries: [] });
    const id = '0'.repeat(64) as never;
    const wanted = {
      entry: '0'.repeat(32) as never,
      digest: id,
      chunk: id,
      kind: 'data',
      offset: 0,
      length: 9,
    } as const;
    peer.say({ kind: 'want-chunks', request: 1, folder, epoch: 1, items: [wanted] });
    peer.say({ kind: 'pair-open', invite: '0'.repeat(32) as never, nonce: new Uint8Array(32) });
    await peer.hear('pair-refuse');
    await peer.until('an answer about the chunk', () => peer.chunks.length > 0);
    // The same as for a folder that does not exist, and not "gone": others would act on that word.
    expect(peer.chunks.map(({ status, sealed }) => [status, sealed.length])).toEqual([['busy', 0]]);
    expect(new Set(peer.heard.map(({ kind }) => kind))).toEqual(new Set(['hello', 'reject', 'pair-refuse']));
    const refusals = peer.heard.flatMap((message) => (message.kind === 'reject' ? [message] : []));
    expect(refusals.map((reject) => [reject.code, reject.folder])).toEqual(Array(5).fill(['unknown-folder', folder]));
    await victims.expectUnharmed();
  });

  it('can not become a member without the secret', async () => {
    const { alice, aliceId } = victims;
    await peer.dial(alice.address(), aliceId);
    const ticket = decodeTicket(await alice.invite());
    await expect(peer.join(encodeTicket({ ...ticket, secret: new Uint8Array(16).fill(7) }))).rejects.toThrow('refused');
    peer.forget();
    const invite = inviteIdOf(ticket.secret);
    peer.say({ kind: 'pair-open', invite, nonce: new Uint8Array(32) });
    await peer.hear('pair-challenge');
    const zeros = { mac: new Uint8Array(32), boxPublicKey: new Uint8Array(32), certificate: new Uint8Array(64) };
    peer.say({ kind: 'pair-proof', invite, deviceName: 'thief', ...zeros });
    expect((await peer.hear('pair-refuse')).code).toBe('invite-wrong');
    expect((await alice.folder()).members.map(({ name }) => name).toSorted()).toEqual(['bob']);
    await victims.expectUnharmed();
  });
});
