import { createHash } from 'node:crypto';
import { lstat, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../protocol/errors.ts';
import { ensurePrivateDirectoryInShared, replacePrivateFile } from './private-files.ts';

const RECORD_FILE = 'control.json';
const RECORD_SCHEMA = 1;
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero; a longer one is cut without a word. */
const SOCKET_PATH_LIMIT_BYTES = 100;

/** What `<home>/control.json` tells clients. */
export interface EndpointRecord {
  readonly schema: number;
  /** Path of the Unix socket or name of the Windows pipe. */
  readonly socket: string;
  readonly pid: number;
}

/**
 * Where this home's socket belongs: in the home, or, when that path is too long for a socket, in a directory of this
 * user's below XDG_RUNTIME_DIR or the temporary directory, under a hash of the home.
 * @throws CodedError 'home-path-too-long', 'home-not-private'
 */
export async function chooseSocket(home: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sheaf-${hashOf(home.toLowerCase())}`;
  const inHome = join(home, 'control.sock');
  if (fits(inHome)) return inHome;
  const directory = join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), `sheaf-${userInfo().uid}`);
  const short = join(directory, `${hashOf(home)}.sock`);
  if (!fits(short)) {
    throw new CodedError(
      'home-path-too-long',
      `${home} is too long for a socket, and so is ${directory}; use a shorter --home`,
    );
  }
  await ensurePrivateDirectoryInShared(directory);
  return short;
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_LIMIT_BYTES;
}

function hashOf(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 32);
}

/**
 * Removes what a dead daemon left at `socket`. The database's lock is what finally keeps two daemons out of one home;
 * this is what gives the second one a clear message, and never takes a living daemon's socket away.
 * @throws CodedError 'already-running'
 */
export async function clearStaleSocket(socket: string, home: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = await inodeOf(socket);
  if (found === undefined) return;
  if (await answers(socket)) throw await alreadyRunning(home);
  // Another daemon may have replaced it since it refused us.
  if ((await inodeOf(socket)) === found) await rm(socket, { force: true });
}

export async function alreadyRunning(home: string): Promise<CodedError> {
  const pid = (await readRecord(home))?.pid;
  const process = pid === undefined ? '' : ` (process ${pid})`;
  return new CodedError('already-running', `a daemon already runs for ${home}${process}; "sheaf stop" ends it`);
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await lstat(path, { bigint: true })).ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    // A full backlog (EAGAIN) is a living daemon too; only these two say that nobody listens.
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

export async function writeRecord(home: string, socket: string): Promise<void> {
  const record: EndpointRecord = { schema: RECORD_SCHEMA, socket, pid: process.pid };
  await replacePrivateFile(join(home, RECORD_FILE), `${JSON.stringify(record)}\n`);
}

/** Only our own: a daemon that started after us keeps its record. */
export async function removeRecord(home: string): Promise<void> {
  if ((await readRecord(home))?.pid === process.pid) await rm(join(home, RECORD_FILE), { force: true });
}

async function readRecord(home: string): Promise<EndpointRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(home, RECORD_FILE), 'utf8')) as Partial<EndpointRecord> | null;
    if (typeof record?.pid !== 'number' || typeof record.socket !== 'string') return undefined;
    return { schema: RECORD_SCHEMA, socket: record.socket, pid: record.pid };
  } catch {
    return undefined;
  }
}
