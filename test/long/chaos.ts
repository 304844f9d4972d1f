// Three real daemons on real disks, driven through the command line: people change everything at once on all of them
// while daemons are killed, stopped and frozen and roots are taken away; then all must come to rest, equal, with nothing
// lost. `npm run test:chaos -- --minutes 10 --seed 1`; --restore also puts daemons back to older states, --keep keeps the
// homes. What fails leaves everything where it says, with trace.log in it.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Dice } from '../simulator/dice.ts';
import { Ledger } from '../simulator/world/ledger.ts';
import { createWorld, settle, share, type TestDaemon } from '../support/daemons.ts';
import { Person } from './chaos/person.ts';
import { liveRound, type Place } from './chaos/round.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;
const FIRST_FILES = 120;
const MINUTE_MS = 60_000;
const ROUND_MS = 25_000;

function counted(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text} is not a count`);
  return value;
}

/** So many files that an everyday deletion is not held. */
function fill({ root }: TestDaemon, ledger: Ledger): void {
  for (let index = 0; index < FIRST_FILES; index++) {
    const directory = `first ${index % 7}`;
    mkdirSync(join(root, directory), { recursive: true });
    const bytes = ledger.fresh(index);
    writeFileSync(join(root, directory, `${index}`), bytes);
    ledger.wrote(bytes, directory);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      restore: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed] = [counted(values.minutes), counted(values.seed)];
  const dice = new Dice(seed);
  const ledger = new Ledger();
  const world = createWorld('chaos');
  const stop = (): void => process.exit(130);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const places = NAMES.map((name): Place => {
    const daemon = world.daemon(name);
    return { daemon, person: new Person(name, daemon.root, ledger, dice.fork()) };
  }) as [Place, Place, Place];
  const traceFile = join(world.directory, 'trace.log');
  const trace = (line: string): void => appendFileSync(traceFile, `${new Date().toISOString()} ${line}\n`);
  console.log(`seed ${seed}, ${minutes} minutes, in ${world.directory}`);
  try {
    const [alice, ...others] = places.map(({ daemon }) => daemon) as [TestDaemon, TestDaemon, TestDaemon];
    fill(alice, ledger);
    await share(alice, ...others);
    await settle(alice, ...others);
    const until = performance.now() + minutes * MINUTE_MS;
    for (let number = 1; performance.now() < until; number++) {
      console.log(await liveRound({ number, places, ledger, dice, forMs: ROUND_MS, restores: values.restore, trace }));
    }
  } catch (error) {
    for (const { daemon } of places) await daemon.kill();
    console.error(`seed ${seed} failed; everything is left in ${world.directory}`);
    throw error;
  }
  if (values.keep) for (const { daemon } of places) await daemon.kill();
  else await world.close();
}

await main();
