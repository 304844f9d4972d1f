import { livesThrough } from './lived-seeds.ts';

livesThrough(261, 260, ['user: swap', 'user: retype', 'user: recase', 'user: slow']);
