import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Hunt, Mutant } from './mutant.ts';
import type { ProjectCopy } from './project-copy.ts';

/** A broken engine may run in a circle. */
const HUNT_MS = 20 * 60_000;

/** What a mutant was caught by. */
export interface Catch {
  /** A check of a world, or 'test'. */
  readonly check: string;
  /** The seed, script or test. */
  readonly where: string;
  /** Worlds lived through by the hunt that saw it; 0 for tests. */
  readonly worlds: number;
  /** The first thing found wrong. */
  readonly violation: string;
}

/** What of vitest's report is read. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Looks for what is wrong in a copy of the project that the mutant has broken. Undefined when nothing is found. */
export async function hunt(copy: ProjectCopy, mutant: Mutant, loud: boolean): Promise<Catch | undefined> {
  for (const each of mutant.hunts) {
    const found = each.kind === 'tests' ? await runTests(copy, each, loud) : await live(copy, mutant, each, loud);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function live(
  copy: ProjectCopy,
  { by }: Mutant,
  each: Exclude<Hunt, { kind: 'tests' }>,
  loud: boolean,
): Promise<Catch | undefined> {
  const worlds = each.kind === 'found' ? each.script : String(each.most);
  const { code, output } = await run(copy, ['test/mutants/hunt-worlds.ts', JSON.stringify(by), worlds], loud);
  if (code !== 0) throw new Error(`the worlds could not be lived through: ${output}`);
  const { lived, check, violation } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as {
    lived: number;
    check?: string;
    violation?: string;
  };
  if (check === undefined || violation === undefined) return undefined;
  return { check, where: each.kind === 'found' ? each.script : `seed ${lived}`, worlds: lived, violation };
}

async function runTests(
  copy: ProjectCopy,
  { file, name }: Extract<Hunt, { kind: 'tests' }>,
  loud: boolean,
): Promise<Catch | undefined> {
  const vitest = join(copy.directory, 'node_modules', 'vitest', 'vitest.mjs');
  const report = join(copy.directory, 'report.json');
  rmSync(report, { force: true });
  const chosen = name === undefined ? [] : ['-t', name];
  const reporter = ['--reporter=json', `--outputFile=${report}`];
  const { output } = await run(copy, [vitest, 'run', '--bail=1', '--no-cache', ...reporter, ...chosen, file], loud);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  // No test at all is a failure too, but none that says anything.
  if (results.every(({ status }) => status === 'skipped')) throw new Error(`no test of ${file} was run: ${output}`);
  const failed = results.find(({ status }) => status === 'failed');
  return failed && { check: 'test', where: file, worlds: 0, violation: failed.fullName };
}

/** Runs node in the copy; resolves with what it prints. */
function run(copy: ProjectCopy, args: readonly string[], loud: boolean): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: copy.directory,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', loud ? 'inherit' : 'ignore'],
    timeout: HUNT_MS,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
