import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../protocol/local-api.ts';

const launcher = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'cli', 'sheaf.js');
/** How long a daemon may take to let go of everything before it is killed. */
const STOP_LIMIT_MS = 15_000;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One daemon with a home of its own, driven through the command line and nothing else. */
export interface Device {
  readonly name: string;
  readonly home: string;
  /** Runs `sheaf ARGUMENTS` and resolves however it ends. */
  run(args: readonly string[]): Promise<Outcome>;
  /** As `run`, but rejects with what the command said when it did not exit with 0. */
  ask(args: readonly string[]): Promise<string>;
  /** Starts the daemon in the background on a loopback port of its own, without discovery. */
  start(): Promise<void>;
  status(): Promise<Status>;
  /** Stops the daemon, by force when it does not answer; does nothing when there is none. */
  stop(): Promise<void>;
  /** The daemon's process; undefined when there is none, or where /proc can't tell. */
  daemonProcess(): number | undefined;
  /** Ends every command that is still running, as Ctrl-C would. */
  interrupt(): void;
}

/** What `sheaf` is given of this process's environment: no settings of the user's own sheaf. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('SHEAF_'));
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

export function createDevice(name: string, home: string): Device {
  const running = new Set<ChildProcess>();

  const run = (args: readonly string[]): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [launcher, '--home', home, ...args], {
        env: cleanEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      const stdout: string[] = [];
      const stderr: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => void stdout.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => void stderr.push(text));
      child.on('error', reject);
      // 'exit' and not 'close': a daemon started in the background may keep the pipes.
      child.on('exit', (code, signal) => {
        running.delete(child);
        const status = code ?? (signal === 'SIGINT' ? 130 : 1);
        setImmediate(() => resolve({ code: status, stdout: stdout.join(''), stderr: stderr.join('') }));
      });
    });

  const ask = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    if (code !== 0) throw new Error(`${name}: sheaf ${args.join(' ')} ended with ${code}: ${stderr || stdout}`.trim());
    return stdout;
  };

  const daemonProcess = (): number | undefined => findProcess(['daemon/main', home]);

  return {
    name,
    home,
    run,
    ask,
    async start() {
      await ask(['start', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-discovery', '--name', name]);
    },
    async status() {
      const status: Status = JSON.parse(await ask(['status', '--json']));
      return status;
    },
    async stop() {
      const process_ = daemonProcess();
      await run(['stop']);
      for (let waitedMs = 0; daemonProcess() !== undefined && waitedMs < STOP_LIMIT_MS; waitedMs += 50) await sleep(50);
      if (process_ !== undefined && daemonProcess() === process_) process.kill(process_, 'SIGKILL');
    },
    daemonProcess,
    interrupt() {
      for (const child of running) child.kill('SIGINT');
    },
  };
}

/** The process whose command line contains all of the given texts; Linux only. */
function findProcess(texts: readonly string[]): number | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      const commandLine = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (texts.every((text) => commandLine.includes(text))) return Number(entry);
    } catch {
      // Gone since the listing.
    }
  }
  return undefined;
}
