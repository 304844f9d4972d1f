import { livesThrough } from './lived-seeds.ts';

livesThrough(1, 260, [
  'a conflict copy is left',
  'a folder was halted for its root',
  'a folder was halted for its disk',
  'died in disk',
  'died in store',
  'fault: backup',
  'fault: clock',
  'fault: cut',
  'fault: drop',
  'fault: full',
  'fault: kill',
  'fault: lies',
  'fault: power-cut',
  'fault: restore',
  'fault: stop',
  'fault: unmark',
  'fault: unmount',
  'user between two operations',
  'user meddles with what changes',
  'was told that all is in sync',
]);
