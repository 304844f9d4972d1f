import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The state directory when none is given: XDG_STATE_HOME (https://specifications.freedesktop.org/basedir-spec/) on
 * Linux and other Unixes, Application Support on macOS, LOCALAPPDATA on Windows.
 */
export function defaultHome(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string {
  const user = homedir();
  if (platform === 'darwin') return join(user, 'Library', 'Application Support', 'sheaf');
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] || join(user, 'AppData', 'Local'), 'sheaf');
  return join(environment['XDG_STATE_HOME'] || join(user, '.local', 'state'), 'sheaf');
}

export function chooseHome(given: string | undefined): string {
  return given === undefined || given === '' ? defaultHome(process.platform, process.env) : resolve(given);
}
