import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId, FolderId } from '../../../protocol/ids.ts';
import { encodeTicket } from '../../../protocol/ticket.ts';
import { DEVICE, FOLDER, FOLDER_STATUS, HOSTILE_NAME, PEER } from '../control/fake-api.ts';
import { temporaryHome } from '../control/temporary-home.ts';
import { runCli } from './run-cli.ts';
import { servedHome } from './served-home.ts';

const EVERYTHING_SAFE = /^[^\p{Cc}\p{Cf}]*$/u;

function ticketFor(folderName: string): string {
  return encodeTicket({
    inviter: '11'.repeat(32) as DeviceId,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    secret: new Uint8Array(16),
    folder: '22'.repeat(32) as FolderId,
    folderName,
    role: 'writer',
    expires: 1_900_000_000,
    frontierHash: new Uint8Array(32),
  });
}

test('reads print lines for people and documented objects for programs', async () => {
  const { home } = await servedHome();
  const people: readonly (readonly [string, string])[] = [
    [
      'id',
      `name     laptop\nid       ${DEVICE.id}\naddress  /ip4/192.168.1.7/tcp/4001\n         /ip4/127.0.0.1/tcp/4001\n`,
    ],
    ['folders', 'NAME    ROLE   MODE     MEMBERS  PATH\nphotos  admin  two-way  2        /srv/photos\n'],
    ['devices', `NAME  CONNECTION                 FOLDERS  ID\ndesk  /ip4/192.168.1.8/tcp/4001  photos   ${PEER.id}\n`],
    ['version', `sheaf 0.1.0 (node ${process.versions.node})\ndaemon 9.8.7 (node 22.0.0, protocol 1)\n`],
  ];
  for (const [command, stdout] of people) {
    expect(await runCli({ home }, command)).toMatchObject({ code: 0, stdout, stderr: '' });
  }
  const programs: readonly (readonly [string, object])[] = [
    ['id', DEVICE],
    ['folders', { folders: [FOLDER] }],
    ['devices', { devices: [PEER] }],
    ['status', { device: DEVICE, folders: [FOLDER_STATUS] }],
    [
      'version',
      { version: '0.1.0', node: process.versions.node, daemon: { version: '9.8.7', node: '22.0.0', protocol: 1 } },
    ],
  ];
  for (const [command, expected] of programs) {
    const run = await runCli({ home }, command, '--json');
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.json()).toMatchObject({ schema: 1, ...expected });
  }
});

test('changes send what was asked for', async () => {
  const { home, api } = await servedHome();
  const directory = await temporaryHome();
  const added = await runCli(
    { home, directory },
    'add',
    'sub',
    '--name',
    'n',
    '--mode',
    'send-only',
    '--conflicts',
    'newest',
  );
  expect(added).toMatchObject({ code: 0, stdout: `added n: ${join(directory, 'sub')}\n` });
  const invited = await runCli({ home }, 'invite', 'n', '--role', 'vault', '--expires', '1h');
  expect(invited).toMatchObject({ code: 0, stdout: 'sheaf1abcdefg\n' });
  expect(invited.stderr).toContain('sheaf join TICKET');
  expect(await runCli({ home }, 'invite', 'n', '--ticket')).toMatchObject({ stdout: 'sheaf1abcdefg\n', stderr: '' });
  expect((await runCli({ home }, 'invite', 'n', '--json')).json()).toMatchObject({
    ticket: 'sheaf1abcdefg',
    role: 'writer',
  });
  expect(await runCli({ home }, 'remove', 'n')).toMatchObject({ code: 0, stdout: 'removed photos\n' });
  await runCli({ home }, 'remove', 'n', '--keep-state');
  expect(await runCli({ home }, 'scan', 'n:/a/b/')).toMatchObject({ stdout: '3 directories, 17 entries, 2 changed\n' });
  await runCli({ home }, 'scan');
  await runCli({ home }, 'wait', 'n', '--peer', 'p', '--copies', '2', '--timeout', '1.5m');
  expect(api.calls).toEqual([
    ['add', { path: join(directory, 'sub'), name: 'n', mode: 'send-only', conflicts: 'newest' }],
    ['invite', { folder: 'n', role: 'vault', expiresMs: 3_600_000 }],
    ['invite', { folder: 'n' }],
    ['invite', { folder: 'n' }],
    ['remove', { folder: 'n', keepState: false }],
    ['remove', { folder: 'n', keepState: true }],
    ['scan', { folder: 'n', path: 'a/b' }],
    ['scan', {}],
    ['wait', { folder: 'n', peer: 'p', copies: 2, timeoutMs: 90_000 }],
  ]);
});

test('join goes where it is told, or to the folder’s name here', async () => {
  const { home, api } = await servedHome();
  const directory = await temporaryHome();
  const ticket = ticketFor('photos');
  const named = await runCli({ home, directory }, 'join', ticket);
  expect(named).toMatchObject({ code: 0, stdout: `joined photos: ${join(directory, 'photos')}\n` });
  await runCli({ home, directory, input: `${ticket}\n` }, 'join', '-', 'else', '--mode', 'receive-only');
  expect(api.calls).toEqual([
    ['join', { ticket, path: join(directory, 'photos') }],
    ['join', { ticket, path: join(directory, 'else'), mode: 'receive-only' }],
  ]);
});

test('join asks before it merges, and refuses names and tickets it can’t use', async () => {
  const { home, api } = await servedHome();
  const directory = await temporaryHome();
  await mkdir(join(directory, 'full'));
  await writeFile(join(directory, 'full', 'file'), '');
  const ticket = ticketFor('photos');
  const asked = await runCli({ home, directory }, 'join', ticket, 'full', '--json');
  expect([asked.code, asked.stdout, JSON.parse(asked.stderr).error.code]).toEqual([4, '', 'approval-needed']);
  for (const name of ['..', '.ssh', 'a/b', 'a\u001b[2Jb']) {
    const run = await runCli({ home, directory }, 'join', ticketFor(name));
    expect(run.code).toBe(2);
    expect(run.stderr.trimEnd()).toMatch(EVERYTHING_SAFE);
  }
  expect(await runCli({ home, directory }, 'join', `${ticket.slice(0, -1)}x`)).toMatchObject({ code: 1 });
  expect(await runCli({ home, directory }, 'join', ticket, 'full/file')).toMatchObject({ code: 1 });
  expect(api.calls).toEqual([]);
  expect(await runCli({ home, directory }, 'join', ticket, 'full', '--yes')).toMatchObject({ code: 0 });
});

test('wait says by its exit code whether it was worth it', async () => {
  const inSync = await servedHome();
  expect(await runCli(inSync, 'wait')).toMatchObject({ code: 0, stdout: 'in sync\n', stderr: '' });
  expect(inSync.api.calls).toEqual([['wait', { timeoutMs: 60_000 }]]);
  const missing = await servedHome({ wait: { inSync: false, missing: ['photos: desk has 3 entries to get'] } });
  const late = await runCli(missing, 'wait', '--timeout', '1ms');
  expect(late).toMatchObject({ code: 124, stdout: 'not in sync\n', stderr: '  photos: desk has 3 entries to get\n' });
  const asked = await runCli(missing, 'wait', '--timeout', '0', '--json');
  expect([asked.code, asked.json()]).toEqual([
    3,
    { schema: 1, inSync: false, missing: ['photos: desk has 3 entries to get'] },
  ]);
});

test('status exits with what it found, when asked to', async () => {
  const states = [
    ['in-sync', 0],
    ['waiting', 3],
    ['halted', 4],
  ] as const;
  for (const [state, code] of states) {
    const halt = state === 'halted' ? { code: 'root-missing', message: 'gone' } : null;
    const served = await servedHome({
      status: { schema: 1, device: DEVICE, folders: [{ ...FOLDER_STATUS, state, halt }] },
    });
    expect((await runCli(served, 'status', 'photos')).code).toBe(0);
    expect((await runCli(served, 'status', '--exit-code')).code).toBe(code);
    expect(served.api.calls).toEqual([
      ['status', 'photos'],
      ['status', undefined],
    ]);
  }
});

test('names from elsewhere can’t act on the terminal', async () => {
  const folder = { ...FOLDER, name: HOSTILE_NAME, path: `/${HOSTILE_NAME}` };
  const problems = [{ path: HOSTILE_NAME, code: 'c', message: HOSTILE_NAME }];
  const served = await servedHome({
    folders: [folder],
    devices: [{ ...PEER, name: HOSTILE_NAME, address: HOSTILE_NAME, folders: [HOSTILE_NAME] }],
    status: {
      schema: 1,
      device: { ...DEVICE, name: HOSTILE_NAME },
      folders: [{ ...FOLDER_STATUS, name: HOSTILE_NAME, problems }],
    },
    wait: { inSync: false, missing: [HOSTILE_NAME] },
  });
  const lines = [
    ['folders'],
    ['devices'],
    ['status'],
    ['wait', '--timeout', '0'],
    ['add', '/a', '--name', HOSTILE_NAME],
    [],
  ];
  const runs = lines.flatMap((args) => [runCli(served, ...args), runCli(served, ...args, '--json')]);
  for (const { stdout, stderr } of await Promise.all(runs)) {
    expect(`${stdout}${stderr}`).toContain('owned');
    for (const line of `${stdout}${stderr}`.split('\n')) expect(line).toMatch(EVERYTHING_SAFE);
  }
});

test('failures: a message with a way out, or the same as JSON', async () => {
  const { home } = await servedHome({ failure: new CodedError('unknown-folder', `no folder "${HOSTILE_NAME}"`) });
  const run = await runCli({ home }, 'status', 'x');
  expect([run.code, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(/^sheaf: no folder "a\\u\{1b\}/);
  const json = await runCli({ home }, 'status', 'x', '--json');
  expect([json.code, json.stdout]).toEqual([1, '']);
  expect(JSON.parse(json.stderr)).toEqual({
    schema: 1,
    error: { code: 'unknown-folder', message: `no folder "${HOSTILE_NAME}"` },
  });
});

test('without a daemon', async () => {
  const home = await temporaryHome();
  for (const command of ['id', 'folders', 'devices', 'status', 'wait', 'events']) {
    const run = await runCli({ home }, command);
    expect(run).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `sheaf: no daemon runs for ${home}; "sheaf start" starts it\n`,
    });
  }
  expect(await runCli({ home }, 'stop')).toMatchObject({ code: 0 });
  expect((await runCli({ home }, 'version', '--json')).json()).toMatchObject({ daemon: null });
});

test('with the wrong token', async () => {
  const { home } = await servedHome();
  await writeFile(join(home, 'control.token'), 'A'.repeat(43));
  const run = await runCli({ home }, 'folders', '--json');
  expect([run.code, JSON.parse(run.stderr).error.code]).toEqual([1, 'unauthorized']);
});

test.each([
  [['stat'], 'sheaf help'],
  [['add'], 'sheaf help add'],
  [['add', 'a', 'b'], 'sheaf help add'],
  [['invite', 'x', '--role', 'king'], 'sheaf help invite'],
  [['wait', '--timeout', 'soon'], 'sheaf help wait'],
  [['wait', '--copies', '0'], 'sheaf help wait'],
  [['--wrong'], 'sheaf help'],
])('wrong usage: %j', async (args, help) => {
  const run = await runCli({ home: await temporaryHome() }, ...args);
  expect([run.code, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toMatch(/^sheaf: /);
  expect(run.stderr).toContain(`See "${help}".`);
});

test('options come from the environment, too, and flags can be off there', async () => {
  const { home, api } = await servedHome();
  const environment = { SHEAF_WAIT_TIMEOUT: '5s', SHEAF_WAIT_PEER: 'desk', SHEAF_JSON: 'false' };
  expect(await runCli({ home, environment }, 'wait')).toMatchObject({ stdout: 'in sync\n' });
  await runCli({ home, environment: { SHEAF_REMOVE_KEEP_STATE: '1', SHEAF_WAIT_PEER: '' } }, 'remove', 'n');
  await runCli({ home: '/nonexistent', directory: home }, '--home', home, 'remove', 'n');
  await runCli({ home: '/nonexistent', directory: home }, 'remove', 'n', '--home', home);
  expect(api.calls).toEqual([
    ['wait', { timeoutMs: 5000, peer: 'desk' }],
    ['remove', { folder: 'n', keepState: true }],
    ['remove', { folder: 'n', keepState: false }],
    ['remove', { folder: 'n', keepState: false }],
  ]);
});

test('without a command it says what to do next', async () => {
  const home = await temporaryHome();
  expect((await runCli({ home })).stdout).toContain('sheaf start');
  expect((await runCli(await servedHome({ folders: [] }))).stdout).toContain('sheaf add PATH');
  expect((await runCli(await servedHome({ devices: [] }))).stdout).toContain('sheaf invite photos');
  expect((await runCli(await servedHome())).stdout).toContain('sheaf status');
});
