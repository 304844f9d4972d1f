import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openCLibrary } from './c-library.ts';

const CHECK_MS = 5000;
/** A process that used less than this between two checks is at rest: heartbeats and timers, no work. */
const RESTING_MICROSECONDS = 250_000;
/** Less work than this leaves nothing worth a collection. */
const WORTHWHILE_MICROSECONDS = 1_000_000;

/**
 * V8 counts the bytes of buffers as its own and, every 64 MiB of them, starts to mark the whole heap in small steps, on
 * helper threads and with all that is made meanwhile held until the next time: of a 1 GiB file that was a third of the
 * daemon's processor time. Marking at once, only when the heap itself has grown, is 20 ms for a heap of ours.
 * Process-wide; to be called before there are worker threads.
 */
export function tuneHeap(): void {
  setFlagsFromString('--no-incremental-marking');
}

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
let collect: Collect | undefined;

/** Frees all that nobody holds in this thread, which takes some tens of milliseconds: for when there is nothing to do. */
export function collectGarbage(): void {
  if (collect === undefined) {
    // The function exists only in contexts made while the flag is set. The flag is the whole process's and stays set:
    // another thread may be between these two lines.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect({ type: 'major', flavor: 'last-resort' });
}

/**
 * Gives memory back to the system each time the process comes to rest after work, since an allocator keeps what a busy
 * hour needed for ever, and V8's own timer for it is part of what `tuneHeap` turns off. Returns how to stop it.
 */
export function shrinkAtRest(): () => void {
  // glibc's; elsewhere the allocator does it by itself.
  const trim = process.platform === 'linux' ? openCLibrary()?.bind('int malloc_trim(size_t)') : undefined;
  let shrunkAt = 0;
  let seen = 0;
  const timer = setInterval(() => {
    const used = usedMicroseconds();
    const resting = used - seen < RESTING_MICROSECONDS;
    seen = used;
    if (!resting || used - shrunkAt < WORTHWHILE_MICROSECONDS) return;
    collectGarbage();
    trim?.(0);
    seen = usedMicroseconds();
    shrunkAt = seen;
  }, CHECK_MS).unref();
  return () => clearInterval(timer);
}

/** Processor time of all threads. */
function usedMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
