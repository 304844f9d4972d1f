import type { Watcher } from '../effects/watcher.ts';
import { createChoosingWatcher } from './watch/choosing-watcher.ts';
import { createThreadedWatcher } from './watch/threaded-watcher.ts';

/** Files and directories up to which chokidar watches; docs/decisions/watchers.md says why here. */
const CHOKIDAR_LIMIT_ENTRIES = 1000;

export interface WatcherOptions {
  readonly limitEntries?: number;
  /** False runs on the calling thread: saves 14 MB, and that thread then pays for every event. */
  readonly thread?: boolean;
}

/** chokidar for small trees and a lighter watcher for large ones, on a thread of their own. */
export function createWatcher(options: WatcherOptions = {}): Watcher {
  const { limitEntries = CHOKIDAR_LIMIT_ENTRIES, thread = true } = options;
  return thread ? createThreadedWatcher(limitEntries) : createChoosingWatcher(limitEntries);
}
