import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Contender, MakeContender, Restart } from './contender.ts';
import { bytesBelow } from './disk.ts';
import { freePort } from './ports.ts';
import { resetPeakOf, tcpBytesOf, usageOf } from './process-usage.ts';
import { askSyncthing, FOLDER, type SyncthingSide, syncthingConfiguration } from './syncthing-side.ts';

const run = promisify(execFile);
const program = process.env['SYNCTHING'] ?? 'syncthing';
const READY_LIMIT_MS = 120_000;

/** Syncthing with a watch delay of 1 s instead of 10, and without discovery, relays and NAT: loopback only. */
export const makeSyncthing: MakeContender = async ({ directory }): Promise<Contender | { missing: string }> => {
  const version = await run(program, ['--version']).catch(() => undefined);
  if (version === undefined) return { missing: 'syncthing is not installed (SYNCTHING names another program)' };

  const [author, receiver] = [await makeSide(directory, 'source'), await makeSide(directory, 'destination')];
  const daemons = new Map<SyncthingSide, ChildProcess>();
  const launch = (side: SyncthingSide): ChildProcess => {
    const child = startDaemon(side);
    daemons.set(side, child);
    return child;
  };
  const pidOf = (side: SyncthingSide): number | undefined => daemons.get(side)?.pid;

  return {
    name: 'syncthing',
    version: /syncthing v(\S+)/.exec(version.stdout)?.[1] ?? '',
    source: author.root,
    destination: receiver.root,
    async start() {
      for (const side of [author, receiver]) {
        mkdirSync(side.root);
        writeFileSync(join(side.home, 'config.xml'), syncthingConfiguration(side, [author, receiver]));
        launch(side);
      }
      for (const side of [author, receiver]) await whenConnected(side);
    },
    usage: () => [usageOf(pidOf(author)), usageOf(pidOf(receiver))],
    resetPeak() {
      for (const side of [author, receiver]) resetPeakOf(pidOf(side));
    },
    wireBytes() {
      return tcpBytesOf(pidOf(author), [author.apiPort]);
    },
    stateBytes: () => [bytesBelow(author.home), bytesBelow(receiver.home)],
    async restart() {
      await stopDaemon(daemons.get(receiver));
      return restarted(launch(receiver), receiver);
    },
    async stop() {
      await Promise.all([...daemons.values()].map(stopDaemon));
    },
  };
};

async function makeSide(directory: string, name: string): Promise<SyncthingSide> {
  const home = join(directory, `${name} home`);
  mkdirSync(home);
  await run(program, ['generate', `--home=${home}`]);
  const old = await run(program, [`--home=${home}`, '--device-id']).catch(() => undefined);
  const { stdout } = old ?? (await run(program, ['device-id', `--home=${home}`]));
  const id = stdout.trim();
  const root = join(directory, name);
  return { name, home, id, root, syncPort: await freePort(), apiPort: await freePort(), apiKey: `bench-${name}` };
}

function startDaemon(side: SyncthingSide): ChildProcess {
  const environment = { ...process.env, STNOUPGRADE: '1', STNORESTART: '1', HOME: side.home };
  const child = spawn(program, [`--home=${side.home}`, '--no-browser', '--no-restart'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // Its log must flow even while nobody reads it.
  child.stdout.resume();
  return child;
}

async function stopDaemon(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([gone, sleep(15_000).then(() => child.kill('SIGKILL'))]);
  await gone;
}

async function whenConnected(side: SyncthingSide): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += 100) {
    const answer = await askSyncthing(side, '/rest/system/connections').catch(() => undefined);
    const connections: unknown = Reflect.get(Object(answer), 'connections');
    if (Object.values(Object(connections)).some((one) => Reflect.get(Object(one), 'connected') === true)) return;
    await sleep(100);
  }
  throw new Error(`syncthing did not connect in ${READY_LIMIT_MS} ms`);
}

/** Its log says when the first scan of a folder is over; the API can't tell "not begun" from "done". */
async function restarted(child: ChildProcess, side: SyncthingSide): Promise<Restart> {
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const scanned = new Promise<number>((resolve) => {
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Completed initial scan') && log.includes(FOLDER)) resolve(seconds());
    });
  });
  while ((await askSyncthing(side, '/rest/system/ping').catch(() => undefined)) === undefined) await sleep(20);
  return { servingSeconds: seconds(), verifiedSeconds: await scanned };
}
