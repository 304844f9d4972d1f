import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise } from '../support/curious-tree.ts';
import { connected, createWorld, eventually, FOLDER, type TestDaemon } from '../support/daemons.ts';

const LIMIT_MS = 300_000;
const COPY_BYTES = 500_000;
const world = createWorld('reader');
const alice = world.daemon('alice');
const carol = world.daemon('carol');
const a = (...names: readonly string[]): string => join(alice.root, ...names);
const c = (...names: readonly string[]): string => join(carol.root, ...names);
const text = (path: string): string => readFileSync(path, 'utf8');

/** Lets both look at their disks and say so. Their trees differ by what carol did. */
async function meet(): Promise<void> {
  await carol.scan();
  await Promise.all([alice.wait(), carol.wait()]);
}

async function unsent(daemon: TestDaemon): Promise<readonly string[]> {
  return (await daemon.folder()).problems.filter(({ code }) => code === 'not-sent').map(({ path }) => path);
}

/** carol has a copy of a large file already, and a file of her own where alice has another. */
beforeAll(async () => {
  for (const directory of ['kept', 'emptied', 'plain']) mkdirSync(a(directory), { recursive: true });
  for (const name of ['edited', 'deleted', 'renamed', 'gone', 'emptied/old', 'plain/file'])
    writeFileSync(a(...name.split('/')), `${name} by alice`);
  writeFileSync(a('copy'), noise('copy', COPY_BYTES));
  writeFileSync(a('met'), 'met by alice');
  carol.makeRoot();
  writeFileSync(c('copy'), noise('copy', COPY_BYTES));
  writeFileSync(c('met'), 'met by carol');
  await Promise.all([alice.start(), carol.start()]);
  await alice.add();
  const { ticket }: { ticket: string } = JSON.parse(
    await alice.ask(['invite', FOLDER, '--role', 'reader', '--ticket', '--json']),
  );
  await carol.join(ticket);
  await Promise.all([alice.wait(), carol.wait()]);
}, LIMIT_MS);
afterAll(() => world.close(), LIMIT_MS);

const conflictsOf = (name: string): readonly string[] =>
  readdirSync(carol.root).filter((found) => found.startsWith(`${name} (conflict carol`));

it('takes what is there already, and moves aside what is not the same', { timeout: LIMIT_MS }, async () => {
  expect(readFileSync(c('copy')).equals(noise('copy', COPY_BYTES))).toBe(true);
  expect((await alice.folder()).upload.bytesDone).toBeLessThan(COPY_BYTES);
  expect(text(c('met'))).toBe('met by alice');
  const [kept = ''] = conflictsOf('met');
  expect(text(c(kept))).toBe('met by carol');
  expect(await unsent(carol)).toEqual([kept]);
  expect(existsSync(a(kept))).toBe(false);
  rmSync(c(kept));
  await meet();
  expect(await unsent(carol)).toEqual([]);
  expect((await carol.folder()).state).toBe('in-sync');
});

it('keeps what it changes to itself, and says so', { timeout: LIMIT_MS }, async () => {
  appendFileSync(c('edited'), ', then by carol');
  unlinkSync(c('deleted'));
  renameSync(c('renamed'), c('named by carol'));
  mkdirSync(c('own', 'deep'), { recursive: true });
  writeFileSync(c('own', 'deep', 'file'), 'own');
  writeFileSync(c('emptied', 'own'), 'own');
  await meet();
  const expected = ['deleted', 'edited', 'emptied/own', 'named by carol', 'own'];
  expect(await unsent(carol)).toEqual(expected);
  await carol.kill();
  await carol.start();
  await connected(alice, carol);
  await meet();
  expect(await unsent(carol)).toEqual(expected);
  expect(text(a('edited'))).toBe('edited by alice');
  for (const name of ['deleted', 'renamed']) expect(existsSync(a(name))).toBe(true);
  for (const name of ['own', 'named by carol']) expect(existsSync(a(name))).toBe(false);
  expect((await carol.run(['why', c('edited')])).stdout).toContain('not-sent');
  expect(alice.log()).not.toContain('refused a log entry');
});

it('never overwrites that when the others change the same', { timeout: LIMIT_MS }, async () => {
  writeFileSync(a('edited'), 'edited again by alice');
  writeFileSync(a('deleted'), 'deleted again by alice');
  writeFileSync(a('own'), 'own by alice');
  rmSync(a('emptied'), { recursive: true });
  await eventually('carol has it all', () => text(c('own')) === 'own by alice' && existsSync(c('deleted')));
  await meet();
  expect(text(c('edited'))).toBe('edited again by alice');
  expect(conflictsOf('edited').map((name) => text(c(name)))).toEqual(['edited by alice, then by carol']);
  expect(text(c('deleted'))).toBe('deleted again by alice');
  expect(conflictsOf('own').map((name) => text(c(name, 'deep', 'file')))).toEqual(['own']);
  expect(existsSync(c('emptied', 'old'))).toBe(false);
  expect(text(c('emptied', 'own'))).toBe('own');
});

it('keeps a file that it changed and the others deleted', { timeout: LIMIT_MS }, async () => {
  appendFileSync(c('gone'), ', then by carol');
  unlinkSync(a('gone'));
  await meet();
  expect(text(c('gone'))).toBe('gone by alice, then by carol');
  expect(existsSync(a('gone'))).toBe(false);
  expect(await unsent(carol)).toContain('gone');
});

it('loses none of it when it leaves', { timeout: LIMIT_MS }, async () => {
  expect((await unsent(carol)).length).toBeGreaterThan(3);
  expect(await carol.ask(['status'])).toContain('not sent to the others');
  await carol.ask(['remove', FOLDER]);
  expect(text(c('gone'))).toContain('carol');
  expect(text(c('named by carol'))).toBe('renamed by alice');
});
