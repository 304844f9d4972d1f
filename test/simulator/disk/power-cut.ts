import type { Choose } from './choices.ts';
import type { Effect } from './effects.ts';

/** Where a torn page ends: disks write whole sectors. */
const SECTOR_BYTES = 512;

/** What becomes of an effect that waited when the power went. 'zeros': the size is there, the bytes are not. */
export type Fate = 'kept' | 'lost' | 'zeros' | { readonly tornAt: number };

/** Decides effect by effect, oldest first. An effect that rests on a lost one is lost, whatever is said here. */
export type PowerCut = (effect: Effect, index: number, count: number) => Fate;

/** Cuts worth trying everywhere; each is what some file system does. */
export const NAMED_CUTS: Readonly<Record<string, PowerCut>> = {
  'nothing waiting survives': () => 'lost',
  'all that waits survives': () => 'kept',
  'names and attributes without bytes': ({ kind }) => (kind === 'page' ? 'lost' : 'kept'),
  'names, attributes and sizes, zeros for bytes': ({ kind }) => (kind === 'page' ? 'zeros' : 'kept'),
  'bytes and attributes without names': ({ kind }) => (kind === 'names' ? 'lost' : 'kept'),
  'the first half survives': (_effect, index, count) => (index * 2 < count ? 'kept' : 'lost'),
  'the second half survives': (_effect, index, count) => (index * 2 < count ? 'lost' : 'kept'),
  'the last effect is lost': (_effect, index, count) => (index + 1 < count ? 'kept' : 'lost'),
  'pages are torn': (effect) => (effect.kind === 'page' ? { tornAt: middleOf(effect.bytes.length) } : 'kept'),
};

/** A cut whose every fate is chosen. */
export function chosenCut(choose: Choose): PowerCut {
  return (effect) => {
    if (effect.kind !== 'page') return choose(2) === 0 ? 'lost' : 'kept';
    switch (choose(4)) {
      case 0:
        return 'lost';
      case 1:
        return 'kept';
      case 2:
        return 'zeros';
      default:
        return { tornAt: choose(Math.ceil(effect.bytes.length / SECTOR_BYTES)) * SECTOR_BYTES };
    }
  };
}

/** One of the named cuts, or one whose every fate is chosen. */
export function randomCut(choose: Choose): PowerCut {
  const named = Object.values(NAMED_CUTS);
  return named[choose(named.length * 2)] ?? chosenCut(choose);
}

function middleOf(bytes: number): number {
  return Math.floor(bytes / 2 / SECTOR_BYTES) * SECTOR_BYTES;
}
