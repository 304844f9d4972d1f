import { Worker } from 'node:worker_threads';
import type { Watch, Watcher, WatchHint } from '../../effects/watcher.ts';
import { workerEntry } from '../worker-entry.ts';
import type { WatchReport, WatchRequest } from './watch-messages.ts';

interface Client {
  readonly onHint: (hint: WatchHint) => void;
  readonly started: () => void;
  readonly refused: (error: Error) => void;
  readonly closed: () => void;
}

/**
 * Watches on a thread that does nothing else, so that the kernel's queue is emptied whatever the rest of the daemon is
 * busy with, and a burst of events costs no other thread more than its hints. One thread serves all roots, and ends
 * with the last of them. It does not keep the process alive.
 */
export function createThreadedWatcher(limitEntries: number): Watcher {
  const watcher = new ThreadedWatcher(limitEntries);
  return { watch: (root, ignored, onHint) => watcher.watch(root, ignored, onHint) };
}

class ThreadedWatcher {
  readonly #limitEntries: number;
  readonly #clients = new Map<number, Client>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(limitEntries: number) {
    this.#limitEntries = limitEntries;
  }

  watch(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void): Promise<Watch> {
    this.#lastId += 1;
    const id = this.#lastId;
    let open = true;
    let markClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      markClosed = resolve;
    });
    const close = (): Promise<void> => {
      if (open && this.#clients.has(id)) this.#request({ kind: 'close', id });
      open = false;
      return closed;
    };
    return new Promise<Watch>((resolve, reject) => {
      this.#clients.set(id, {
        onHint: (hint) => {
          if (open) onHint(hint);
        },
        started: () => resolve({ close }),
        refused: reject,
        closed: markClosed,
      });
      this.#request({ kind: 'watch', id, root, ignored });
    });
  }

  #request(request: WatchRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(workerEntry('./watch-thread', import.meta.url), { workerData: this.#limitEntries });
    worker.unref();
    worker.on('message', (report: WatchReport) => this.#onReport(report));
    worker.on('error', (error) => this.#onLost(worker, error.message));
    worker.on('exit', (code) => this.#onLost(worker, `it ended with code ${code}`));
    return worker;
  }

  #onReport(report: WatchReport): void {
    const client = this.#clients.get(report.id);
    if (!client) return;
    switch (report.kind) {
      case 'started':
        client.started();
        break;
      case 'refused':
        this.#forget(report.id);
        client.refused(Object.assign(new Error(report.message), { code: report.code }));
        break;
      case 'hints':
        for (const hint of report.hints) client.onHint(hint);
        break;
      case 'closed':
        this.#forget(report.id);
        client.closed();
        break;
    }
  }

  #forget(id: number): void {
    this.#clients.delete(id);
    if (this.#clients.size > 0) return;
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  #onLost(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) {
      client.refused(new Error(`The watch thread died: ${reason}`));
      client.onHint({ kind: 'overflow' });
      client.onHint({ kind: 'failed', reason: `The watch thread died: ${reason}` });
      client.closed();
    }
  }
}
