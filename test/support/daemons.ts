import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '../../cli/client/api-client.ts';
import { isAlive } from '../../cli/process-alive.ts';
import type { FolderStatus } from '../../protocol/local-api.ts';
import { compareTrees, describeDifferences } from './compare-trees.ts';
import { createDevice, type Outcome } from './device.ts';

/** What the shared folder is called on every device of a test. */
export const FOLDER = 'shared';
/** Far more than a loaded machine needs: a test that hangs should say what it waited for. */
export const WAIT_LIMIT = '120s';
const LOOPBACK = '/ip4/127.0.0.1/tcp/0';
const POLL_MS = 25;
const EVENTUALLY_MS = 120_000;
const LOG_LINES = 20;

/** A real daemon as a process with a home of its own, driven through the command line. */
export interface TestDaemon {
  readonly name: string;
  readonly home: string;
  /** Where its copy of the folder lives; its parent exists, itself not before `makeRoot`, `share` or `join`. */
  readonly root: string;
  /** The local API, for what is asked often. */
  readonly api: ApiClient;
  /** Runs `sheaf ARGUMENTS` for this home and resolves however it ends. */
  run(args: readonly string[]): Promise<Outcome>;
  /** As `run`, but rejects with what the command said when it did not exit with 0. */
  ask(args: readonly string[]): Promise<string>;
  /** Starts it without discovery, on the address of its last run (the first time on any loopback port) or on `listen`. */
  start(listen?: string): Promise<void>;
  /** `sheaf stop`: returns when the process is gone. */
  stop(): Promise<void>;
  /** kill -9; returns when the process is gone. Does nothing when it does not run. */
  kill(): Promise<void>;
  /** Process id of the last start. Throws before the first. */
  pid(): number;
  /** Its first address, such as /ip4/127.0.0.1/tcp/40001. Throws before the first start. */
  address(): string;
  makeRoot(): void;
  /** `sheaf add` of the root, made when missing. */
  add(): Promise<void>;
  /** `sheaf invite --ticket` */
  invite(): Promise<string>;
  /** `sheaf join --yes` into the root. */
  join(ticket: string): Promise<void>;
  /** `sheaf scan` of the folder. */
  scan(): Promise<void>;
  /** `sheaf wait`; rejects unless it exits with 0. */
  wait(...args: readonly string[]): Promise<void>;
  folder(): Promise<FolderStatus>;
  /** All it has logged since its home was made. */
  log(): string;
  /** Status and the last lines of the log, for the message of a failure. */
  describe(): Promise<string>;
}

/** The daemons of one test file, and the directory that holds all that is theirs. */
export interface World {
  readonly directory: string;
  daemon(name: string): TestDaemon;
  /** Kills what runs and removes the directory. Also happens when the test process ends without it. */
  close(): Promise<void>;
}

export function createWorld(label: string): World {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), `sheaf-${label}-`)));
  const made: { readonly daemon: TestDaemon; killNow(): void }[] = [];
  const killAll = (): void => {
    for (const { killNow } of made) killNow();
  };
  process.once('exit', killAll);
  return {
    directory,
    daemon(name) {
      mkdirSync(join(directory, name));
      const one = createDaemon(name, join(directory, name, 'home'), join(directory, name, FOLDER));
      made.push(one);
      return one.daemon;
    },
    async close() {
      await Promise.all(made.map(({ daemon }) => daemon.kill()));
      killAll();
      process.removeListener('exit', killAll);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function createDaemon(name: string, home: string, root: string): { readonly daemon: TestDaemon; killNow(): void } {
  const device = createDevice(name, home);
  const api = createApiClient(home);
  let pid: number | undefined;
  let address: string | undefined;

  const killNow = (): void => {
    // One that was killed in the middle of its start is known by its command line only.
    for (const one of new Set([pid, device.daemonProcess()])) if (one !== undefined) killProcess(one);
  };
  const folder = async (): Promise<FolderStatus> => {
    const status = (await api.status(FOLDER)).folders[0];
    if (status === undefined) throw new Error(`${name} has no folder ${FOLDER}`);
    return status;
  };
  const log = (): string => {
    try {
      return readFileSync(join(home, 'daemon.log'), 'utf8');
    } catch {
      return '';
    }
  };
  const describe = async (): Promise<string> => {
    const status = await folder().then(JSON.stringify, String);
    return `${name}: ${status}\n${log().split('\n').slice(-LOG_LINES).join('\n')}`;
  };
  const daemon: TestDaemon = {
    name,
    home,
    root,
    api,
    run: device.run,
    ask: device.ask,
    async start(listen) {
      const where = listen ?? address ?? LOOPBACK;
      const answer = await device.ask(['start', '--json', '--listen', where, '--no-discovery', '--name', name]);
      const started: { pid: number; addresses: readonly string[] } = JSON.parse(answer);
      pid = started.pid;
      address = started.addresses[0];
    },
    async stop() {
      await device.ask(['stop']);
      pid = undefined;
    },
    async kill() {
      const victims = [pid, device.daemonProcess()].filter((one) => one !== undefined);
      killNow();
      for (const victim of victims) while (isAlive(victim)) await sleep(5);
      pid = undefined;
    },
    pid: () => must(pid, `${name} does not run`),
    address: () => must(address, `${name} was never started`),
    makeRoot: () => void mkdirSync(root, { recursive: true }),
    async add() {
      mkdirSync(root, { recursive: true });
      await device.ask(['add', root, '--name', FOLDER]);
    },
    async invite() {
      const invite: { ticket: string } = JSON.parse(await device.ask(['invite', FOLDER, '--ticket', '--json']));
      return invite.ticket;
    },
    async join(ticket) {
      await device.ask(['join', ticket, root, '--name', FOLDER, '--yes']);
    },
    async scan() {
      await device.ask(['scan', FOLDER]);
    },
    async wait(...args) {
      const { code, stdout, stderr } = await device.run(['wait', FOLDER, '--timeout', WAIT_LIMIT, ...args]);
      if (code !== 0) throw new Error(`${name}: wait ended with ${code}: ${stdout}${stderr}\n${await describe()}`);
    },
    describe,
    folder,
    log,
  };
  return { daemon, killNow };
}

function must<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise);
  return value;
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Shares the first daemon's root with the others, each joining by the first one's ticket. All run afterwards. */
export async function share(first: TestDaemon, ...others: readonly TestDaemon[]): Promise<void> {
  await Promise.all([first, ...others].map((daemon) => daemon.start()));
  await first.add();
  for (const other of others) await other.join(await first.invite());
}

/** Waits on every daemon until it says in sync, then compares every root with the first one's. Throws when they differ. */
export async function settle(first: TestDaemon, ...others: readonly TestDaemon[]): Promise<void> {
  const all = [first, ...others];
  const waits = await Promise.allSettled(all.map((daemon) => daemon.wait()));
  const failed = waits.flatMap((wait) => (wait.status === 'rejected' ? [String(wait.reason)] : []));
  if (failed.length > 0)
    throw new Error([...failed, ...(await Promise.all(all.map((daemon) => daemon.describe())))].join('\n\n'));
  for (const other of others) expectEqualTrees(first, other);
}

export function expectEqualTrees(left: TestDaemon, right: TestDaemon): void {
  const comparison = compareTrees(left.root, right.root);
  if (comparison.differences.length === 0) return;
  throw new Error(`${left.name} and ${right.name} differ:\n${describeDifferences(comparison)}`);
}

/** Asks until the answer is true; throws with `what` when that takes too long. A question that fails is a no. */
export async function eventually(what: string, question: () => Promise<boolean> | boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < EVENTUALLY_MS; waitedMs += POLL_MS) {
    try {
      if (await question()) return;
    } catch {
      // A daemon that is just starting or stopping does not answer.
    }
    await sleep(POLL_MS);
  }
  throw new Error(`did not happen: ${what}`);
}

/** Until both are connected with each other on this folder. */
export async function connected(...daemons: readonly TestDaemon[]): Promise<void> {
  for (const daemon of daemons) {
    await eventually(`${daemon.name} is connected`, async () =>
      (await daemon.folder()).members.every((member) => member.connected),
    );
  }
}
