import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../../cli/process-alive.ts';
import { EVENTUALLY } from '../control/eventually.ts';
import { temporaryHome } from '../control/temporary-home.ts';
import type { Behaviour } from './fake-daemon.ts';
import { type CliOptions, FAKE_LAUNCHER, runCli, startCli } from './run-cli.ts';

async function fakeDaemonAt(behaviour: Behaviour = {}): Promise<CliOptions> {
  const home = await temporaryHome();
  const options: CliOptions = {
    home,
    launcher: FAKE_LAUNCHER,
    environment: { FAKE_DAEMON: JSON.stringify(behaviour) },
  };
  onTestFinished(async () => {
    await runCli(options, 'stop');
  });
  return options;
}

test('start passes its options on, tells who this is, and can be repeated', async () => {
  const options = await fakeDaemonAt();
  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--listen', '/ip6/::1/tcp/0'];
  const first = (await runCli(options, 'start', '--json', '--name', 'me', '--no-discovery', ...listen)).json();
  expect(first).toMatchObject({
    schema: 1,
    started: true,
    name: 'me',
    addresses: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'],
  });
  const again = await runCli(options, 'start', '--json');
  expect([again.code, again.json()]).toEqual([0, { ...first, started: false }]);
  expect((await runCli(options, 'start', '--name', 'other')).stderr).toContain('"sheaf stop" first');
  expect(await readFile(`${options.home}/daemon.log`, 'utf8')).toContain('fake daemon is up');
});

test('stop returns when the process is gone', async () => {
  const options = await fakeDaemonAt();
  const { pid } = (await runCli(options, 'start', '--json')).json();
  expect((await runCli(options, 'stop', '--json')).json()).toEqual({ schema: 1, stopped: true });
  expect(isAlive(Number(pid))).toBe(false);
  expect((await runCli(options, 'stop', '--json')).json()).toEqual({ schema: 1, stopped: false });
});

test('stop takes a daemon that ended before its answer was read for stopped', async () => {
  const options = await fakeDaemonAt({ abrupt: true });
  const { pid } = (await runCli(options, 'start', '--json')).json();
  expect((await runCli(options, 'stop', '--json')).json()).toEqual({ schema: 1, stopped: true });
  expect(isAlive(Number(pid))).toBe(false);
});

test('start takes over from a daemon that was killed', async () => {
  const options = await fakeDaemonAt();
  const { pid } = (await runCli(options, 'start', '--json')).json();
  process.kill(Number(pid), 'SIGKILL');
  await expect.poll(async () => (await runCli(options, 'status')).code, EVENTUALLY).toBe(1);
  const next = (await runCli(options, 'start', '--json')).json();
  expect(next).toMatchObject({ started: true });
  expect(next['pid']).not.toBe(pid);
});

test('start repeats the last words of a daemon that dies', async () => {
  const options = await fakeDaemonAt({ dies: 'the port 4001 is taken\u001b[2J' });
  const run = await runCli(options, 'start');
  expect([run.code, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toContain('sheaf: the daemon did not start: the port 4001 is taken\\u{1b}[2J\n');
});

test('start takes addresses from the environment', async () => {
  const options = await fakeDaemonAt();
  const environment = { ...options.environment, SHEAF_START_LISTEN: '/a,/b /c', SHEAF_START_NO_DISCOVERY: '0' };
  const started = await runCli({ ...options, environment }, 'start', '--json');
  expect(started.json()['addresses']).toEqual(['/a', '/b', '/c', '/discovered']);
});

test('in the foreground it is this process, until a signal', async () => {
  const options = await fakeDaemonAt();
  const child = startCli(options, 'start', '--foreground');
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await expect.poll(async () => (await runCli(options, 'id')).code, EVENTUALLY).toBe(0);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect((await runCli(options, 'id')).code).toBe(1);
});
