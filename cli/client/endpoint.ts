import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from '../failure.ts';

/** How to reach the daemon of a state directory. */
export interface Endpoint {
  /** Path of the Unix socket or name of the Windows pipe. */
  readonly socket: string;
  readonly token: string;
  readonly pid: number;
}

export function noDaemon(home: string): CommandFailure {
  return new CommandFailure('no-daemon', `no daemon runs for ${home}; "sheaf start" starts it`);
}

/**
 * Reads what the daemon left in its state directory; it may have died since.
 * @throws CommandFailure 'no-daemon', 'home-unreadable'
 */
export async function readEndpoint(home: string): Promise<Endpoint> {
  try {
    const record = JSON.parse(await readFile(join(home, 'control.json'), 'utf8')) as Partial<Endpoint> | null;
    const token = (await readFile(join(home, 'control.token'), 'utf8')).trim();
    if (typeof record?.socket !== 'string' || typeof record.pid !== 'number') throw noDaemon(home);
    return { socket: record.socket, token, pid: record.pid };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || error instanceof SyntaxError) throw noDaemon(home);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new CommandFailure('home-unreadable', `${home} can't be read; does it belong to another user?`);
    }
    throw error;
  }
}
