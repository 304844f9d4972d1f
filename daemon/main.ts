import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toHex } from '../protocol/bytes.ts';
import { CodedError } from '../protocol/errors.ts';
import type { InstanceId } from '../protocol/ids.ts';
import { serveControl } from './control/server.ts';
import type { MergeJob, MergeResult } from './core/merge/merge-jobs.ts';
import type { KeyValueStore } from './effects/key-value-store.ts';
import type { Logger } from './effects/logger.ts';
import type { Network } from './effects/network.ts';
import type { Random } from './effects/random.ts';
import { Daemon } from './engine/daemon.ts';
import { deviceFrom } from './engine/device.ts';
import type { DiskJob, DiskResult } from './engine/disk/jobs.ts';
import { HIDDEN } from './engine/disk/places.ts';
import { createNodeClock } from './node/clock.ts';
import { shrinkAtRest, tuneHeap } from './node/heap.ts';
import { openLevelStore } from './node/key-value-store.ts';
import { createLogger, type LogLevel } from './node/logger.ts';
import { createLibp2pNetwork } from './node/network/libp2p-network.ts';
import { makeDirectory, pathKind, realPath } from './node/paths.ts';
import { createNodeRandom } from './node/random.ts';
import { leaveStopMark, takeStopMark } from './node/stop-mark.ts';
import { packageVersion } from './node/version.ts';
import { countEntries } from './node/watch/count-entries.ts';
import { createWatcher } from './node/watcher.ts';
import { createWorkerPool } from './node/worker-pool.ts';
import { ensureContinuity, rememberStop } from './store/continuity.ts';
import { type DeviceState, loadDevice, saveDevice } from './store/device-state.ts';
import { loadListen, saveListen } from './store/listen.ts';

/** Two read and write side by side; more would only fight over one disk. */
const DISK_WORKERS = 2;
/** A worker without work gives its memory back after this; a disk worker stays, so that an edit is soon noticed. */
const WORKER_IDLE_MS = 30_000;

interface Options {
  readonly home: string;
  readonly listen: readonly string[];
  readonly name: string | undefined;
  readonly discovery: boolean;
  readonly logLevel: LogLevel;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      listen: { type: 'string', multiple: true },
      name: { type: 'string' },
      'no-discovery': { type: 'boolean' },
      'log-level': { type: 'string' },
    },
  });
  if (values.home === undefined) throw new CodedError('usage', 'the daemon needs --home DIR');
  const level = values['log-level'];
  return {
    home: values.home,
    listen: values.listen ?? [],
    name: values.name,
    discovery: values['no-discovery'] !== true,
    logLevel: level === 'debug' || level === 'warn' || level === 'error' ? level : 'info',
  };
}

/** This device's identity, made at the first start. */
async function ensureDevice(store: KeyValueStore, random: Random, name: string | undefined): Promise<DeviceState> {
  const known = loadDevice(store);
  if (known !== undefined && (name === undefined || name === known.name)) return known;
  const device: DeviceState = {
    identitySeed: known?.identitySeed ?? random.bytes(32),
    boxSeed: known?.boxSeed ?? random.bytes(32),
    instance: known?.instance ?? (toHex(random.bytes(16)) as InstanceId),
    name: name ?? hostname().split('.')[0] ?? 'device',
  };
  await saveDevice(store, device);
  return device;
}

/**
 * A network on the addresses asked for; else on the port of the last run, so that others find this device where it was;
 * else on any free port.
 */
async function withListening(
  options: Options,
  store: KeyValueStore,
  make: (listen: readonly string[]) => { readonly daemon: Daemon; readonly network: Network },
): Promise<Daemon> {
  const remembered = loadListen(store);
  const wanted = options.listen.length > 0 ? options.listen : (remembered ?? ANY_PORT);
  const first = make(wanted);
  try {
    await first.daemon.start();
    return await remember(first, store, options);
  } catch (error) {
    const taken = error instanceof CodedError && error.code === 'address-in-use';
    if (!taken || options.listen.length > 0 || remembered === undefined) throw error;
  }
  const second = make(ANY_PORT);
  await second.daemon.start();
  return remember(second, store, options);
}

const ANY_PORT: readonly string[] = ['/ip4/0.0.0.0/tcp/0'];

async function remember(
  made: { readonly daemon: Daemon; readonly network: Network },
  store: KeyValueStore,
  options: Options,
): Promise<Daemon> {
  if (options.listen.length === 0) await saveListen(store, made.network.addresses());
  return made.daemon;
}

/** The state database. Its closing leaves a mark, by which the next run knows that nothing of it was lost. */
async function openStore(home: string, random: Random): Promise<KeyValueStore> {
  const store = await openLevelStore(join(home, 'state'));
  const markPath = join(home, 'stopped');
  await ensureContinuity(store, takeStopMark(markPath), random);
  const close = async (): Promise<void> => {
    await rememberStop(store, leaveStopMark(markPath, toHex(random.bytes(16))));
    await store.close();
  };
  return { ...store, close };
}

async function main(): Promise<void> {
  tuneHeap();
  const options = readOptions();
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const clock = createNodeClock();
  const random = createNodeRandom();
  const logger: Logger = createLogger(options.logLevel, { write: (line) => process.stderr.write(line) }, () =>
    clock.now(),
  );
  const store = await openStore(options.home, random);
  const state = await ensureDevice(store, random, options.name);
  const disk = createWorkerPool<DiskJob, DiskResult>(new URL(`./disk-worker${SUFFIX}`, import.meta.url), DISK_WORKERS, {
    keep: 1,
    idleMs: WORKER_IDLE_MS,
  });
  const merge = createWorkerPool<MergeJob, MergeResult>(new URL(`./merge-worker${SUFFIX}`, import.meta.url), 1, {
    keep: 0,
    idleMs: WORKER_IDLE_MS,
  });
  const daemon = await withListening(options, store, (listen) => {
    const { identitySeed } = state;
    const network = createLibp2pNetwork({ identitySeed, listen, discovery: options.discovery, logger });
    const environment = {
      store,
      network,
      disk,
      merge,
      watcher: createWatcher(),
      clock,
      random,
      logger,
      realPath,
      pathKind,
      makeDirectory,
      segmentBytes: SEGMENT_BYTES,
      countEntries: (path: string, limit: number) => countEntries(path, [HIDDEN], limit),
      version: { version: packageVersion(), node: process.version },
    };
    return { daemon: new Daemon(environment, deviceFrom(state)), network };
  });
  const control = await serveControl({ api: daemon, home: options.home, logger });
  const stopShrinking = shrinkAtRest();
  logger.info('ready', { version: packageVersion(), name: state.name, socket: control.socketPath });
  const signalled = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  await Promise.race([control.stopped, signalled]);
  stopShrinking();
  await daemon.stop();
  await control.close();
  logger.info('stopped');
  process.exit(0);
}

/** A twentieth of a second of reading and hashing: little enough to share workers fairly, much more than the overlap. */
const SEGMENT_BYTES = 64 * 1024 * 1024;

/** Workers run from the same kind of file as this one: source in a checkout, built in a package. */
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sheaf: ${message}\n`);
  if (!(error instanceof CodedError) && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
});
