import { createChokidarWatcher } from '../../daemon/node/watch/chokidar-watcher.ts';
import { createLightWatcher } from '../../daemon/node/watch/light-watcher.ts';
import { createWatcher } from '../../daemon/node/watcher.ts';
import { watcherCompliance } from './watcher.ts';

watcherCompliance('chokidar', () => createChokidarWatcher());
watcherCompliance('light', () => createLightWatcher());
watcherCompliance('chosen by size, on a thread', () => createWatcher());
watcherCompliance('on a thread, outgrowing chokidar', () => createWatcher({ limitEntries: 10 }));
