import { setFlagsFromString } from 'node:v8';

/**
 * V8 counts the bytes of buffers as its own and, every 64 MiB of them, starts to mark the whole heap in small steps, on
 * helper threads and with all that is made meanwhile held until the next time: of a 1 GiB file that was a third of the
 * daemon's processor time. Marking at once, only when the heap itself has grown, is 20 ms for a heap of ours.
 * Process-wide; to be called before there are worker threads.
 */
export function tuneHeap(): void {
  setFlagsFromString('--no-incremental-marking');
}
