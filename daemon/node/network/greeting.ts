import type { DeviceId } from '../../../protocol/ids.ts';
import { abortConnection } from './abort.ts';
import { withoutPeer } from './addresses.ts';
import { frameHeader } from './frames.ts';
import { decodeHello, encodeHello, type Hello } from './hello.ts';
import { LaneReader } from './lane-reader.ts';
import type { AgreedConnection } from './libp2p-link.ts';
import type { Connection, RawConnection, Stream } from './libp2p-types.ts';

export const CONTROL_PROTOCOL = '/sheaf/control/1';
export const BULK_PROTOCOL = '/sheaf/bulk/1';

/** A connection over which the other side has said hello. */
export interface Greeted {
  readonly agreed: AgreedConnection;
  readonly hello: Hello;
}

/** A connection that did not become a link; `refused` when the other side itself ended it. */
export class GreetingError extends Error {
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.name = 'GreetingError';
    this.refused = refused;
  }
}

export function sendHello(control: Stream, hello: Hello): void {
  const frame = encodeHello(hello);
  control.send(Buffer.concat([frameHeader(frame.length), frame]));
}

interface Parties {
  readonly device: DeviceId;
  readonly connection: Connection;
  readonly socket: RawConnection;
}

/**
 * The dialler's side: opens both lanes, says hello and waits for the answer. A dial that the other side's gate denies
 * still looks open here, so only the answer tells that there is a link. `onGreeted` is called in the same moment as
 * the answer is read, before any frame that follows it. Rejects with `GreetingError`; aborts the connection then.
 */
export async function greet(
  parties: Parties,
  hello: () => Hello,
  onGreeted: (greeted: Greeted) => void,
  signal: AbortSignal,
): Promise<void> {
  const { connection } = parties;
  try {
    // Control first: libp2p serves the streams of a connection in the order of their opening.
    const [control, bulk] = await Promise.all([
      connection.newStream(CONTROL_PROTOCOL, { signal }),
      connection.newStream(BULK_PROTOCOL, { signal }),
    ]);
    signal.throwIfAborted();
    const agreed = agree(parties, false, control, bulk);
    // An answer that comes before anyone listens is kept by the stream.
    sendHello(control, hello());
    await firstFrame(agreed, signal, (frame) => onGreeted({ agreed, hello: decodeHello(frame) }));
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    abortConnection(connection, parties.socket, reason.message);
    if (reason instanceof GreetingError) throw reason;
    if (signal.aborted) throw new GreetingError('connected, but no answer came in time', false);
    if (reason.name === 'UnsupportedProtocolError') {
      throw new GreetingError('it speaks another version of the protocol; update the older of the two', true);
    }
    // What a stream rejects with at that moment may be a bare event.
    const detail = error instanceof Error && !reason.message.startsWith('[object') ? ` (${reason.message})` : '';
    throw new GreetingError(`the other side ended the connection${detail}`, true);
  }
}

/**
 * The listener's side: collects both lanes and the dialler's hello. Aborts the connection when they do not come before
 * the signal.
 */
export class Reception {
  readonly #parties: Parties;
  readonly #onGreeted: (greeted: Greeted) => void;
  readonly #signal: AbortSignal;
  #control: Stream | undefined;
  #bulk: Stream | undefined;

  constructor(parties: Parties, onGreeted: (greeted: Greeted) => void, signal: AbortSignal) {
    this.#parties = parties;
    this.#onGreeted = onGreeted;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onTimeout, { once: true });
  }

  onStream(lane: 'control' | 'bulk', stream: Stream): void {
    if ((lane === 'control' ? this.#control : this.#bulk) !== undefined) {
      this.#abort(`a second ${lane} lane was opened`);
      return;
    }
    if (lane === 'control') this.#control = stream;
    else this.#bulk = stream;
    if (this.#control === undefined || this.#bulk === undefined) return;
    const agreed = agree(this.#parties, true, this.#control, this.#bulk);
    firstFrame(agreed, this.#signal, (frame) => {
      const hello = decodeHello(frame);
      this.#signal.removeEventListener('abort', this.#onTimeout);
      // Nothing may follow before the answer. Whoever takes the connection takes over the reader.
      agreed.controlReader.deliverTo(
        () => this.#abort('a frame came before the answer to hello'),
        (reason) => this.#abort(reason),
      );
      this.#onGreeted({ agreed, hello });
    }).catch((error: Error) => this.#abort(error.message));
  }

  readonly #onTimeout = (): void => {
    this.#abort('no hello came in time');
  };

  #abort(reason: string): void {
    abortConnection(this.#parties.connection, this.#parties.socket, reason);
  }
}

function agree(parties: Parties, inbound: boolean, control: Stream, bulk: Stream): AgreedConnection {
  return {
    ...parties,
    inbound,
    remoteAddress: withoutPeer(parties.connection.remoteAddr),
    control,
    controlReader: new LaneReader(control),
    bulk,
    bulkReader: new LaneReader(bulk),
  };
}

/** Resolves once the first control frame was handed to `onFrame`; rejects when it cannot come any more. */
function firstFrame(
  agreed: AgreedConnection,
  signal: AbortSignal,
  onFrame: (frame: Uint8Array) => void,
): Promise<void> {
  const { control, controlReader } = agreed;
  return new Promise((resolve, reject) => {
    const ended = (): void => done(() => reject(new GreetingError('the other side did not take the connection', true)));
    const timedOut = (): void => done(() => reject(new GreetingError('connected, but no answer came in time', false)));
    const done = (settle: () => void): void => {
      control.removeEventListener('close', ended);
      control.removeEventListener('remoteCloseWrite', ended);
      signal.removeEventListener('abort', timedOut);
      settle();
    };
    control.addEventListener('close', ended);
    control.addEventListener('remoteCloseWrite', ended);
    signal.addEventListener('abort', timedOut);
    controlReader.deliverTo(
      (frame) => {
        onFrame(frame);
        done(resolve);
      },
      (reason) => done(() => reject(new GreetingError(reason, false))),
    );
    // A stream may have been reset before anyone could listen for it.
    if (control.status !== 'open') ended();
  });
}
