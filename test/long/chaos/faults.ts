import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../simulator/dice.ts';
import type { TestDaemon } from '../../support/daemons.ts';

type Kind = 'kill' | 'stop' | 'freeze' | 'away' | 'restore';
const KINDS: readonly Kind[] = ['kill', 'kill', 'kill', 'stop', 'freeze', 'freeze', 'away'];
/** Rare, as a device that goes back to an older state asks all of them for what it has forgotten. */
const KINDS_WITH_RESTORE: readonly Kind[] = [...KINDS, ...KINDS, 'restore'];

/** What goes wrong with daemons and their disks, one thing at a time for each device. */
export class Faults {
  readonly #daemons: readonly TestDaemon[];
  readonly #dice: Dice;
  readonly #kinds: readonly Kind[];
  readonly #under = new Map<TestDaemon, Promise<void>>();
  /** Set by the first thing that sheaf did wrong. */
  #failure: unknown;
  /** How often a root was taken away so far, and how many are away now: nobody can tell what is on such a disk. */
  rootsTaken = 0;
  readonly count: Record<Kind, number> = { kill: 0, stop: 0, freeze: 0, away: 0, restore: 0 };

  /** @param restores true brings back older states of daemons, as from a backup */
  constructor(daemons: readonly TestDaemon[], dice: Dice, restores: boolean) {
    this.#daemons = daemons;
    this.#dice = dice;
    this.#kinds = restores ? KINDS_WITH_RESTORE : KINDS;
  }

  /** Returns what begins to go wrong; undefined when there is enough of that already. */
  strike(): string | undefined {
    const well = this.#daemons.filter((daemon) => !this.#under.has(daemon));
    if (well.length < 2) return undefined;
    const daemon = this.#dice.pick(well);
    const kind = this.#dice.pick(this.#kinds);
    const forMs = this.#dice.pick([0, 50, 500, 2000, 5000]);
    this.count[kind] += 1;
    const run = this.#run(kind, daemon, forMs).then(
      () => void this.#under.delete(daemon),
      (error: unknown) => {
        this.#under.delete(daemon);
        this.#failure ??= error;
      },
    );
    this.#under.set(daemon, run);
    return `${kind} of ${daemon.name} for ${forMs} ms`;
  }

  isWell(daemon: TestDaemon): boolean {
    return !this.#under.has(daemon);
  }

  /** Until nothing goes wrong any more. Throws what sheaf did wrong. */
  async end(): Promise<void> {
    await Promise.all(this.#under.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(kind: Kind, daemon: TestDaemon, forMs: number): Promise<void> {
    if (kind === 'kill' || kind === 'stop') {
      await daemon[kind]();
      await sleep(forMs);
      await daemon.start();
    } else if (kind === 'restore') {
      await daemon.stop();
      backUpOrRestore(daemon.home);
      await daemon.start();
    } else if (kind === 'freeze') {
      const pid = daemon.pid();
      process.kill(pid, 'SIGSTOP');
      await sleep(forMs);
      process.kill(pid, 'SIGCONT');
    } else {
      this.rootsTaken += 1;
      const elsewhere = `${daemon.root} elsewhere`;
      renameSync(daemon.root, elsewhere);
      await sleep(forMs);
      if (existsSync(daemon.root))
        throw new Error(`${daemon.name} made something at ${daemon.root} while its root was away`);
      renameSync(elsewhere, daemon.root);
    }
  }
}

/** The first time a state is put aside; the next time it comes back, and with it what the device knew then. */
function backUpOrRestore(home: string): void {
  const backup = `${home} backup`;
  if (existsSync(backup)) {
    rmSync(home, { recursive: true });
    renameSync(backup, home);
  } else cpSync(home, backup, { recursive: true, preserveTimestamps: true });
}
