import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createMergeHost } from '../../daemon/core/merge/merge-jobs.ts';
import { feedIdOf } from '../../protocol/device-id.ts';
import { entryIdOf, shardOf } from '../../protocol/entry-id.ts';
import { type EntryId, NO_DIGEST, ROOT_ENTRY } from '../../protocol/ids.ts';
import type { LogBody } from '../../protocol/log-body.ts';
import { decodeLogEntry, NO_RECORD } from '../../protocol/log-entry.ts';
import { encodeContent, encodeLocation, registerKey } from '../../protocol/register-codec.ts';
import type { Content } from '../../protocol/registers.ts';
import { eventually } from '../support/daemons.ts';
import { ownEntry } from '../support/forged-entries.ts';
import { createVictims, type Victims } from '../support/hostile.ts';
import { createScriptedPeer, type JoinedFolder, type ScriptedPeer } from '../support/scripted-peer.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let victims: Victims;
let peer: ScriptedPeer;
let joined: JoinedFolder;
let sequence = 0;
let previous = NO_RECORD;

beforeAll(async () => {
  victims = await createVictims('places');
  peer = await createScriptedPeer(120);
  await peer.dial(victims.alice.address(), victims.aliceId);
  joined = await peer.join(await victims.alice.invite());
  peer.say({ kind: 'folder-open', folder: victims.folder, membershipHeads: [], frontier: [], addresses: [] });
  await peer.hear('folder-open');
});
afterAll(async () => {
  await peer.close();
  await victims.world.close();
});

/** Signs and sends an empty directory of its own at a place. */
function placeDirectory(entry: EntryId, parent: EntryId, name: string): void {
  const { folder } = victims;
  const { shardBits } = joined.membership;
  const author = peer.device.slice(0, 16);
  const content: Content = { kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n, base: '0'.repeat(16), author, time: 1 };
  const shard = shardOf(entry, shardBits);
  const writes = [
    { key: registerKey('location', entry), value: encodeLocation({ kind: 'live', parent, name }) },
    { key: registerKey('content', entry), value: encodeContent(content) },
  ];
  const written = createMergeHost()({
    kind: 'write',
    folder,
    epoch: 1,
    actor: feedIdOf(peer.device, folder, peer.instance),
    load: [{ shard, snapshot: undefined, tail: [] }],
    evict: [],
    writes: [{ shard, writes }],
  });
  const changes: LogBody['changes'] = written.kind === 'written' ? written.changes : [];
  sequence += 1;
  const bytes = ownEntry(peer, joined, { sequence, previous }, { changes });
  previous = decodeLogEntry(bytes).id;
  peer.say({ kind: 'entries', folder, entries: [bytes] });
}

it('an entry in a directory that never comes keeps nobody waiting', async () => {
  const nowhere = entryIdOf(ROOT_ENTRY, 'never told of', 0);
  placeDirectory(entryIdOf(nowhere, 'lost', 0), nowhere, 'lost');
  await eventually('alice has heard of it', async () => (await victims.alice.folder()).pendingEntries > 0);
  await victims.expectUnharmed();
  expect(readdirSync(victims.alice.root)).not.toContain('lost');
});

it('an entry below a file makes that a directory, and the file is kept beside it', async () => {
  const { alice, bob } = victims;
  const file = entryIdOf(entryIdOf(ROOT_ENTRY, '3', 0), '5', 0);
  placeDirectory(entryIdOf(file, 'below', 0), file, 'below');
  for (const { root } of [alice, bob]) {
    await eventually('it is there', () => lstatSync(join(root, '3', '5', 'below')).isDirectory());
    const [copy = ''] = readdirSync(join(root, '3')).filter((name) => name.startsWith('5 (conflict'));
    expect(readFileSync(join(root, '3', copy), 'utf8')).toBe('3 5');
  }
  await victims.expectUnharmed();
});
