// Everything that test/every-n tries in part: each scenario with every operation of both devices and every ending of it.
// Some ten thousand cases, some minutes. Arguments: a part of a scenario's name to try only such ones; then a point, as a
// violation prints it, to see that case alone with all that happens in it.
import { campaign } from '../every-n/pair-campaign.ts';
import { type Point, preparePair, runPairCase } from '../every-n/pair-case.ts';
import { endingsOf } from '../every-n/pair-endings.ts';
import { PAIR_SCENARIOS } from '../every-n/pair-scenarios.ts';
import { MORE_PAIR_SCENARIOS } from '../every-n/pair-scenarios-more.ts';

const [, , part = '', point] = process.argv;
const scenarios = [...PAIR_SCENARIOS, ...MORE_PAIR_SCENARIOS].filter(({ name }) => name.includes(part));

if (point !== undefined) {
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error(`no scenario is called ${part}`);
  const image = await preparePair(scenario);
  console.log(await runPairCase(scenario, image, JSON.parse(point) as Point, (line) => console.log(line)));
} else {
  let total = 0;
  let wrong = 0;
  for (const scenario of scenarios) {
    const { cases, violations, restarts } = await campaign(scenario, { endingsOf, again: () => true });
    total += cases;
    wrong += violations.length;
    console.log(`${scenario.name}: ${cases} cases, ${violations.length} violations, ${restarts.length} restarts`);
    for (const line of violations) console.log(`  ${line}`);
  }
  console.log(`${total} cases, ${wrong} violations`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
