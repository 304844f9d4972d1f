import type { Connection, RawConnection } from './libp2p-types.ts';

/**
 * Ends a connection at once, whatever state it is in. libp2p throws when the muxer is told to abort while the layer
 * below it is going down, and an error thrown inside one of its events ends the process.
 */
export function abortConnection(connection: Connection, socket: RawConnection, reason: string): void {
  const error = new Error(reason);
  try {
    connection.abort(error);
  } catch {
    socket.abort(error);
  }
}
