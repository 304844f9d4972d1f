import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compareTrees } from '../support/compare-trees.ts';
import { createWorld, eventually, FOLDER, settle, share, type TestDaemon } from '../support/daemons.ts';

// A machine that is busy with other things must not fail a test.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const world = createWorld('bad-root');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const aside = join(world.directory, 'aside');
const reference = join(world.directory, 'reference');

beforeAll(async () => {
  alice.makeRoot();
  mkdirSync(join(alice.root, 'deep', 'er'), { recursive: true });
  for (let index = 0; index < 20; index += 1) writeFileSync(join(alice.root, 'deep', `${index}.txt`), `file ${index}`);
  writeFileSync(join(alice.root, 'deep', 'er', 'top.txt'), 'top');
  await share(alice, bob);
  await settle(alice, bob);
});
afterAll(() => world.close());

/** Ways for a root to be lost, each with the way back and what the daemon has to say. */
const LOSSES: readonly (readonly [what: string, lose: () => void, restore: () => void, says: RegExp])[] = [
  [
    'is gone',
    () => renameSync(bob.root, aside),
    () => renameSync(aside, bob.root),
    /can not be opened \(ENOENT\).*moved or unmounted/,
  ],
  [
    'is replaced by an empty directory, as an unmounted disk leaves one',
    () => {
      renameSync(bob.root, aside);
      mkdirSync(bob.root);
    },
    () => {
      // Nothing was put into it: a mount point that is filled while the disk is away hides what is on the disk.
      expect(readdirSync(bob.root)).toEqual([]);
      rmSync(bob.root, { recursive: true });
      renameSync(aside, bob.root);
    },
    /has lost its marker .*unmounted/,
  ],
  [
    'is replaced by a file',
    () => {
      renameSync(bob.root, aside);
      writeFileSync(bob.root, '');
    },
    () => {
      rmSync(bob.root);
      renameSync(aside, bob.root);
    },
    /can not be opened \(ENOTDIR\)/,
  ],
  [
    'is replaced by a copy of an older time, marker and all',
    () => {
      renameSync(bob.root, aside);
      mkdirSync(join(bob.root, '.sheaf'), { recursive: true });
      cpSync(join(aside, '.sheaf', 'folder'), join(bob.root, '.sheaf', 'folder'));
    },
    () => {
      rmSync(bob.root, { recursive: true });
      renameSync(aside, bob.root);
    },
    /is another directory than before/,
  ],
  [
    'has lost its marker',
    () => renameSync(join(bob.root, '.sheaf', 'folder'), aside),
    () => renameSync(aside, join(bob.root, '.sheaf', 'folder')),
    /has lost its marker .sheaf\/folder/,
  ],
];

async function expectHalted(says: RegExp): Promise<void> {
  await eventually('the folder is halted', async () => {
    await bob.run(['scan', FOLDER]);
    return (await bob.folder()).state === 'halted';
  });
  const { halt } = await bob.folder();
  expect(halt?.code).toMatch(/^root-(missing|changed)$/);
  expect(halt?.message).toMatch(says);
  expect(halt?.message).toContain(bob.root);
  expect(halt?.message).toContain('Nothing is synced until it is back');
  expect((await bob.run(['status', '--exit-code'])).code).toBe(4);
  const waited = await bob.run(['wait', '--timeout', '0']);
  expect([waited.code, waited.stderr]).toEqual([3, expect.stringMatching(says)]);
}

/** What was on alice's disk is there still, and nothing of alice's new work went to where bob's root was. */
async function expectNothingLost(name: string): Promise<void> {
  writeFileSync(join(alice.root, name), `written while bob's root was away: ${name}`);
  await alice.scan();
  expect(compareTrees(reference, alice.root).differences).toEqual([{ path: name, what: 'only-right' }]);
  expect(existsSync(join(bob.root, name))).toBe(false);
}

describe.each(LOSSES)('a root that %s', (what, lose, restore, says) => {
  const name = `${what.replace(/\W+/g, '-')}.txt`;

  it('halts its folder while that runs, deletes nothing anywhere, and goes on when it is back', async () => {
    rmSync(reference, { recursive: true, force: true });
    cpSync(alice.root, reference, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    fixTimes();
    lose();
    await expectHalted(says);
    await expectNothingLost(name);
    restore();
    await settle(alice, bob);
    expect(existsSync(join(bob.root, name))).toBe(true);
  });

  // How it is lost makes no difference to a start beyond these.
  it.runIf(/gone|empty|marker$/.test(what))(
    'halts its folder when that starts, and goes on when it is back',
    async () => {
      await bob.stop();
      rmSync(reference, { recursive: true, force: true });
      cpSync(alice.root, reference, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      fixTimes();
      lose();
      await bob.start();
      await expectHalted(says);
      await expectNothingLost(`later ${name}`);
      restore();
      await settle(alice, bob);
      expect(existsSync(join(bob.root, `later ${name}`))).toBe(true);
    },
  );
});

/** cpSync keeps times to the microsecond only; the comparison wants nanoseconds. */
function fixTimes(): void {
  spawnSync('cp', ['-a', '--attributes-only', '-T', alice.root, reference]);
}

it('can be given up: the folder is removed and joined again elsewhere, with nothing lost', async () => {
  renameSync(bob.root, aside);
  await expectHalted(/can not be opened/);
  await bob.ask(['remove', FOLDER]);
  await bob.join(await alice.invite());
  await settle(alice, bob);
  expect(readdirSync(join(bob.root, 'deep')).length).toBe(21);
});

/** Root reads everything, so as root the daemon runs as another user, if that one can reach the sources. */
describe('what can not be read', () => {
  const NOBODY = 65534;
  const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'];
  const entry = join(packageRoot, 'daemon', 'main.ts');
  const isRoot = process.getuid?.() === 0;
  const possible = !isRoot || spawnSync('setpriv', [...asNobody, process.execPath, '--check', entry]).status === 0;
  const carol = world.daemon('carol');
  let child: ChildProcess | undefined;

  async function startCarol(daemon: TestDaemon): Promise<void> {
    if (!isRoot) return daemon.start();
    for (const path of [dirname(daemon.root), daemon.root]) chownSync(path, NOBODY, NOBODY);
    mkdirSync(daemon.home, { mode: 0o700 });
    chownSync(daemon.home, NOBODY, NOBODY);
    chmodSync(world.directory, 0o755);
    const options = ['--home', daemon.home, '--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery', '--name', 'carol'];
    child = spawn('setpriv', [...asNobody, process.execPath, entry, ...options], { stdio: 'ignore' });
    await eventually('carol runs', async () => (await daemon.api.version()).version !== '');
  }

  function write(path: string, text: string, mode: number): void {
    writeFileSync(path, text);
    if (isRoot) chownSync(path, NOBODY, NOBODY);
    chmodSync(path, mode);
  }

  it.skipIf(!possible)('is shown, is never taken for deleted, and syncs once it can be read', async () => {
    carol.makeRoot();
    const at = (name: string): string => join(carol.root, name);
    mkdirSync(at('locked'));
    write(join(at('locked'), 'inside.txt'), 'inside', 0o644);
    write(at('open.txt'), 'open', 0o644);
    write(at('secret.txt'), 'secret', 0o000);
    if (isRoot) chownSync(at('locked'), NOBODY, NOBODY);
    await startCarol(carol);
    await carol.ask(['add', carol.root, '--name', 'rights']);
    const there = join(world.directory, 'rights');
    await alice.ask(['join', (await carol.ask(['invite', 'rights', '--ticket'])).trim(), there]);
    await eventually('what can be read arrives', () => existsSync(join(there, 'locked', 'inside.txt')));
    const problems = async () => (await carol.api.status('rights')).folders[0]?.problems ?? [];
    expect(await problems()).toEqual([
      { path: 'secret.txt', code: 'EACCES', message: expect.stringContaining('let the user that runs sheaf read') },
    ]);
    expect(existsSync(join(there, 'secret.txt'))).toBe(false);
    expect((await carol.run(['wait', 'rights', '--timeout', '0'])).stderr).toContain('secret.txt');
    expect((await alice.run(['wait', 'rights', '--timeout', '0'])).stderr).toContain('carol');

    chmodSync(at('locked'), 0o000);
    chmodSync(at('open.txt'), 0o000);
    await carol.ask(['scan', 'rights']);
    expect((await problems()).map(({ path, code }) => `${path} ${code}`)).toContain('locked EACCES');
    expect(readFileSync(join(there, 'locked', 'inside.txt'), 'utf8')).toBe('inside');
    expect(readFileSync(join(there, 'open.txt'), 'utf8')).toBe('open');

    for (const name of ['secret.txt', 'open.txt']) chmodSync(at(name), 0o644);
    chmodSync(at('locked'), 0o755);
    await carol.ask(['scan', 'rights']);
    await carol.ask(['wait', 'rights', '--timeout', '120s']);
    expect(compareTrees(carol.root, there).differences).toEqual([]);
    expect(await problems()).toEqual([]);
  });

  it.skipIf(!possible)('can not be shared, and says why', async () => {
    const closed = join(world.directory, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o000);
    const outcome = await carol.run(['add', closed]);
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toMatch(/^sheaf: .*closed can not be used \(EACCES\).*read and write/);
    expect(outcome.stderr).not.toMatch(/log|bug|unexpected/);
  });

  afterAll(async () => {
    await carol.run(['stop']);
    child?.kill('SIGKILL');
    accessSync(world.directory, constants.W_OK);
  });
});
