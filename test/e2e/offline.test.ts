import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connected, createWorld, eventually, settle, share } from '../support/daemons.ts';
import { CASES, contentsOf, type Sides } from '../support/offline-cases.ts';

const LIMIT_MS = 300_000;
const world = createWorld('offline');
const alice = world.daemon('alice');
const bob = world.daemon('bob');

const sides: readonly Sides[] = CASES.map((_, index) => {
  const inside =
    (root: string) =>
    (...names: readonly string[]): string =>
      join(root, `case ${index}`, ...names);
  return { a: inside(alice.root), b: inside(bob.root) };
});

/** Each device works on its own while the other is stopped, and has said all it has to say before they meet. */
beforeAll(async () => {
  alice.makeRoot();
  for (const [index, { before }] of CASES.entries()) {
    const at = sides[index];
    if (at === undefined) continue;
    mkdirSync(at.a());
    before(at.a);
  }
  await share(alice, bob);
  await settle(alice, bob);
  await bob.stop();
  for (const [index, { apart }] of CASES.entries()) {
    const at = sides[index];
    if (at !== undefined) apart(at);
  }
  await alice.scan();
  await alice.stop();
  await bob.start();
  await eventually('bob has looked at his disk', async () => (await bob.folder()).state === 'waiting');
  await bob.scan();
  await alice.start();
  await connected(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it.each(CASES.map(({ title }, index) => [title, index] as const))('%s', (_, index) => {
  const { after } = CASES[index] ?? {};
  const at = sides[index];
  if (after === undefined || at === undefined) throw new Error('a case without an index');
  // Both trees were compared before: what holds on one side holds on the other.
  if (typeof after === 'function') after(at.a);
  else expect(contentsOf(at.a())).toEqual(after);
});

it('loses no file to a cycle of moves', () => {
  const all = Object.entries(contentsOf(alice.root)).filter(([path]) => path.endsWith('/inside'));
  expect(all.map(([, text]) => text).sort()).toEqual(['one', 'two']);
});

it('is told by the log, who did what to which name', { timeout: LIMIT_MS }, async () => {
  const lines = (await bob.api.log({ limit: 10_000 })).map(({ device, action, path, from, author }) => {
    const to = from === null ? path : `${from} -> ${path}`;
    return `${device} ${action} ${to.replaceAll(/ [0-9a-f]{8}\)/g, ')')}${author === null ? '' : ` of ${author}`}`;
  });
  for (const told of [
    'alice edited case 0/file.txt',
    'bob edited case 0/file.txt',
    'bob deleted case 2/edited by alice',
    'alice renamed case 4/old -> case 4/new',
    'bob edited case 4/new/inner/file',
    'alice renamed case 6/file -> case 6/by alice',
    'bob renamed case 6/file -> case 6/by bob',
    'alice renamed case 7/file -> case 7/renamed',
    'bob deleted case 7/file',
    'bob deleted case 8/directory',
    'alice created case 8/directory/new',
  ]) {
    expect(lines.filter((line) => line === told)).toHaveLength(1);
  }
  // What no person did: whichever of the two noticed first is told, once.
  for (const noticed of [
    'settled case 0/file.txt of alice',
    'conflict-copy case 0/file (conflict bob).txt of bob',
    'conflict-copy case 11/new (conflict alice).txt of alice',
    'conflict-copy case 14/both -> case 14/both (conflict alice)',
  ]) {
    expect(lines.filter((line) => line.endsWith(` ${noticed}`))).toHaveLength(1);
  }
  expect(lines.at(-1)).toMatch(/^alice created /);
});

it('is found in the log by any name that it ever had, by device and by time', { timeout: LIMIT_MS }, async () => {
  const said = await alice.ask(['log', 'shared', '--path', 'case 5/old']);
  expect(
    said
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^.* {2}/, '')),
  ).toEqual(['WHAT', 'edited case 5/new (6 B)', 'renamed case 5/old to case 5/new', 'created case 5/old (5 B)']);
  const names = await alice.api.log({ path: 'case 5', by: 'bob', limit: 10_000 });
  expect(names.map(({ action, path, ours }) => [action, path, ours])).toEqual([['edited', 'case 5/new', false]]);
  expect(await alice.api.log({ since: '2999-01-01T00:00:00.000Z', limit: 1 })).toEqual([]);
  expect(await alice.api.log({ since: '2001-01-01T00:00:00.000Z', limit: 3 })).toHaveLength(3);
  expect((await alice.run(['log', '--by', 'carol'])).stderr).toContain('no folder here has a member carol');
});

it('is explained: what was merged, and that it is in sync now', { timeout: LIMIT_MS }, async () => {
  const listed = (await alice.api.conflicts({})).map(({ path, inCopy }) => [path, inCopy.device]);
  expect(listed).toEqual([
    ['case 0/file.txt', 'bob'],
    ['case 11/new.txt', 'alice'],
    ['case 14/both', 'alice'],
  ]);
  for (const { copy } of await alice.api.conflicts({})) {
    const why = await alice.api.why({ path: join(alice.root, copy) });
    expect([why.inSync, why.reasons.map(({ code }) => code)]).toEqual([true, ['conflict-copy']]);
  }
  for (const path of ['case 2/edited by bob', 'case 4/new/inner/file', 'case 7/renamed', 'case 8/directory/new']) {
    await eventually(
      'alice knows that bob has it',
      async () => (await alice.api.why({ path: join(alice.root, path) })).inSync,
    );
  }
});

it(
  'settles: what was merged is not merged again',
  async () => {
    await bob.kill();
    await bob.start();
    await connected(alice, bob);
    await settle(alice, bob);
    const folders = await Promise.all([alice.folder(), bob.folder()]);
    for (const folder of folders) expect(folder.problems).toEqual([]);
  },
  LIMIT_MS,
);
