import type { Socket } from 'node:net';
import type { RawConnection, Stream } from './libp2p-types.ts';

/** Where a lane's bytes go next. Takes all it is given, so whoever writes asks first. */
export interface Outlet {
  /** Whether it is open and no more than `aheadBytes` wait in it already. */
  takes(aheadBytes: number): boolean;
  write(bytes: Uint8Array): void;
  readonly queuedBytes: number;
  onDrain(listener: () => void): void;
  offDrain(listener: () => void): void;
}

/** A libp2p stream; `socket` is what its connection writes to, where bytes of all streams wait encrypted. */
export function streamOutlet(stream: Stream, socket: RawConnection): Outlet {
  return {
    takes(aheadBytes) {
      if (stream.writeStatus !== 'writable') return false;
      if (aheadBytes === Number.POSITIVE_INFINITY) return true;
      return !stream.writableNeedsDrain && socket.writeBufferLength < aheadBytes;
    },
    write: (bytes) => void stream.send(bytes),
    get queuedBytes() {
      return stream.writeBufferLength;
    },
    // The event, not `onDrain()`: its promise is made once and stays resolved for ever after the first drain.
    onDrain: (listener) => stream.addEventListener('drain', listener),
    offDrain: (listener) => stream.removeEventListener('drain', listener),
  };
}

export function socketOutlet(socket: Socket): Outlet {
  const listeners = new Set<() => void>();
  // Called for every write, not only when the socket had too much: whoever waits for an empty one has to hear of it.
  const written = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    takes: (aheadBytes) => socket.writable && socket.writableLength < aheadBytes,
    write: (bytes) => void socket.write(bytes, written),
    get queuedBytes() {
      return socket.writableLength;
    },
    onDrain: (listener) => void listeners.add(listener),
    offDrain: (listener) => void listeners.delete(listener),
  };
}
