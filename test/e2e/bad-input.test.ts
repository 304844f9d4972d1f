import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fromBase32, toBase32 } from '../../protocol/base32.ts';
import { concat, utf8 } from '../../protocol/bytes.ts';
import { decode, encode, readArray } from '../../protocol/codec.ts';
import { sha256 } from '../../protocol/crypto.ts';
import { decodeTicket, encodeTicket } from '../../protocol/ticket.ts';
import { expectFailure } from '../support/claims.ts';
import { createWorld, expectEqualTrees, FOLDER, settle, share } from '../support/daemons.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const daemonEntry = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'daemon', 'main.ts');
const world = createWorld('bad-input');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const carol = world.daemon('carol');

beforeAll(async () => {
  alice.makeRoot();
  writeFileSync(join(alice.root, 'kept.txt'), 'as it was');
  await Promise.all([share(alice, bob), carol.start()]);
  await settle(alice, bob);
});
afterAll(() => world.close());

/** The same ticket as a later version of sheaf would write it. */
function ofVersion(ticket: string, version: number): string {
  const payload = fromBase32(ticket.slice('sheaf1'.length)).subarray(0, -4);
  const newer = encode([version, ...readArray(decode(payload)).slice(1), 'and a field more']);
  return `sheaf1${toBase32(concat(newer, sha256(utf8('sheaf/ticket/1\0'), newer).subarray(0, 4)))}`;
}

describe('a ticket', () => {
  const join_ = (ticket: string, path = carol.root) => carol.run(['join', ticket, path]);

  it.each([
    ['random text', () => 'open sesame', ['this is not a ticket', 'sheaf1', 'sheaf invite']],
    ['an empty text', () => '', ['this is not a ticket']],
    ['a truncated one', (good: string) => good.slice(0, -9), ['incomplete or mistyped', 'copy all of it again']],
    ['only its beginning', () => 'sheaf1', ['incomplete or mistyped']],
    [
      'a mistyped one',
      (good: string) => good.slice(0, 40) + (good[40] === 'a' ? 'b' : 'a') + good.slice(41),
      ['incomplete or mistyped', 'copy all of it again'],
    ],
    ['one of a later version', (good: string) => ofVersion(good, 2), ['newer version of sheaf (2)', 'update']],
    [
      'an expired one',
      (good: string) => encodeTicket({ ...decodeTicket(good), expires: 1_000_000 }),
      ['expired', 'ask for a new one'],
    ],
  ])('that is %s leads nowhere', async (_what, make, says) => {
    const outcome = await join_(make(await alice.invite()));
    expectFailure(outcome, says);
    expect(existsSync(carol.root)).toBe(false);
    expect(await carol.api.folders()).toEqual([]);
  });

  it('expires when it said so', async () => {
    const { ticket, expires } = JSON.parse(await alice.ask(['invite', FOLDER, '--expires', '1ms', '--json']));
    while (Date.now() <= Date.parse(expires)) await new Promise((resolve) => setTimeout(resolve, 50));
    expectFailure(await join_(ticket), ['expired', 'ask for a new one']);
    // The joiner's clock may be wrong, so the inviter must refuse it by its own.
    const late = encodeTicket({ ...decodeTicket(ticket), expires: Math.floor(Date.now() / 1000) + 3600 });
    await alice.invite();
    expectFailure(await join_(late), ['expired', 'ask for a new one']);
  });

  it.each(['0s', '-5m', '31d', 'soon'])('can not be good for %s', async (expires) => {
    const outcome = await alice.run(['invite', FOLDER, `--expires=${expires}`]);
    expect(outcome.code).toBeGreaterThan(0);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(/^sheaf: /);
  });

  it('lets one device in and no second', async () => {
    const dave = world.daemon('dave');
    await dave.start();
    const ticket = await alice.invite();
    await dave.join(ticket);
    await alice.invite();
    expectFailure(await join_(ticket), ['used already', 'ask']);
    await dave.wait('--peer', 'alice');
    await dave.ask(['remove', FOLDER]);
    await dave.stop();
    expect(readdirSync(dave.root)).toContain('kept.txt');
  });

  it('is of no use where its folder already is', async () => {
    const ticket = await alice.invite();
    expectFailure(await bob.run(['join', ticket, `${bob.root}-2`]), ['already on this device', FOLDER, bob.root]);
    expectFailure(await alice.run(['join', ticket, `${alice.root}-2`]), ['already on this device', alice.root]);
    expect(existsSync(`${bob.root}-2`)).toBe(false);
  });

  it('of this very device is recognised', async () => {
    const once = join(world.directory, 'once');
    mkdirSync(once);
    await carol.ask(['add', once]);
    const ticket = (await carol.ask(['invite', 'once', '--ticket'])).trim();
    await carol.ask(['remove', 'once']);
    expectFailure(await carol.run(['join', ticket, once]), ['made by this device', 'another']);
  });

  it('whose secret was changed proves nothing', async () => {
    const good = decodeTicket(await alice.invite());
    expectFailure(await join_(encodeTicket({ ...good, secret: new Uint8Array(16) })), ['does not know this invite']);
    expect(await carol.api.folders()).toEqual([]);
  });

  it('says so when its inviter can not be reached, and names the device and where it was looked for', async () => {
    // A device that has never been connected with alice: an open connection would be used, whatever the ticket says.
    const erin = world.daemon('erin');
    await erin.start();
    const ticket = decodeTicket(await alice.invite());
    const closed = '/ip4/127.0.0.1/tcp/9';
    const at = (...addresses: readonly string[]) =>
      erin.run(['join', encodeTicket({ ...ticket, addresses }), erin.root]);
    expectFailure(await at(closed), ['cannot be reached', closed, /12D3\w+/]);
    expectFailure(await at(bob.address()), ['another device answered', bob.address()]);
    expectFailure(await at(), ['no address of it is known']);
    expect(await erin.api.folders()).toEqual([]);
    // A failure is not for good: the ticket still works.
    await erin.join(encodeTicket(ticket));
    await erin.wait('--peer', 'alice');
    await erin.stop();
  });
});

describe('a folder', () => {
  it.each(['status', 'wait', 'scan', 'invite', 'remove'])('that is unknown is named by %s', async (command) => {
    expectFailure(await alice.run([command, 'nothing-of-that']), ['nothing-of-that', 'there are: shared']);
  });

  it('wants members that exist', async () => {
    expectFailure(await alice.run(['wait', '--peer', 'nobody']), [
      'no folder here has a member nobody',
      'sheaf devices',
    ]);
  });

  it('needs a directory of its own', async () => {
    const missing = join(world.directory, 'missing');
    const file = join(alice.root, 'kept.txt');
    const below = join(alice.root, 'below');
    const link = join(world.directory, 'link');
    const deepLink = join(world.directory, 'deep-link');
    mkdirSync(below);
    symlinkSync(alice.root, link);
    symlinkSync(below, deepLink);
    const add = (path: string) => alice.run(['add', path, '--name', 'other']);
    expectFailure(await add(missing), [missing, 'does not exist']);
    expectFailure(await add(join(file, 'x')), [file, 'does not exist']);
    expectFailure(await add(file), [file, 'is not a directory']);
    expectFailure(await add(alice.root), [alice.root, 'already shared', FOLDER]);
    expectFailure(await add(`${alice.root}/./below/..`), ['already shared']);
    expectFailure(await add(link), [link, 'already shared']);
    expectFailure(await add(below), [below, 'is inside', alice.root]);
    expectFailure(await add(deepLink), ['is inside', alice.root]);
    expectFailure(await add(dirname(alice.root)), ['contains', alice.root]);
    expectFailure(await add('/'), ['contains', alice.root]);
    expect(await alice.api.folders()).toHaveLength(1);
  });

  it('can be joined into a directory of its own only', async () => {
    const own = join(world.directory, 'of carol');
    mkdirSync(own);
    await carol.ask(['add', own, '--name', 'own']);
    const ticket = await alice.invite();
    const into = (path: string) => carol.run(['join', ticket, path, '--yes']);
    expectFailure(await into(own), [own, 'already shared']);
    expectFailure(await into(join(own, 'below')), ['is inside', own]);
    expectFailure(await into(world.directory), ['contains', own]);
    expectFailure(await into(join(world.directory, 'no', 'where')), ['can not be made', 'does not exist']);
    expectFailure(await into(join(alice.root, 'kept.txt')), ['kept.txt']);
    await carol.ask(['remove', 'own']);
    expect(readdirSync(own)).toEqual([]);
  });

  it('is not mixed with what a directory holds unless that is wanted', async () => {
    mkdirSync(carol.root, { recursive: true });
    writeFileSync(join(carol.root, 'own.txt'), 'mine');
    const outcome = await carol.run(['join', await alice.invite(), carol.root]);
    expectFailure(outcome, [carol.root, 'is not empty', '--yes'], 4);
    expect(existsSync(join(alice.root, 'own.txt'))).toBe(false);
  });

  it('keeps another from taking its directory, until that is told to', async () => {
    const outcome = await carol.run(['add', bob.root, '--name', 'stolen']);
    expectFailure(outcome, [bob.root, 'belongs to another sheaf folder', 'sheaf remove']);
    expect(await carol.api.folders()).toEqual([]);
  });
});

describe('a daemon', () => {
  const nowhere = world.daemon('nowhere');

  it.each([
    ['status'],
    ['id'],
    ['folders'],
    ['devices'],
    ['scan'],
    ['events'],
    ['wait'],
    ['add', '.'],
    ['invite', FOLDER],
    ['remove', FOLDER],
  ])('that does not run is asked for by %s', async (...args) => {
    expectFailure(await nowhere.run(args), ['no daemon runs for', nowhere.home, '"sheaf start"']);
    const { code, stdout, stderr } = await nowhere.run([...args, '--json']);
    expect([code, stdout, JSON.parse(stderr).error.code]).toEqual([1, '', 'no-daemon']);
    expect(existsSync(nowhere.home)).toBe(false);
  });

  it('that does not run can be stopped, joins nothing, and does not hide the version', async () => {
    expect((await nowhere.run(['stop'])).code).toBe(0);
    expectFailure(await nowhere.run(['join', await alice.invite(), nowhere.root]), ['no daemon runs for']);
    expect((await nowhere.run(['version'])).code).toBe(0);
    expect([existsSync(nowhere.home), existsSync(nowhere.root)]).toEqual([false, false]);
  });

  it('that runs already is left alone by a second start', async () => {
    const before = alice.pid();
    const again = await alice.run(['start', '--json', '--listen', '/ip4/127.0.0.1/tcp/0']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ started: false, pid: before });
    expect((await alice.run(['start'])).stderr).toContain('already runs');
  });

  it('shares its state with no other, however that is started', async () => {
    const second = spawnSync(process.execPath, [daemonEntry, '--home', alice.home, '--no-discovery'], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/^sheaf: .*in use by another process.*"sheaf stop"/);
    expect(second.stderr).not.toMatch(/\n\s+at /);
    expect((await alice.api.folders()).length).toBe(1);
  });

  it('does not start on a port that is taken, and says which', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = `/ip4/127.0.0.1/tcp/${(other.address() as AddressInfo).port}`;
    const outcome = await nowhere.run(['start', '--listen', address, '--no-discovery']);
    await new Promise((resolve) => other.close(resolve));
    expectFailure(outcome, ['did not start', address, 'another program uses this port']);
    await nowhere.start(address);
    await nowhere.stop();
  });

  it.each(['/ip4/127.0.0.1/tcp/99999', 'nonsense', '/ip4/127.0.0.1/udp/4001', '/ip4/203.0.113.1/tcp/0'])(
    'does not start on %s, and says why in a line',
    async (address) => {
      expectFailure(await nowhere.run(['start', '--listen', address, '--no-discovery']), ['did not start', address]);
    },
  );
});

it('lost nothing over all that', async () => {
  // Not with everybody: those that tried the tickets are away.
  await alice.wait('--peer', 'bob', '--timeout', '30s');
  expectEqualTrees(alice, bob);
  expect(readdirSync(alice.root).sort()).toEqual(['.sheaf', 'below', 'kept.txt']);
});
