import type { Dice } from '../../simulator/dice.ts';

export type Action =
  | 'create'
  | 'large'
  | 'many'
  | 'directory'
  | 'symlink'
  | 'edit'
  | 'save'
  | 'append'
  | 'truncate'
  | 'slow'
  | 'remove'
  | 'chmod'
  | 'touch'
  | 'retype'
  | 'revert'
  | 'move'
  | 'copy'
  | 'swap';

const WEIGHTS: readonly (readonly [number, Action])[] = [
  [14, 'create'],
  [1, 'large'],
  [1, 'many'],
  [6, 'directory'],
  [2, 'symlink'],
  [9, 'edit'],
  [9, 'save'],
  [4, 'append'],
  [2, 'truncate'],
  [3, 'slow'],
  [7, 'remove'],
  [2, 'chmod'],
  [2, 'touch'],
  [2, 'retype'],
  [2, 'revert'],
  [12, 'move'],
  [4, 'copy'],
  [4, 'swap'],
];
const ACTIONS = WEIGHTS.flatMap(([weight, action]) => Array<Action>(weight).fill(action));

export function anyAction(dice: Dice): Action {
  return dice.pick(ACTIONS);
}

/** Few, so that devices often mean the same place; some that programs get wrong. */
const NAMES: readonly string[] = [
  'a',
  'b',
  'c.txt',
  'd',
  'E',
  'é',
  'with space.md',
  '.hidden',
  'new\nline',
  '~$x.docx',
];

export function anyName(dice: Dice): string {
  return dice.pick(NAMES);
}

const KIB = 1024;
const LARGE_BYTES = 4 * KIB * KIB;

/** Mostly small; now and then of several chunks, so that a file is fetched and kept in pieces. */
export function anySize(dice: Dice, action: Action): number {
  if (action === 'large') return LARGE_BYTES + dice.below(LARGE_BYTES);
  return dice.chance(0.08) ? 64 * KIB + dice.below(512 * KIB) : dice.below(200);
}
