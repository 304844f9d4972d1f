import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PACKAGE_ROOT = join(import.meta.dirname, '../../..');
export const LAUNCHER = join(PACKAGE_ROOT, 'cli/sheaf.js');
export const FAKE_LAUNCHER = fileURLToPath(new URL('./fake-launcher.js', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of stdout; fails when it is not one JSON value. */
  json(): Record<string, unknown>;
}

export interface CliOptions {
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly directory?: string;
  /** What to run: the product's launcher, or the one with the fake daemon. */
  readonly launcher?: string;
}

/** Runs the command line as its own process, with none of this process's SHEAF variables. */
export async function runCli(options: CliOptions, ...args: readonly string[]): Promise<CliRun> {
  const child = startCli(options, ...args);
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

export function startCli(options: CliOptions, ...args: readonly string[]) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SHEAF_|FORCE_COLOR)/.test(name));
  const environment = { ...Object.fromEntries(inherited), SHEAF_HOME: options.home, ...options.environment };
  return spawn(process.execPath, [options.launcher ?? LAUNCHER, ...args], {
    env: environment,
    cwd: options.directory ?? options.home,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
