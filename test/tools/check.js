// `npm test`: every check of the project, one after the other, whatever fails; then one line that counts them.
// With names as arguments only those checks run: types, style, dead-code, tests.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPinned } from './pinned.js';

/** Folders with a tsconfig of their own, which takes the platform's globals and modules away from them. */
const pureFolders = ['protocol', 'daemon/core', 'daemon/effects', 'daemon/store', 'daemon/engine'];

const checks = {
  types: async () => {
    const codes = [await runPinned('tsc', ['--noEmit', '-p', '.'])];
    for (const folder of pureFolders) codes.push(await runPinned('tsc', ['--noEmit', '-p', folder]));
    return { passed: codes.filter((code) => code === 0).length, failed: codes.filter((code) => code !== 0).length };
  },
  style: async () => verdict(await runPinned('biome', ['check', '--error-on-warnings', '.'])),
  'dead-code': async () => verdict(await runPinned('knip', ['--no-config-hints'])),
  tests: runTests,
};

function verdict(code) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runTests() {
  const directory = mkdtempSync(join(tmpdir(), 'sheaf-check-'));
  try {
    const report = join(directory, 'report.json');
    const code = await runPinned('vitest', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    return countTests(report, code);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Failures that are no test's (a file that does not load, a stray rejection) count as one. */
function countTests(report, code) {
  try {
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
const red = [];
for (const name of names) {
  console.log(`\n── ${name}`);
  const result = await checks[name]();
  passed += result.passed;
  failed += result.failed;
  if (result.failed > 0) red.push(name);
}
if (red.length > 0) console.log(`\nfailed: ${red.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
