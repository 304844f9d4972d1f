import { parentPort, workerData } from 'node:worker_threads';
import type { Watch, WatchHint } from '../../effects/watcher.ts';
import { codeOf } from '../disk/errors.ts';
import { collectGarbage } from '../heap.ts';
import { createChoosingWatcher } from './choosing-watcher.ts';
import type { WatchReport, WatchRequest } from './watch-messages.ts';

/** Entry of the thread behind `threaded-watcher.ts`. `workerData` is the number of entries up to which chokidar watches. */
const watcher = createChoosingWatcher(Number(workerData));
const watches = new Map<number, Watch>();

/** A first look at a large tree and a burst of events leave much behind. */
const REST_MS = 3000;
const rest = setTimeout(collectGarbage, REST_MS).unref();

function report(message: WatchReport): void {
  parentPort?.postMessage(message);
  rest.refresh();
}

/** All hints of one moment in one message. */
function hintSink(id: number): (hint: WatchHint) => void {
  let waiting: WatchHint[] = [];
  return (hint) => {
    waiting.push(hint);
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      report({ kind: 'hints', id, hints: waiting });
      waiting = [];
    });
  };
}

async function start(request: Extract<WatchRequest, { kind: 'watch' }>): Promise<void> {
  const { id, root, ignored } = request;
  try {
    watches.set(id, await watcher.watch(root, ignored, hintSink(id)));
    report({ kind: 'started', id });
  } catch (error) {
    report({
      kind: 'refused',
      id,
      code: codeOf(error),
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

async function stop(id: number): Promise<void> {
  await watches.get(id)?.close();
  watches.delete(id);
  report({ kind: 'closed', id });
}

parentPort?.on('message', (request: WatchRequest) => {
  switch (request.kind) {
    case 'watch':
      void start(request);
      break;
    case 'close':
      void stop(request.id);
      break;
  }
});
