import {
  appendFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise } from '../support/curious-tree.ts';
import { createWorld, eventually, settle, share } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const HOLE_BYTES = 8 * 1024 * 1024;
const world = createWorld('programs');
const alice = world.daemon('alice');
const bob = world.daemon('bob');
const at = (name: string): string => join(alice.root, name);
const there = (name: string): string => readFileSync(join(bob.root, name), 'utf8');

/** What programs do to files that others only see as a change, while both daemons run. */
beforeAll(async () => {
  alice.makeRoot();
  for (const name of [
    'vim.txt',
    'code.txt',
    'office.docx',
    'log',
    'log.1',
    'log.2',
    'linked',
    'sly',
    'again',
    'index',
  ]) {
    writeFileSync(at(name), `first of ${name}`);
  }
  linkSync(at('linked'), at('link'));
  utimesSync(at('sly'), 1_600_000_000, 1_600_000_000);
  await share(alice, bob);
  await settle(alice, bob);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

it('carries every way in which editors save, as a new version and nothing else', { timeout: LIMIT_MS }, async () => {
  renameSync(at('vim.txt'), at('vim.txt~'));
  writeFileSync(at('vim.txt'), 'saved by vim');
  unlinkSync(at('vim.txt~'));
  writeFileSync(at('code.txt.tmp'), 'saved by code');
  renameSync(at('code.txt.tmp'), at('code.txt'));
  writeFileSync(at('~$office.docx'), 'lock');
  writeFileSync(at('office.tmp'), 'saved by office');
  renameSync(at('office.docx'), at('old.tmp'));
  renameSync(at('office.tmp'), at('office.docx'));
  unlinkSync(at('old.tmp'));
  unlinkSync(at('~$office.docx'));
  writeFileSync(at('index.lock'), 'saved by git', { flag: 'wx' });
  renameSync(at('index.lock'), at('index'));
  await settle(alice, bob);
  for (const [name, text] of [
    ['vim.txt', 'saved by vim'],
    ['code.txt', 'saved by code'],
    ['office.docx', 'saved by office'],
    ['index', 'saved by git'],
  ] as const) {
    expect(there(name)).toBe(text);
  }
  expect((await bob.folder()).conflicts).toBe(0);
  expect(readdirSync(bob.root).filter((name) => /[~$]|tmp|lock/.test(name))).toEqual([]);
});

it('carries a rotation of logs, and files that are deleted and made again', { timeout: LIMIT_MS }, async () => {
  renameSync(at('log.1'), at('log.2'));
  renameSync(at('log'), at('log.1'));
  writeFileSync(at('log'), 'a new log');
  unlinkSync(at('again'));
  writeFileSync(at('again'), 'first of again');
  for (const text of ['made', 'made again']) {
    writeFileSync(at('short-lived'), text);
    unlinkSync(at('short-lived'));
  }
  writeFileSync(at('short-lived'), 'made for good');
  await settle(alice, bob);
  expect(['log', 'log.1', 'log.2'].map(there)).toEqual(['a new log', 'first of log', 'first of log.1']);
  expect([there('again'), there('short-lived')]).toEqual(['first of again', 'made for good']);
});

it('sees an edit of the same size whose time was put back', { timeout: LIMIT_MS }, async () => {
  writeFileSync(at('sly'), 'other of sly');
  utimesSync(at('sly'), 1_600_000_000, 1_600_000_000);
  await settle(alice, bob);
  expect(there('sly')).toBe('other of sly');
});

it('takes hard links for files of their own, each with what is written through any', {
  timeout: LIMIT_MS,
}, async () => {
  appendFileSync(at('link'), ', and more');
  await settle(alice, bob);
  expect([there('linked'), there('link')]).toEqual(['first of linked, and more', 'first of linked, and more']);
  unlinkSync(at('linked'));
  await settle(alice, bob);
  expect([readdirSync(bob.root).includes('linked'), there('link')]).toEqual([false, 'first of linked, and more']);
  expect(lstatSync(at('link')).nlink).toBe(1);
});

it('publishes nothing of a file that grows but what stands there, and all of it in the end', {
  timeout: LIMIT_MS,
}, async () => {
  for (let line = 0; line < 40; line += 1) {
    appendFileSync(at('growing'), noise(`${line}`, 5000));
    await sleep(10);
  }
  writeFileSync(at('sparse'), 'begins');
  truncateSync(at('sparse'), HOLE_BYTES);
  await settle(alice, bob);
  expect(lstatSync(join(bob.root, 'growing')).size).toBe(40 * 5000);
  expect(lstatSync(join(bob.root, 'sparse')).size).toBe(HOLE_BYTES);
  expect((await alice.folder()).problems).toEqual([]);
});

it('leaves a deleted directory standing as long as it holds what is not synced', { timeout: LIMIT_MS }, async () => {
  mkdirSync(at('directory'));
  writeFileSync(at('directory/synced'), 'synced');
  await settle(alice, bob);
  const odd = Buffer.concat([Buffer.from(join(bob.root, 'directory', 'no text ')), Buffer.from([0xff])]);
  writeFileSync(odd, 'only here');
  rmSync(at('directory'), { recursive: true });
  await eventually('bob says why it stays', async () => {
    const { problems } = await bob.folder();
    return problems.some(({ path, message }) => path === 'directory' && message.includes('does not manage'));
  });
  expect(readFileSync(odd, 'utf8')).toBe('only here');
  expect(readdirSync(join(bob.root, 'directory'))).toHaveLength(1);
  unlinkSync(odd);
  await settle(alice, bob);
  expect(readdirSync(bob.root).includes('directory')).toBe(false);
});

it('shares a directory that is reached through a link as the directory that it is', { timeout: LIMIT_MS }, async () => {
  const real = join(world.directory, 'real');
  mkdirSync(real);
  symlinkSync(real, join(world.directory, 'link to real'));
  await alice.ask(['add', join(world.directory, 'link to real'), '--name', 'linked']);
  expect((await alice.api.folders()).map(({ path }) => path)).toContain(real);
  const again = await alice.run(['add', real, '--name', 'twice']);
  expect([again.code, again.stdout]).toEqual([1, '']);
});
