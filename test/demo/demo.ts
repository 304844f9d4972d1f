// `npm run demo`: two devices on this machine, driven through the command line as a user would. It shares a copy of
// this project's node_modules, changes both sides, and compares both directories itself after each step.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareTrees, describeDifferences } from '../support/compare-trees.ts';
import { createDevice, type Device } from '../support/device.ts';
import { changes } from './changes.ts';
import { formatBytes, showProgress } from './watch-progress.ts';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules');
const FOLDER = 'project';
/** Far more than a slow machine needs; a demo that hangs should say so. */
const WAIT_LIMIT = '600s';

interface Step {
  readonly title: string;
  readonly seconds: number;
}

const steps: Step[] = [];
let interrupted = false;

async function step<Result>(title: string, work: () => Promise<Result> | Result): Promise<Result> {
  // Blocking work delays the signal's handler until here.
  await new Promise(setImmediate);
  if (interrupted) throw new Error('interrupted');
  console.log(`\n▸ ${title}`);
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  steps.push({ title, seconds });
  console.log(`    ${seconds.toFixed(1)} s`);
  return result;
}

/** Waits until both devices say that they are in sync, showing what the second receives meanwhile. */
async function settle(devices: readonly Device[], watched: Device): Promise<void> {
  const waiting = Promise.all(devices.map((device) => device.ask(['wait', FOLDER, '--timeout', WAIT_LIMIT])));
  await showProgress(watched, waiting);
  await waiting;
}

/** Compares both roots path by path; throws when they differ. Directory mtimes are not synced, all else counts. */
function verify(left: string, right: string): void {
  const comparison = compareTrees(left, right);
  if (comparison.differences.length > 0) {
    throw new Error(`the directories differ:\n${describeDifferences(comparison)}`);
  }
  const { files, directories, symlinks, bytes } = comparison;
  console.log(
    `    equal: ${files} files, ${directories} directories, ${symlinks} symlinks, ${formatBytes(bytes)}: ` +
      'names, bytes, executable bits, link targets, times',
  );
}

/** Leaves out the caches that tools keep in node_modules and may write to meanwhile. */
function isPackage(path: string): boolean {
  return !/[\\/]node_modules[\\/]\.(?!bin|package-lock)/.test(path);
}

async function demonstrate(directory: string, laptop: Device, desktop: Device): Promise<void> {
  const left = join(directory, 'laptop files', FOLDER);
  const right = join(directory, 'desktop files', FOLDER);
  mkdirSync(dirname(left), { recursive: true });
  mkdirSync(dirname(right), { recursive: true });

  await step('Copying node_modules, so that the checkout stays as it is', () =>
    cpSync(source, left, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true, filter: isPackage }),
  );
  await step('sheaf start, on both devices', async () => {
    await laptop.start();
    await desktop.start();
  });
  const ticket = await step('sheaf add and sheaf invite, on the laptop', async () => {
    await laptop.ask(['add', left, '--name', FOLDER]);
    const invite: { ticket: string } = JSON.parse(await laptop.ask(['invite', FOLDER, '--ticket', '--json']));
    return invite.ticket;
  });
  await step('sheaf join, on the desktop, until sheaf wait says in sync', async () => {
    await desktop.ask(['join', ticket, right, '--yes']);
    await settle([laptop, desktop], desktop);
  });
  await step('Comparing both directories', () => verify(left, right));

  await step('Changing both sides at once', () => {
    for (const change of changes) {
      console.log(`    ${change.where} ${change.what}`);
      change.make(change.where === 'laptop' ? left : right);
    }
  });
  await step('sheaf scan and sheaf wait', async () => {
    await Promise.all([laptop.ask(['scan', FOLDER]), desktop.ask(['scan', FOLDER])]);
    await settle([laptop, desktop], desktop);
  });
  await step('Comparing again', () => verify(left, right));
}

function summarise(): void {
  console.log('\nDone. Both devices hold the same.');
  for (const { title, seconds } of steps) console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${title}`);
}

async function main(): Promise<number> {
  if (!existsSync(source)) {
    console.error('sheaf demo: no node_modules to share; run npm ci first');
    return 1;
  }
  const directory = mkdtempSync(join(tmpdir(), 'sheaf-demo-'));
  const devices = ['laptop', 'desktop'].map((name) => createDevice(name, join(directory, `${name} home`)));
  const [laptop, desktop] = devices;
  if (laptop === undefined || desktop === undefined) throw new Error('two devices were made above');

  const interrupt = (): void => {
    interrupted = true;
    for (const device of devices) device.interrupt();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    console.log(`Two devices on this machine, everything in ${directory}`);
    await demonstrate(directory, laptop, desktop);
    summarise();
    return 0;
  } catch (error) {
    if (interrupted) console.error('\nsheaf demo: interrupted');
    else console.error(`\nsheaf demo: ${error instanceof Error ? error.message : error}`);
    return interrupted ? 130 : 1;
  } finally {
    await Promise.all(devices.map((device) => device.stop()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    console.log('Daemons stopped, directory removed.');
  }
}

process.exitCode = await main();
