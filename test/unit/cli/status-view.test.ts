import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { Paint } from '../../../cli/status/paint.ts';
import { renderStatus } from '../../../cli/status/view.ts';
import type { FolderStatus, MemberStatus } from '../../../protocol/local-api.ts';
import { DEVICE, FOLDER_STATUS, HOSTILE_NAME } from '../control/fake-api.ts';

const plain: Paint = (_tone, text) => text;

function render(folders: readonly FolderStatus[], columns = 80): readonly string[] {
  return renderStatus({ schema: 1, device: DEVICE, folders }, { columns, paint: plain, problemLimit: 2 });
}

const MEMBER: MemberStatus = {
  device: 'x',
  name: 'nas',
  role: 'vault',
  connected: true,
  inSync: true,
  behindEntries: 0,
};

test('a folder in sync', () => {
  expect(render([FOLDER_STATUS])).toEqual([
    'laptop  12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
    '',
    'photos  in sync',
    '  /srv/photos',
    '  12,345 files, 1 directory, 3.0 GiB',
    '  desk  writer  in sync',
  ]);
});

test('what moves', () => {
  const moving: FolderStatus = {
    ...FOLDER_STATUS,
    state: 'syncing',
    pendingEntries: 1800,
    download: {
      filesDone: 200,
      filesTotal: 2000,
      bytesDone: 3 * 1024 ** 2,
      bytesTotal: 12 * 1024 ** 2,
      bytesPerSecond: 1024 ** 2,
      remainingMs: 9000,
    },
    upload: { bytesPerSecond: 2048, bytesDone: 4096 },
  };
  expect(render([moving])).toEqual(
    expect.arrayContaining([
      'photos  syncing, 1,800 entries to get',
      '  ↓ █████░░░░░░░░░░░░░░░  25%  3.0 MiB of 12.0 MiB, 1.0 MiB/s, 9s left',
      '    200 of 2,000 files',
      '  ↑ 2.0 KiB/s, 4.0 KiB sent',
    ]),
  );
});

test.each([
  [
    'by files when there are no bytes',
    { bytesDone: 0, bytesTotal: 0, filesDone: 1, filesTotal: 4 },
    ' 25%  0 B of 0 B',
  ],
  ['never 100 % before the end', { bytesDone: 9999, bytesTotal: 10_000 }, ' 99%  9.8 KiB of 9.8 KiB'],
  ['without a time that nobody knows', { remainingMs: null }, '0 B/s'],
])('progress is told %s', (_, change, expected) => {
  const download = {
    filesDone: 0,
    filesTotal: 1,
    bytesDone: 0,
    bytesTotal: 1,
    bytesPerSecond: 0,
    remainingMs: null,
    ...change,
  };
  const line = render([{ ...FOLDER_STATUS, state: 'syncing', download }]).find((text) => text.includes('↓'));
  expect(line).toContain(expected);
  expect(line).not.toContain('left');
});

test.each([
  ['starting', {}, 'starting'],
  ['scanning', { pendingDirectories: 1 }, 'scanning, 1 directory to go'],
  ['syncing', {}, 'syncing'],
  ['waiting', { members: [{ ...MEMBER, connected: false }] }, 'waiting: 1 device away'],
  [
    'waiting',
    { pendingEntries: 2, problems: [{ path: 'a', code: 'c', message: 'm' }] },
    'waiting: 1 problem, 2 entries to get',
  ],
  ['halted', { halt: { code: 'root-missing', message: 'the directory is gone' } }, 'halted'],
] as const)('the state %s with %j', (state, change, expected) => {
  const lines = render([{ ...FOLDER_STATUS, ...change, state }]);
  expect(lines[2]).toBe(`photos  ${expected}`);
  if (state === 'halted') expect(lines).toContain('  ! the directory is gone (root-missing)');
});

test.each([
  [{ connected: false, behindEntries: null }, 'away'],
  [{ connected: false, behindEntries: 1200 }, 'away, 1,200 behind when last heard'],
  [{ inSync: false, behindEntries: null }, 'connected'],
  [{ inSync: false, behindEntries: 7 }, '7 behind'],
  [{ inSync: true }, 'in sync'],
])('a member with %j', (change, expected) => {
  expect(render([{ ...FOLDER_STATUS, members: [{ ...MEMBER, ...change }] }]).at(-1)).toBe(`  nas  vault  ${expected}`);
});

test('tells members of one name apart by their ids', () => {
  const members = ['aaaa111111', 'bbbb222222'].map((device) => ({ ...MEMBER, device, inSync: true }));
  const lines = render([{ ...FOLDER_STATUS, members: [...members, { ...MEMBER, name: 'phone' }] }]);
  expect(lines.slice(-3).map((line) => line.trim().split('  ')[0])).toEqual(['nas …111111', 'nas …222222', 'phone']);
});

test('names that this disk can not hold are told of', () => {
  expect(render([{ ...FOLDER_STATUS, aliases: 2 }])).toContain(
    '  2 entries have another name here, "… (alias …)": "sheaf why PATH" tells why',
  );
  expect(render([FOLDER_STATUS]).join('\n')).not.toContain('alias');
});

test('problems: the first ones in full, the others counted', () => {
  const problems = ['a', 'b', 'c', 'd'].map((path) => ({ path, code: 'c', message: 'permission denied' }));
  expect(render([{ ...FOLDER_STATUS, problems, conflicts: 1 }]).slice(-4)).toEqual([
    '  ! 1 conflict',
    '  ! a: permission denied',
    '  ! b: permission denied',
    '  ! and 2 more problems; --json lists all',
  ]);
});

test('no line is wider than the terminal and none holds what a terminal would act on', () => {
  const name = `${HOSTILE_NAME}漢字${'x'.repeat(100)}`;
  const download = {
    filesDone: 123_456,
    filesTotal: 1_234_567,
    bytesDone: 998 * 1024 ** 3,
    bytesTotal: 999 * 1024 ** 3,
    bytesPerSecond: 998 * 1024 ** 2,
    remainingMs: 46_799_000,
  };
  const folder: FolderStatus = {
    ...FOLDER_STATUS,
    name,
    path: `/${name}`,
    state: 'waiting',
    pendingEntries: 123_456,
    halt: { code: 'c', message: `${name} ${name}` },
    problems: [{ path: name, code: 'c', message: name }],
    download,
    upload: { bytesPerSecond: 1, bytesDone: 1 },
    members: [{ ...MEMBER, name, connected: false, behindEntries: 123_456 }],
  };
  const device = { ...DEVICE, name };
  for (const columns of [20, 40, 66, 80, 200]) {
    const lines = renderStatus(
      { schema: 1, device, folders: [folder, folder] },
      { columns, paint: plain, problemLimit: 9 },
    );
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(stringWidth(line), `at ${columns}: ${line}`).toBeLessThanOrEqual(Math.max(columns, 40));
    }
  }
  const bar = render([folder]).find((line) => line.includes('↓'));
  expect(bar).toContain('12h 59m left');
});
