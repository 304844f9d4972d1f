import { spawn } from 'node:child_process';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VersionInfo } from '../protocol/local-api.ts';
import type { ApiClient } from './client/api-client.ts';
import type { Context } from './context.ts';
import { CommandFailure } from './failure.ts';
import { isAlive } from './process-alive.ts';

/**
 * glibc keeps freed memory apart for each thread; with two arenas the threads share it. (V8's own flags for a small heap
 * were tried and cost more processor time than they saved memory.)
 */
function daemonEnvironment(): NodeJS.ProcessEnv {
  return {
    MALLOC_ARENA_MAX: '2',
    ...process.env,
  };
}

/** At start a longer log is put aside as `daemon.log.1`, over the one before. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const POLL_MS = 50;
/** A large database may take its time to open; nothing is lost when we stop watching. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** A killed daemon's socket stays open until the last of its threads is gone. */
const ENDING_MS = 5000;
const LAST_WORDS_LINES = 10;
const LAST_WORDS_BYTES = 16 * 1024;

/** Undefined when nobody serves this home. One that ends while it is asked is asked again, until it is gone. */
export async function runningDaemon(client: ApiClient): Promise<VersionInfo | undefined> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    try {
      return await client.version();
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      if (error.code === 'no-daemon') return undefined;
      if (error.code !== 'connection-lost' || waitedMs >= ENDING_MS) throw error;
    }
    await delay(POLL_MS);
  }
}

/** Runs the daemon in this process's place, on its streams; returns its exit code once it has ended. */
export function runInForeground(context: Context, daemonArguments: readonly string[]): Promise<number> {
  const { runtime, daemonEntry } = context.launch;
  const child = spawn(runtime, [daemonEntry, ...daemonArguments], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: daemonEnvironment(),
  });
  // A terminal's Ctrl-C reaches the daemon by itself; this process has to outlive it to pass its exit code on.
  const forward = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGTERM' || process.stdin.isTTY !== true) child.kill(signal);
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * Starts the daemon on its own, with its output in `<home>/daemon.log`, and waits until it answers.
 * @throws CommandFailure 'start-failed' with the daemon's last words
 */
export async function startInBackground(context: Context, daemonArguments: readonly string[]): Promise<number> {
  const { runtime, daemonEntry } = context.launch;
  await mkdir(context.home, { recursive: true, mode: 0o700 });
  const logPath = join(context.home, 'daemon.log');
  const logStart = await rotateLog(logPath);
  const log = await open(logPath, 'a', 0o600);
  const child = spawn(runtime, [daemonEntry, ...daemonArguments], {
    env: daemonEnvironment(),
    detached: true,
    windowsHide: true,
    // Not the caller's directory, which could then not be unmounted or removed.
    cwd: context.home,
    stdio: ['ignore', log.fd, log.fd],
  });
  let ended = false;
  let failure = '';
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', (error) => {
    ended = true;
    failure = error.message;
  });
  child.unref();
  try {
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (await answers(context.client)) return await context.client.processId();
      if (ended) throw startFailed(failure || (await lastWords(logPath, logStart)), logPath);
      await delay(POLL_MS);
    }
  } finally {
    await log.close();
  }
  throw startFailed(`it did not answer within ${START_TIMEOUT_MS / 1000} s and may still be starting`, logPath);
}

/** A daemon that dies while it is asked has not answered; why it died is in its log. */
async function answers(client: ApiClient): Promise<boolean> {
  try {
    return (await runningDaemon(client)) !== undefined;
  } catch (error) {
    if (error instanceof CommandFailure && error.code === 'connection-lost') return false;
    throw error;
  }
}

function startFailed(why: string, logPath: string): CommandFailure {
  const words = why.trim().replace(/^sheaf: /, '');
  return new CommandFailure(
    'start-failed',
    `the daemon did not start: ${words || 'it said nothing'}\n(log: ${logPath})`,
  );
}

/** Returns where in the log the next run's lines begin. */
async function rotateLog(path: string): Promise<number> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(path, `${path}.1`);
  return 0;
}

/** The message that the daemon ended with, or else its last lines. */
async function lastWords(path: string, start: number): Promise<string> {
  const file = await open(path);
  try {
    const from = Math.max(start, (await file.stat()).size - LAST_WORDS_BYTES);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LAST_WORDS_BYTES), position: from });
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
    const message = lines.findLastIndex((line) => line.startsWith('sheaf: '));
    return (message < 0 ? lines.slice(-LAST_WORDS_LINES) : lines.slice(message)).join('\n');
  } finally {
    await file.close();
  }
}

/** @throws CommandFailure 'still-stopping' */
export async function waitUntilGone(pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (!isAlive(pid)) return;
    await delay(POLL_MS);
  }
  throw new CommandFailure(
    'still-stopping',
    `the daemon (process ${pid}) is still busy ending after ${STOP_TIMEOUT_MS / 1000} s`,
  );
}
