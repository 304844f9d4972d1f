import { Dice } from '../dice.ts';
import { type Fault, plainScriptOf, type Script, type Step } from './script.ts';

/** Apart from all other dice, so that scripts of seeds without any of this are what they were before there was. */
const WIDER_DICE = 0x31de4;
const WIDER_SHARE = 0.4;
const MOST_DEVICES = 5;

type Widening = 'reader' | 'coarse' | 'five' | WideFault['kind'];
type WideFault = Extract<Fault, { kind: 'lose' | 'forget' | 'trouble' | 'rollback' }>;

const WIDENINGS: readonly Widening[] = ['reader', 'reader', 'coarse', 'five', 'lose', 'forget', 'trouble', 'rollback'];
const STAMPS_MS: readonly number[] = [0, 1000, 2000];

/** The script that belongs to a seed. */
export function scriptOf(seed: number, withFaults = true): Script {
  const script = plainScriptOf(seed, withFaults);
  const dice = new Dice(seed ^ WIDER_DICE);
  if (!dice.chance(WIDER_SHARE)) return script;
  const kinds = new Set(Array.from({ length: 1 + dice.below(2) }, () => dice.pick(WIDENINGS)));
  return [...kinds].reduce((wider, kind) => widen(wider, kind, dice, withFaults), script);
}

function widen(script: Script, kind: Widening, dice: Dice, withFaults: boolean): Script {
  switch (kind) {
    case 'five':
      return withMore(script, MOST_DEVICES, dice);
    case 'reader':
      return withReader(script, dice);
    case 'coarse':
      return { ...script, stampsMs: Array.from({ length: MOST_DEVICES }, () => dice.pick(STAMPS_MS)) };
    default:
      return withFaults ? withFaultsOf(script, kind, dice) : script;
  }
}

/** Some of what happens, happens on the devices that are new. */
function withMore(script: Script, devices: number, dice: Dice): Script {
  const added = devices - script.devices;
  if (added <= 0) return script;
  const steps = script.steps.map((step): Step => {
    const moves = dice.chance(added / devices);
    const device = script.devices + dice.below(added);
    return moves && step.kind !== 'fault' ? { ...step, device } : step;
  });
  return { ...script, devices, steps };
}

/** A member that may only read: at some of them nobody works, at the others people change what they like for themselves. */
function withReader(script: Script, dice: Dice): Script {
  const wider = script.devices === 2 ? withMore(script, 3, dice) : script;
  const reader = wider.devices - 1;
  const idle = dice.chance(0.35);
  const steps = wider.steps.map((step): Step => {
    const works = step.kind === 'user' || step.kind === 'between' || step.kind === 'meddle';
    return idle && works && step.device === reader ? { ...step, device: 0 } : step;
  });
  return { ...wider, readers: [reader], steps };
}

function withFaultsOf(script: Script, kind: WideFault['kind'], dice: Dice): Script {
  const steps = [...script.steps];
  const insert = (from: number, fault: Fault): number => {
    const at = from + dice.below(Math.max(1, steps.length - from));
    steps.splice(at, 0, { kind: 'fault', atMs: steps[at]?.atMs ?? steps.at(-1)?.atMs ?? 0, fault });
    return at + 1;
  };
  const device = dice.below(script.devices);
  // There is nothing to roll back to before a backup was made, and nothing to lose or forget at the beginning.
  const from = kind === 'rollback' ? insert(0, { kind: 'backup', device }) : steps.length >> 1;
  for (let left = kind === 'rollback' ? 1 : 1 + dice.below(3); left > 0; left -= 1)
    insert(from, faultOf(kind, device, dice));
  return { ...script, steps };
}

function faultOf(kind: WideFault['kind'], device: number, dice: Dice): WideFault {
  switch (kind) {
    case 'lose':
      return { kind, device, kinds: dice.pick(['t', 'o', 'to', 'xto']), share: dice.pick([0.3, 0.6, 1]) };
    case 'trouble':
      return {
        kind,
        device,
        writes: dice.below(4),
        opens: dice.below(3),
        how: dice.pick(['error', 'half', 'lost-sync']),
      };
    default:
      return { kind, device };
  }
}
