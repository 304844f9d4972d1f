import { livesThrough } from './lived-seeds.ts';

livesThrough(1, 260, [
  'a folder was halted for its disk',
  'an alias is left',
  'fault: backup',
  'fault: clock',
  'fault: cut',
  'fault: drop',
  'fault: full',
  'fault: kill',
  'fault: lies',
  'fault: stop',
  'fault: unmark',
  'fault: unmount',
]);
