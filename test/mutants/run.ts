// npm run sim:mutants -- [--only NAME]… [--list] [--verbose]
// Breaks the engine in one way after the other, in a copy, and asks the tests that are meant to notice. A line for each
// mutant; exit status 1 when one is not caught.
import { parseArgs } from 'node:util';
import { MUTANTS } from './catalogue.ts';
import { hunt } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import { ProjectCopy } from './project-copy.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

async function tryOne(copy: ProjectCopy, mutant: Mutant): Promise<boolean> {
  const mend = copy.apply(mutant);
  try {
    const found = await hunt(copy, mutant, values.verbose);
    if (found === undefined) {
      console.log(`${mutant.name}: NOT CAUGHT (${mutant.rule})`);
      return false;
    }
    const after = found.worlds === 0 ? '' : `, after ${found.worlds}`;
    console.log(`${mutant.name}: caught by ${found.check}, ${found.where}${after}: ${found.violation.slice(0, 120)}`);
    return true;
  } catch (error) {
    console.log(`${mutant.name}: NOT TRIED: ${String(error).slice(0, 500)}`);
    return false;
  } finally {
    mend();
  }
}

async function main(): Promise<void> {
  const chosen = MUTANTS.filter(({ name }) => values.only?.includes(name) ?? true);
  if (chosen.length === 0) throw new Error(`no mutant is called ${values.only?.join(' or ')}`);
  if (values.list) {
    for (const { name, rule } of chosen) console.log(`${name}: ${rule}`);
    return;
  }
  const copy = new ProjectCopy();
  const leave = (): void => {
    copy.remove();
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  let caught = 0;
  try {
    for (const mutant of chosen) if (await tryOne(copy, mutant)) caught += 1;
  } finally {
    copy.remove();
  }
  console.log(`${caught} of ${chosen.length} mutants caught`);
  process.exitCode = caught === chosen.length ? 0 : 1;
}

await main();
