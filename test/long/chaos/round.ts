import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../simulator/dice.ts';
import type { Ledger } from '../../simulator/world/ledger.ts';
import type { TestDaemon } from '../../support/daemons.ts';
import { claimIsTrue } from './claims.ts';
import { walk } from './disk.ts';
import { Faults } from './faults.ts';
import type { Person } from './person.ts';
import { checkAtRest, comeToRest, verify } from './rest.ts';

export interface Place {
  readonly daemon: TestDaemon;
  readonly person: Person;
}

export interface RoundOptions {
  readonly number: number;
  readonly places: readonly [Place, ...Place[]];
  readonly ledger: Ledger;
  readonly dice: Dice;
  /** How long people work and things go wrong. */
  readonly forMs: number;
  /** True also brings back older states of daemons. */
  readonly restores: boolean;
  /** Told of everything that is done, for whoever looks for a cause later. */
  trace(line: string): void;
}

/** More makes rounds long without making them harder. */
const CROWDED_ENTRIES = 700;
/** Mean pause between two things that somebody does, and longer ones in which sheaf catches up. */
const PAUSES_MS: readonly number[] = [0, 0, 5, 20, 50, 100];
const REST_MS = 4000;
const FAULT_EVERY_MS: readonly number[] = [300, 1500, 4000];
const VERIFY_EVERY = 4;

/** People work, things go wrong, all comes to rest, and everything is looked at. Returns a line about it. */
export async function liveRound(options: RoundOptions): Promise<string> {
  const { number, places, ledger, dice, forMs, restores, trace } = options;
  const daemons = places.map(({ daemon }) => daemon) as [TestDaemon, ...TestDaemon[]];
  const faults = new Faults(daemons, dice.fork(), restores);
  const acts = { done: 0 };
  const until = performance.now() + forMs;
  let failed = false;
  const isOver = (): boolean => failed || performance.now() >= until;

  const work = async (): Promise<void> => {
    while (!isOver()) {
      const { person } = dice.pick(places);
      const done = person.act(walk(person.root).length > CROWDED_ENTRIES);
      if (done !== undefined) {
        acts.done += 1;
        trace(`${person.name} ${done}`);
      }
      await sleep(dice.chance(0.02) ? REST_MS : dice.pick(PAUSES_MS));
    }
  };
  const harm = async (luck: Dice): Promise<void> => {
    while (!isOver()) {
      await sleep(luck.pick(FAULT_EVERY_MS));
      const struck = isOver() ? undefined : faults.strike();
      if (struck !== undefined) trace(struck);
    }
    await faults.end();
  };
  let trueClaims = 0;
  const ask = async (luck: Dice): Promise<void> => {
    while (!isOver()) {
      const asked = luck.pick(daemons);
      if (faults.isWell(asked) && (await claimIsTrue(asked, daemons, faults, acts))) trueClaims += 1;
      await sleep(200);
    }
  };
  const under = [work(), harm(dice.fork()), ask(dice.fork())].map((each) =>
    each.catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All of them end before anything is thrown: nobody may start a daemon after that.
  for (const result of await Promise.allSettled(under)) if (result.status === 'rejected') throw result.reason;

  trace('rest');
  const from = performance.now();
  await comeToRest(daemons, trace);
  const restSeconds = (performance.now() - from) / 1000;
  await checkAtRest(daemons, ledger);
  if (number % VERIFY_EVERY === 0) await verify(dice.pick(daemons));
  const { kill, stop, freeze, away, restore } = faults.count;
  const { files, directories, conflicts, bytes } = await daemons[0].folder();
  return (
    `round ${number}: ${acts.done} acts, ${kill} kills, ${stop} stops, ${freeze} freezes, ${away} roots away, ${restore} backups; ` +
    `"in sync" was said ${trueClaims} times between and after ${restSeconds.toFixed(1)} s; ` +
    `${files} files, ${directories} directories, ${conflicts} conflict copies, ${(bytes / 2 ** 20).toFixed(1)} MiB`
  );
}
