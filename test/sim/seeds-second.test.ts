import { livesThrough } from './lived-seeds.ts';

livesThrough(261, 260, [
  'a conflict copy is left',
  'a folder was halted for its root',
  'died in disk',
  'died in store',
  'fault: power-cut',
  'fault: restore',
  'user: swap',
  'user: retype',
  'user: recase',
  'user: slow',
  'user between two operations',
  'user meddles with what changes',
  'was told that all is in sync',
]);
