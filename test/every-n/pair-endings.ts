import type { DeviceOperation, Fault } from '../simulator/disk/operations.ts';
import { NAMED_CUTS } from '../simulator/disk/power-cut.ts';
import { faultsOf } from './disk-faults.ts';
import { type Ending, isChanging } from './pair-case.ts';

/** Random power cuts tried at one operation, beside the named ones. */
const RANDOM_CUTS = 3;
const CUTS = Object.keys(NAMED_CUTS).length + RANDOM_CUTS;

/** Every so many operations one fails in the daily tests. */
const FAULT_EVERY = 4;

const STORE_FAULTS: readonly Fault[] = [
  { kind: 'error', code: 'EIO' },
  { kind: 'half', code: 'ENOSPC' },
];

/** Every way in which an operation may end, but for second kills, of which nobody knows how many there can be. */
export function endingsOf(operation: DeviceOperation): readonly Ending[] {
  const faults = faultsFor(operation).map((fault): Ending => ({ kind: 'fault', fault }));
  if (!isChanging(operation)) return faults;
  const cuts = Array.from({ length: CUTS }, (_, cut): Ending => ({ kind: 'power-cut', cut }));
  const half: readonly Ending[] =
    operation.call === 'write' && operation.room === 'disk' ? [{ kind: 'fault', fault: { kind: 'kill-half' } }] : [];
  return [{ kind: 'kill' }, { kind: 'kill-then-cut' }, ...half, ...cuts, ...faults];
}

/** Some of them, others at every operation: a kill and a power cut where something changes, and a fault here and there. */
export function someEndingsOf(operation: DeviceOperation): readonly Ending[] {
  const { number } = operation;
  const all = endingsOf(operation);
  const cuts = all.filter(({ kind }) => kind === 'power-cut' || kind === 'kill-then-cut');
  const faults = all.filter(({ kind }) => kind === 'fault');
  const round = Math.floor(number / FAULT_EVERY);
  const turn = (list: readonly Ending[]): readonly Ending[] => list.slice(round % list.length).slice(0, 1);
  const kills = all.filter(({ kind }) => kind === 'kill');
  return [
    ...kills,
    ...cuts.slice(number % cuts.length).slice(0, 1),
    ...(number % FAULT_EVERY === 0 ? turn(faults) : []),
  ];
}

/** Of the database only writes fail: what a failed read means is told apart in the tests of damaged state. */
function faultsFor(operation: DeviceOperation): readonly Fault[] {
  if (operation.room === 'disk') return faultsOf(operation);
  return isChanging(operation) ? STORE_FAULTS : [];
}
