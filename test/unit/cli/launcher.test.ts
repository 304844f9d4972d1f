import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { EVENTUALLY } from '../control/eventually.ts';
import { temporaryHome } from '../control/temporary-home.ts';
import { type CliOptions, LAUNCHER, runCli, startCli } from './run-cli.ts';
import { servedHome } from './served-home.ts';

/** Makes the launcher, but not the process that it starts, believe that it runs on an old Node. */
const PRETEND = `if (process.env.PRETEND_OLD) {
  delete process.env.PRETEND_OLD;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });
}`;
const OLD_NODE = {
  PRETEND_OLD: '1',
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(PRETEND)}`,
};

/** A package as npm installs it into somebody's project: `dist` without sources, other packages beside it. */
async function installedPackage(main: string): Promise<{ readonly project: string; readonly launcher: string }> {
  const project = await realpath(await temporaryHome());
  const root = join(project, 'node_modules', 'sheaf');
  await mkdir(join(root, 'dist', 'cli'), { recursive: true });
  await mkdir(join(root, 'cli'));
  await cp(LAUNCHER, join(root, 'cli', 'sheaf.js'));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(join(root, 'dist', 'cli', 'main.js'), main);
  return { project, launcher: join(root, 'cli', 'sheaf.js') };
}

test('on an old Node it is the same program: streams, exit code', async () => {
  const served = await servedHome({ wait: { inSync: false, missing: ['desk'] } });
  const options: CliOptions = { ...served, environment: OLD_NODE };
  const run = await runCli(options, 'wait', '--timeout', '0');
  expect(run).toMatchObject({ code: 3, stdout: 'not in sync\n', stderr: '  desk\n' });
  expect((await runCli({ ...options, input: 'no ticket' }, 'join', '-')).stderr).toContain('not a ticket');
});

test('on an old Node signals reach the program', async () => {
  const served = await servedHome();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = startCli({ ...served, environment: OLD_NODE }, 'events');
    const ended = new Promise<unknown>((resolve) => child.once('exit', (code, by) => resolve([code, by])));
    await expect.poll(() => served.api.listeners, EVENTUALLY).toBe(1);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    await expect.poll(() => served.api.listeners, EVENTUALLY).toBe(0);
  }
});

test('an installed package runs its build, on the Node that npm put beside it', async () => {
  const main =
    'export const main = async (argv, launch) => { console.log(JSON.stringify([argv, launch])); return 7; };';
  const { project, launcher } = await installedPackage(main);
  const system = `${process.platform}-${process.arch}`;
  const platform = system === 'darwin-arm64' ? `node-bin-${system}` : `node-${system}`;
  const runtime = join(project, 'node_modules', platform, 'bin', 'node');
  await mkdir(dirname(runtime), { recursive: true });
  await writeFile(join(project, 'node_modules', platform, 'package.json'), '{}');
  await symlink(process.execPath, runtime);
  for (const environment of [{}, OLD_NODE]) {
    const run = await runCli({ home: project, launcher, environment }, 'a', 'b c');
    expect(run.code).toBe(7);
    const packageRoot = join(project, 'node_modules', 'sheaf');
    expect(JSON.parse(run.stdout)).toEqual([
      ['a', 'b c'],
      { packageRoot, runtime, daemonEntry: join(packageRoot, 'dist', 'daemon', 'main.js') },
    ]);
  }
});

test('without any Node that is new enough it says what to do', async () => {
  const { project, launcher } = await installedPackage('throw new Error("must not run")');
  const run = await runCli({ home: project, launcher, environment: OLD_NODE }, 'status');
  expect([run.code, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(/^sheaf: needs Node 22\.18 or newer; this is 20\.1\.0\. Install it/);
});

test('a checkout’s sources are stripped once and again when they change', async () => {
  const root = await realpath(await temporaryHome());
  await mkdir(join(root, 'cli'));
  for (const name of ['sheaf.js', 'stripped-sources.js'])
    await cp(join(dirname(LAUNCHER), name), join(root, 'cli', name));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  const options: CliOptions = { home: root, launcher: join(root, 'cli', 'sheaf.js') };
  for (const said of ['one', 'two and more', 'two and more']) {
    await writeFile(
      join(root, 'cli', 'main.ts'),
      `export const main = async (argv: string[]) => { console.log('${said}' as string); return 0; };`,
    );
    expect(await runCli(options)).toMatchObject({ code: 0, stdout: `${said}\n`, stderr: '' });
  }
});
