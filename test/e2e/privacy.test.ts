import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { concat, fromHex, utf8 } from '../../protocol/bytes.ts';
import { inviteIdOf } from '../../protocol/pairing.ts';
import { decodeTicket } from '../../protocol/ticket.ts';
import { createWorld, eventually, expectEqualTrees } from '../support/daemons.ts';
import { createRelay, type Relay, ticketThrough } from '../support/relay.ts';
import { createScriptedPeer } from '../support/scripted-peer.ts';
import { type SealedHoldings, sealedHoldings } from '../support/sealed-holdings.ts';
import { compressibility, type Secrets, tracesOf, withHashes } from '../support/traces.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const FOLDER_NAME = 'Umbrella ledger 7431';
const PHRASE = 'The quarterly figures of the umbrella account are not for anybody else to read. ';
/** Compressible, and of several chunks. */
const LARGE = utf8(PHRASE.repeat(30_000));
const FILES: Secrets = new Map([
  ['Kontoauszüge Genf/quarterly-figures-2031.txt', utf8(`${PHRASE}Sum: 8,123,456.78`)],
  ['Kontoauszüge Genf/whole-umbrella-ledger.csv', LARGE],
  ['Kontoauszüge Genf/keys-of-the-vault.pem', new Uint8Array(randomBytes(3000))],
  ['an-empty-file-with-a-telling-name', new Uint8Array(0)],
]);
const LINK = 'shortcut-to-the-safe';
const LINK_TARGET = 'Kontoauszüge Genf/quarterly-figures-2031.txt';

const world = createWorld('privacy');
const alice = world.daemon('alice-of-the-umbrella');
const bob = world.daemon('bob-of-the-umbrella');
let relay: Relay;
let ticket: string;
let secrets: Secrets;

beforeAll(async () => {
  for (const [path, content] of FILES) {
    mkdirSync(dirname(join(alice.root, path)), { recursive: true });
    writeFileSync(join(alice.root, path), content);
  }
  symlinkSync(LINK_TARGET, join(alice.root, LINK));
  await Promise.all([alice.start(), bob.start()]);
  await alice.ask(['add', alice.root, '--name', FOLDER_NAME]);
  relay = await createRelay(alice.address(), { record: true });
  ticket = JSON.parse(await alice.ask(['invite', FOLDER_NAME, '--ticket', '--json'])).ticket;
  await bob.ask(['join', ticketThrough(relay, ticket), bob.root, '--yes']);
  await inSync();
  // An edit and a rename, so that updates pass as well.
  writeFileSync(join(bob.root, 'an-empty-file-with-a-telling-name'), PHRASE);
  await inSync();
  const names = [...FILES.keys(), LINK, FOLDER_NAME].flatMap((path) => path.split('/'));
  const contents = new Map(
    [...FILES].filter(([, content]) => content.length > 0).map(([name, bytes]) => [`content of ${name}`, bytes]),
  );
  secrets = new Map([
    ...names.map((name) => [name, utf8(name)] as const),
    ['a phrase', utf8(PHRASE)],
    ['a part of the random file', (FILES.get('Kontoauszüge Genf/keys-of-the-vault.pem') ?? LARGE).subarray(100, 132)],
    ...withHashes(contents),
  ]);
});
afterAll(async () => {
  await relay?.close();
  await world.close();
});

async function inSync(): Promise<void> {
  for (const daemon of [alice, bob]) await daemon.ask(['wait', FOLDER_NAME, '--timeout', '120s']);
  expectEqualTrees(alice, bob);
}

describe('the search for traces', () => {
  it('finds what is there, in whatever form', () => {
    for (const encoding of ['hex', 'base64', 'base64url', 'utf16le'] as const) {
      const text =
        encoding === 'utf16le'
          ? Buffer.from(`xx${PHRASE}`, encoding)
          : Buffer.from(Buffer.from(`xx${PHRASE}`).toString(encoding));
      expect(tracesOf(secrets, text), encoding).toEqual(['a phrase']);
    }
    const whole = concat(...FILES.values(), utf8([...FILES.keys(), LINK, FOLDER_NAME].join()));
    const found = tracesOf(secrets, whole);
    expect(found.filter((name) => !/^(sha|md)/.test(name)).length).toBe(
      [...secrets.keys()].filter((name) => !/^(sha|md)/.test(name)).length,
    );
    expect(compressibility(LARGE)).toBeGreaterThan(20);
  });
});

describe('who listens on the way', () => {
  it('sees no name, content, hash, identity or secret of a sync', async () => {
    // All that passed between the two passed here.
    expect((await bob.api.devices()).map(({ address }) => address)).toEqual([relay.address]);
    const { toTarget, fromTarget } = relay.recorded();
    expect(fromTarget.length).toBeGreaterThan(20_000);
    const { inviter, folder, secret } = decodeTicket(ticket);
    const seen: Secrets = new Map([
      ...secrets,
      ['alice’s name', utf8(alice.name)],
      ['bob’s name', utf8(bob.name)],
      ['alice’s identity', fromHex(inviter)],
      ['the folder’s id', fromHex(folder)],
      ['the invite’s secret', secret],
      ['the invite’s id', fromHex(inviteIdOf(secret))],
    ]);
    for (const bytes of [toTarget, fromTarget]) {
      expect(tracesOf(seen, bytes)).toEqual([]);
      expect(compressibility(bytes)).toBeLessThan(1.05);
    }
  });
});

describe('who holds log entries and chunks without keys', () => {
  let holdings: SealedHoldings;

  beforeAll(async () => {
    const peer = await createScriptedPeer(60);
    try {
      const invite: { ticket: string } = JSON.parse(await alice.ask(['invite', FOLDER_NAME, '--ticket', '--json']));
      await peer.dial(alice.address(), decodeTicket(ticket).inviter);
      const joined = await peer.join(invite.ticket);
      await eventually('alice opens the folder', () => peer.heard.some(({ kind }) => kind === 'folder-open'));
      holdings = await sealedHoldings(peer, joined);
    } finally {
      await peer.close();
    }
  });

  it('has all of them', () => {
    const plaintexts = holdings.opened.map((bytes) => Buffer.from(bytes));
    const small = [...FILES.values(), utf8(PHRASE)].filter((content) => content.length > 0 && content !== LARGE);
    for (const content of small) expect(plaintexts.some((plaintext) => plaintext.equals(content))).toBe(true);
    expect(holdings.nodes).toBe(1);
    const chunks = plaintexts.filter((bytes) => bytes.length > 2 * PHRASE.length && bytes.includes(PHRASE));
    expect(chunks.length).toBeGreaterThan(2);
  });

  it('learns no name, content or hash from them', () => {
    expect(tracesOf(secrets, concat(...holdings.entries))).toEqual([]);
    expect(tracesOf(secrets, concat(...holdings.sealed))).toEqual([]);
    expect(compressibility(concat(...holdings.sealed))).toBeLessThan(1.05);
  });
});
