// node hunt-worlds.ts '["CHECK"…]' SCRIPT|COUNT: started by `hunt.ts` in a copy of the project that is broken. Lives
// through one script of test/sim/found, or through the worlds of that many seeds, until one of the checks finds
// something wrong, and prints that as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../simulator/world/run-script.ts';
import type { Script } from '../simulator/world/script.ts';
import { scriptOf } from '../simulator/world/seed.ts';
import { checkOf } from './checks.ts';

const [, , names = '[]', worlds = ''] = process.argv;
const checks = new Set(JSON.parse(names) as readonly string[]);
const count = Number(worlds);

function scriptFor(number: number): Script {
  if (Number.isSafeInteger(count)) return scriptOf(number);
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'sim', 'found', `${worlds}.json`), 'utf8')) as Script;
}

let found: { check: string; violation: string } | undefined;
let lived = 0;
for (; found === undefined && lived < (Number.isSafeInteger(count) ? count : 1); lived += 1) {
  const { violations } = await runScript(scriptFor(lived + 1));
  const seen = violations.map((violation) => ({ check: checkOf(violation) ?? '', violation }));
  found = seen.find(({ check }) => checks.has(check));
  const [other] = seen;
  // For people: it shows, but not as it was meant to.
  if (found === undefined && other !== undefined) console.error(`  ${lived + 1}: ${other.violation.slice(0, 300)}`);
}
console.log(JSON.stringify({ lived, ...found }));
process.exit(0);
