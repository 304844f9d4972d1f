// npm run sim -- [--seeds N] [--from S] [--minutes M] [--replay SEED] [--script FILE] [--verbose] [--twice]
//                [--no-faults] [--no-shrink]
// Lives through worlds, one a seed: a line for each that goes wrong, with the smallest script that still does, and a
// count at the end. Exit status 1 when any went wrong.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TraceRing } from '../simulator/trace.ts';
import { runScript } from '../simulator/world/run-script.ts';
import type { Script } from '../simulator/world/script.ts';
import { scriptOf } from '../simulator/world/seed.ts';
import { shrink } from '../simulator/world/shrink.ts';

const TRACE_LINES = 80;
const REPORT_EVERY = 500;
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    replay: { type: 'string' },
    script: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    'no-faults': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

const counts = new Map<string, number>();

/** Returns true when nothing was wrong. */
async function tryOne(script: Script): Promise<boolean> {
  const outcome = await runScript(script, values.verbose ? { onNote: (line) => console.log(line) } : {});
  for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count);
  const again = values.twice ? await runScript(script) : outcome;
  const same = again.hash === outcome.hash;
  const { length: wrong } = outcome.violations;
  const faults = script.steps.filter(({ kind }) => kind === 'fault').length;
  const verdict = wrong > 0 ? `${wrong} VIOLATIONS` : 'ok';
  const line = [
    `seed ${script.seed}`,
    `${script.devices} devices`,
    `${script.steps.length} steps`,
    `${faults} faults`,
    `${outcome.events} events`,
    `trace ${outcome.hash.toString(16).padStart(8, '0')}`,
    same ? verdict : 'NOT DETERMINISTIC',
  ].join(', ');
  if (wrong > 0 || !same || values.verbose || values.replay !== undefined) console.log(line);
  for (const violation of outcome.violations) console.log(`  ${violation}`);
  if (wrong > 0 && !values['no-shrink']) await explain(script);
  return wrong === 0 && same;
}

async function explain(script: Script): Promise<void> {
  const small = await shrink(script, (each) => runScript(each));
  const ring = new TraceRing(TRACE_LINES);
  const telling = / USER | FAULT | warn | error |VIOLATION|writes on|is dead|comes up/;
  await runScript(small.script, { onNote: (line) => telling.test(line) && ring.add(line) });
  console.log(`  shrunk in ${small.runs} runs: ${JSON.stringify(small.script)}`);
  for (const line of ring.lines()) console.log(`    ${line.slice(0, 300)}`);
}

async function main(): Promise<void> {
  const withFaults = !values['no-faults'];
  if (values.script !== undefined) {
    const script = JSON.parse(readFileSync(values.script, 'utf8')) as Script;
    process.exitCode = (await tryOne(script)) ? 0 : 1;
    return;
  }
  const from = Number(values.replay ?? values.from);
  const seeds = values.replay === undefined ? Number(values.seeds) : 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(seeds))
    throw new Error('--from, --seeds and --replay are integers');
  const untilMs =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(values.minutes) * MINUTE_MS;
  const red: number[] = [];
  let done = 0;
  for (; done < seeds && performance.now() < untilMs; done += 1) {
    if (!(await tryOne(scriptOf(from + done, withFaults)))) red.push(from + done);
    if ((done + 1) % REPORT_EVERY === 0) console.log(`${done + 1} seeds, ${red.length} red`);
  }
  for (const [what, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${what}: ${count}`);
  console.log(`${done} seeds from ${from}, ${red.length} red${red.length === 0 ? '' : `: ${red.join(' ')}`}`);
  process.exitCode = red.length === 0 ? 0 : 1;
}

await main();
