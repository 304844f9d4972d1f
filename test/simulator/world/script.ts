import { Dice } from '../dice.ts';
import { type DiskKind, disksOf } from './disks.ts';

/** What is done to a file that stays where it is. */
export interface Change {
  readonly kind: 'edit' | 'save' | 'append' | 'truncate' | 'slow' | 'chmod' | 'touch' | 'revert';
  readonly target: number;
  readonly size: number;
}

/** Numbers pick from what there is when their turn comes, so that a script stays a script when parts are left out. */
export type Action =
  | { readonly kind: 'create'; readonly parent: number; readonly name: number; readonly size: number }
  | { readonly kind: 'directory'; readonly parent: number; readonly name: number }
  | { readonly kind: 'symlink'; readonly parent: number; readonly name: number; readonly target: number }
  | Change
  | { readonly kind: 'remove' | 'retype'; readonly target: number; readonly size: number }
  | { readonly kind: 'move' | 'copy'; readonly target: number; readonly parent: number; readonly name: number }
  | { readonly kind: 'swap'; readonly target: number; readonly other: number }
  | { readonly kind: 'recase'; readonly target: number };

/** What is done to a path that the daemon is about to change. What is not there is made. */
export type Deed = 'write' | 'save' | 'remove';
const DEEDS: readonly Deed[] = ['write', 'write', 'save', 'save', 'remove'];

export type Fault =
  | { readonly kind: 'kill' | 'power-cut' | 'stop'; readonly device: number; readonly downMs: number }
  /** Dies before the n-th operation of its disk or database from now. */
  | {
      readonly kind: 'die';
      readonly device: number;
      readonly operations: number;
      readonly downMs: number;
      readonly power: boolean;
    }
  | { readonly kind: 'cut'; readonly device: number; readonly other: number; readonly forMs: number }
  | { readonly kind: 'drop'; readonly device: number; readonly other: number }
  | {
      readonly kind: 'lies';
      readonly device: number;
      readonly drops: number;
      readonly lateMs: number;
      readonly forMs: number;
    }
  | {
      readonly kind: 'errors';
      readonly device: number;
      readonly code: number;
      readonly every: number;
      readonly forMs: number;
    }
  | { readonly kind: 'full'; readonly device: number; readonly forMs: number }
  | { readonly kind: 'unmount' | 'unmark'; readonly device: number; readonly forMs: number }
  | { readonly kind: 'clock'; readonly device: number; readonly byMs: number }
  | { readonly kind: 'backup' | 'restore'; readonly device: number }
  /** The database loses a share of its rows of some kinds, as in daemon/store/keys.ts, while the daemon is down. */
  | { readonly kind: 'lose'; readonly device: number; readonly kinds: string; readonly share: number }
  /** The index forgets what is gone, as it does after a month. */
  | { readonly kind: 'forget'; readonly device: number }
  /** The n-th write of the database from now fails, and then so many attempts to open it anew. */
  | {
      readonly kind: 'trouble';
      readonly device: number;
      readonly writes: number;
      readonly opens: number;
      readonly how: 'error' | 'half' | 'lost-sync';
    }
  /** Disk and database are put back to what they were at the backup. */
  | { readonly kind: 'rollback'; readonly device: number };

export type Step =
  | { readonly kind: 'user'; readonly atMs: number; readonly device: number; readonly action: Action }
  /** As 'user', between two operations of the device's disk, so many from now. */
  | {
      readonly kind: 'between';
      readonly atMs: number;
      readonly device: number;
      readonly action: Action;
      readonly operations: number;
    }
  /** At a path that the device's daemon is about to change, the n-th time from now that it is. */
  | {
      readonly kind: 'meddle';
      readonly atMs: number;
      readonly device: number;
      readonly deed: Deed;
      readonly size: number;
      readonly changes: number;
    }
  | { readonly kind: 'fault'; readonly atMs: number; readonly fault: Fault }
  | { readonly kind: 'wait'; readonly atMs: number; readonly device: number };

export interface Script {
  readonly seed: number;
  readonly devices: number;
  /** How far each device's wall clock is off. */
  readonly skewsMs: readonly number[];
  readonly slowNetwork: boolean;
  readonly reuseInodes: boolean;
  readonly hardLinks: boolean;
  /** Absent in scripts of before there was a choice: true. */
  readonly exchanges?: boolean;
  /** What kind of disk each device has, and what people call things there; all Linux disks and plain names without. */
  readonly disks?: readonly DiskKind[];
  readonly names?: readonly string[];
  /** Devices that may only read; never the first. Absent: none. */
  readonly readers?: readonly number[];
  /** What the stamps of each disk are multiples of, in ms; 0 or absent: they are exact. */
  readonly stampsMs?: readonly number[];
  readonly steps: readonly Step[];
}

/** Contents are chunked above 64 KiB. */
const LARGE_BYTES = 150_000;
const STEPS_MOST = 40;
/** Steps come in bursts and with pauses: between an instant and some seconds apart. */
const GAPS_MS: readonly number[] = [0, 0, 1, 5, 20, 60, 200, 1000, 6000];

/** Apart from the dice of the world itself, which have the same seed. */
const SCRIPT_DICE = 0x5eed;

/** Apart from both, so that scripts of seeds without meddling are what they were before there was any. */
const MEDDLE_DICE = 0x3edd1e;
const MEDDLED_SHARE = 0.25;

/** The script that belongs to a seed, in a world of a few devices that are all alike. */
export function plainScriptOf(seed: number, withFaults: boolean): Script {
  const script = peacefulScriptOf(seed, withFaults);
  const dice = new Dice(seed ^ MEDDLE_DICE);
  // Without an exchange of names a file that is put in place of another takes what comes in between away.
  if (script.exchanges !== true || !dice.chance(MEDDLED_SHARE)) return script;
  const steps = [...script.steps];
  for (let left = 1 + dice.below(6); left > 0; left -= 1) {
    const at = dice.below(steps.length);
    const atMs = steps[at]?.atMs ?? 0;
    const device = dice.below(script.devices);
    const deed = dice.pick(DEEDS);
    steps.splice(at, 0, { kind: 'meddle', atMs, device, deed, size: dice.below(80), changes: dice.below(12) });
  }
  return { ...script, steps };
}

function peacefulScriptOf(seed: number, withFaults: boolean): Script {
  const dice = new Dice(seed ^ SCRIPT_DICE);
  const devices = dice.pick([2, 2, 2, 3, 3, 4]);
  const count = 3 + dice.below(dice.chance(0.3) ? STEPS_MOST : 12);
  const faulty = withFaults && dice.chance(0.7);
  const kinds = faulty ? someFaults(dice) : [];
  const steps: Step[] = [];
  let atMs = 0;
  for (let index = 0; index < count; index += 1) {
    atMs += dice.pick(GAPS_MS);
    const device = dice.below(devices);
    if (kinds.length > 0 && dice.chance(0.2)) {
      steps.push({ kind: 'fault', atMs, fault: makeFault(dice, dice.pick(kinds), devices) });
    } else if (dice.chance(0.05)) steps.push({ kind: 'wait', atMs, device });
    else if (dice.chance(0.12)) {
      steps.push({ kind: 'between', atMs, device, action: makeAction(dice), operations: dice.below(60) });
    } else steps.push({ kind: 'user', atMs, device, action: makeAction(dice) });
  }
  return {
    seed,
    devices,
    skewsMs: Array.from({ length: devices }, () => (dice.chance(0.3) ? dice.below(7_200_000) - 3_600_000 : 0)),
    slowNetwork: dice.chance(0.2),
    reuseInodes: dice.chance(0.3),
    hardLinks: !dice.chance(0.15),
    exchanges: !dice.chance(0.3),
    ...disksOf(seed, devices, NAMES.length),
    steps,
  };
}

const ACTIONS: readonly (readonly [number, Action['kind']])[] = [
  [16, 'create'],
  [7, 'directory'],
  [2, 'symlink'],
  [7, 'edit'],
  [8, 'save'],
  [3, 'append'],
  [2, 'truncate'],
  [2, 'slow'],
  [9, 'remove'],
  [2, 'chmod'],
  [2, 'touch'],
  [2, 'retype'],
  [2, 'revert'],
  [12, 'move'],
  [4, 'copy'],
  [4, 'swap'],
  [2, 'recase'],
];
const ACTION_KINDS = ACTIONS.flatMap(([weight, kind]) => Array<Action['kind']>(weight).fill(kind));
const PICK = 1000;
/** Few, so that devices often mean the same place. */
export const NAMES: readonly string[] = ['a', 'b', 'c.txt', 'd', 'E'];

function makeAction(dice: Dice): Action {
  const kind = dice.pick(ACTION_KINDS);
  const target = dice.below(PICK);
  const parent = dice.below(PICK);
  const name = dice.below(NAMES.length);
  const size = dice.chance(0.03) ? LARGE_BYTES + dice.below(LARGE_BYTES) : dice.below(80);
  switch (kind) {
    case 'create':
      return { kind, parent, name, size };
    case 'directory':
      return { kind, parent, name };
    case 'symlink':
      return { kind, parent, name, target };
    case 'move':
    case 'copy':
      return { kind, target, parent, name };
    case 'swap':
      return { kind, target, other: dice.below(PICK) };
    case 'recase':
      return { kind, target };
    default:
      return { kind, target, size };
  }
}

type FaultKind = Exclude<Fault['kind'], 'lose' | 'forget' | 'trouble' | 'rollback'>;

const FAULT_KINDS: readonly FaultKind[] = [
  'kill',
  'kill',
  'power-cut',
  'power-cut',
  'stop',
  'die',
  'die',
  'cut',
  'cut',
  'drop',
  'drop',
  'lies',
  'lies',
  'errors',
  'full',
  'unmount',
  'unmark',
  'clock',
  'backup',
  'restore',
];

/** One to four kinds: a world with every fault at once hardly gets anywhere. */
function someFaults(dice: Dice): readonly FaultKind[] {
  const kinds = Array.from({ length: 1 + dice.below(4) }, () => dice.pick(FAULT_KINDS));
  return kinds.includes('restore') ? [...kinds, 'backup'] : kinds;
}

function makeFault(dice: Dice, kind: FaultKind, devices: number): Fault {
  const device = dice.below(devices);
  const other = (device + 1 + dice.below(devices - 1)) % devices;
  const forMs = dice.pick([50, 500, 3000, 20_000, 90_000]);
  switch (kind) {
    case 'kill':
    case 'power-cut':
    case 'stop':
      return { kind, device, downMs: forMs };
    case 'die':
      return { kind, device, operations: dice.below(150), downMs: forMs, power: dice.chance(0.5) };
    case 'cut':
      return { kind, device, other, forMs };
    case 'drop':
      return { kind, device, other };
    case 'lies':
      return { kind, device, drops: dice.pick([0, 0.3, 1]), lateMs: dice.pick([30, 400, 5000]), forMs };
    case 'errors':
      return { kind, device, code: dice.below(ERRORS.length), every: 1 + dice.below(20), forMs };
    case 'full':
    case 'unmount':
    case 'unmark':
      return { kind, device, forMs };
    case 'clock':
      return { kind, device, byMs: dice.below(7_200_000) - 3_600_000 };
    case 'backup':
    case 'restore':
      return { kind, device };
  }
}

export const ERRORS: readonly string[] = ['EIO', 'EACCES', 'EMFILE', 'ENOSPC'];
