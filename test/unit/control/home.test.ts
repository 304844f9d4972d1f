import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ensurePrivateDirectoryInShared } from '../../../daemon/control/private-files.ts';
import { type ControlServer, serveControl } from '../../../daemon/control/server.ts';
import { ensureToken } from '../../../daemon/control/token.ts';
import { createFakeApi } from './fake-api.ts';
import { createQuietLogger } from './quiet-logger.ts';
import { rawRequest } from './raw-request.ts';
import { temporaryHome } from './temporary-home.ts';

async function serveAt(home: string): Promise<ControlServer> {
  const control = await serveControl({ api: createFakeApi(), home, logger: createQuietLogger() });
  onTestFinished(() => control.close());
  return control;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function readRecord(home: string): Promise<{ socket: string; pid: number }> {
  return JSON.parse(await readFile(join(home, 'control.json'), 'utf8')) as { socket: string; pid: number };
}

test('everything in the home is private, also when the home was open before', async () => {
  const home = join(await temporaryHome(), 'state');
  await mkdir(home);
  await chmod(home, 0o755);
  await serveAt(home);
  expect(await modeOf(home)).toBe('700');
  for (const name of ['control.sock', 'control.token', 'control.json'])
    expect(await modeOf(join(home, name))).toBe('600');
});

test('closing leaves the token and nothing else', async () => {
  const home = await temporaryHome();
  const control = await serveAt(home);
  expect(await readRecord(home)).toMatchObject({ socket: join(home, 'control.sock'), pid: process.pid });
  await control.close();
  expect(await readdir(home)).toEqual(['control.token']);
});

test('nobody is answered as long as the record is that of a killed daemon', async () => {
  const home = await temporaryHome();
  const socket = join(home, 'control.sock');
  await writeFile(join(home, 'control.json'), JSON.stringify({ schema: 1, socket, pid: 1 }));
  const serving = serveAt(home);
  let answered = false;
  while (!answered) {
    answered = await rawRequest({ socket }).then(
      () => true,
      () => false,
    );
  }
  expect((await readRecord(home)).pid).toBe(process.pid);
  await serving;
});

test('the token is 256 random bits and outlives the daemon', async () => {
  const home = await temporaryHome();
  const token = await ensureToken(home);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(await ensureToken(home)).toBe(token);
  expect(await ensureToken(await temporaryHome())).not.toBe(token);
});

test('a token that is damaged or was open to others is replaced', async () => {
  const home = await temporaryHome();
  const path = join(home, 'control.token');
  const first = await ensureToken(home);
  await chmod(path, 0o644);
  const second = await ensureToken(home);
  expect(second).not.toBe(first);
  await writeFile(path, second.slice(1));
  const third = await ensureToken(home);
  expect(third).toMatch(/^[\w-]{43}$/);
  expect(third).not.toBe(second);
  expect(await modeOf(path)).toBe('600');
});

test('a home too deep for a socket gets a short, private path', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', await temporaryHome());
  onTestFinished(() => void vi.unstubAllEnvs());
  const home = join(await temporaryHome(), 'a'.repeat(120));
  const control = await serveAt(home);
  expect(Buffer.byteLength(control.socketPath)).toBeLessThanOrEqual(100);
  expect(await modeOf(join(control.socketPath, '..'))).toBe('700');
  expect((await readRecord(home)).socket).toBe(control.socketPath);
  const token = (await readFile(join(home, 'control.token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}` };
  expect((await rawRequest({ socket: control.socketPath, headers })).status).toBe(200);
});

test('a second daemon is refused and does the first no harm', async () => {
  const home = await temporaryHome();
  const { socketPath } = await serveAt(home);
  await expect(serveAt(home)).rejects.toMatchObject({ code: 'already-running' });
  expect((await rawRequest({ socket: socketPath })).status).toBe(401);
  expect((await readRecord(home)).pid).toBe(process.pid);
});

test('a dead daemon’s socket is replaced', async () => {
  const home = await temporaryHome();
  const socketPath = join(home, 'control.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
  expect((await stat(socketPath)).isSocket()).toBe(true);
  await serveAt(home);
  expect((await rawRequest({ socket: socketPath })).status).toBe(401);
});

test('whatever listens on the socket is left alone', async () => {
  const home = await temporaryHome();
  const other = createServer().listen(join(home, 'control.sock'));
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  await expect(serveAt(home)).rejects.toMatchObject({ code: 'already-running' });
  expect(other.listening).toBe(true);
});

test('in a directory that everybody can write to, others’ preparations are refused', async () => {
  const shared = await temporaryHome();
  await mkdir(join(shared, 'open'));
  await chmod(join(shared, 'open'), 0o777);
  await mkdir(join(shared, 'target'), { mode: 0o700 });
  await symlink(join(shared, 'target'), join(shared, 'link'));
  for (const name of ['open', 'link']) {
    await expect(ensurePrivateDirectoryInShared(join(shared, name))).rejects.toMatchObject({
      code: 'home-not-private',
    });
  }
  await ensurePrivateDirectoryInShared(join(shared, 'fresh'));
  expect(await modeOf(join(shared, 'fresh'))).toBe('700');
});
