import { randomBytes } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from '../../effects/logger.ts';
import type { ExpressOffer } from './express-offer.ts';
import { EXPRESS_CONNECTIONS, EXPRESS_TIMEOUT_MS } from './limits.ts';

/**
 * TLS 1.3 with a pre-shared key and nothing else: no certificates, and a Diffie-Hellman exchange of its own (RFC 8446,
 * psk_dhe_ke). OpenSSL ties such keys to SHA-256, hence the one suite.
 */
const TLS = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;

interface Expected {
  readonly key: Uint8Array;
  readonly take: (socket: Socket) => void;
  readonly timer: NodeJS.Timeout;
}

/** An address this device listens on: its host as it was asked for, and the port it got. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Takes express connections: bulk lanes that leave libp2p for a TLS socket, which costs a third of the processor time
 * (docs/decisions/transport.md). Who may connect was decided by the link that carried the offer; an offer is good for one
 * connection, for a few seconds.
 */
export class ExpressServer {
  readonly #logger: Logger;
  readonly #servers: { readonly server: Server; readonly listen: number }[] = [];
  readonly #expected = new Map<string, Expected>();
  readonly #sockets = new Set<Socket>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Never rejects: where no port can be had there are no offers. */
  async start(addresses: readonly ListenAddress[]): Promise<void> {
    await Promise.all(addresses.map((address) => this.#listen(address)));
  }

  /** Undefined when there is nothing to offer. `take` is called once at most, with a socket that knows the key. */
  offer(take: (socket: Socket) => void): ExpressOffer | undefined {
    const ports = this.#servers.map(({ server, listen }) => ({ listen, port: (server.address() as AddressInfo).port }));
    if (ports.length === 0 || this.#expected.size >= EXPRESS_CONNECTIONS) return undefined;
    const identity = randomBytes(16).toString('hex');
    const key = Uint8Array.from(randomBytes(32));
    const timer = setTimeout(() => this.#expected.delete(identity), EXPRESS_TIMEOUT_MS).unref();
    this.#expected.set(identity, { key, take, timer });
    return { identity, key, ports };
  }

  async stop(): Promise<void> {
    for (const { timer } of this.#expected.values()) clearTimeout(timer);
    this.#expected.clear();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.splice(0).map(({ server }) => new Promise((resolve) => server.close(resolve))));
  }

  #listen({ host, port: listen }: ListenAddress): Promise<void> {
    const named = new WeakMap<TLSSocket, string>();
    const server = createServer(
      {
        ...TLS,
        handshakeTimeout: EXPRESS_TIMEOUT_MS,
        pskCallback: (socket, identity) => {
          named.set(socket, identity);
          return this.#expected.get(identity)?.key ?? null;
        },
      },
      (socket) => this.#take(socket, named.get(socket)),
    );
    server.maxConnections = EXPRESS_CONNECTIONS;
    // Whoever does not know a key, or goes away in between. The others are told by what they miss.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    return new Promise((resolve) => {
      // For good, not once: a connection that can not be taken later (too many open files) must not end the daemon.
      server.on('error', (error) => {
        this.#logger.warn('an express port failed', { host, error });
        resolve();
      });
      server.listen({ host, port: 0 }, () => {
        this.#servers.push({ server, listen });
        resolve();
      });
    });
  }

  #take(socket: TLSSocket, identity: string | undefined): void {
    const expected = identity === undefined ? undefined : this.#expected.get(identity);
    if (identity === undefined || expected === undefined) {
      socket.destroy();
      return;
    }
    this.#expected.delete(identity);
    clearTimeout(expected.timer);
    expected.take(socket);
  }
}

/**
 * The dialler's side. Rejects when nobody answers there in time or whoever does has not got the key.
 * @param listened the TCP port at which the link was dialled; when the other side does not know it, somebody between the
 * two forwards connections, and the express port is not to be found at that address
 */
export function connectExpress(offer: ExpressOffer, host: string, listened: number): Promise<Socket> | undefined {
  const port = offer.ports.find(({ listen }) => listen === listened)?.port;
  if (port === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...TLS,
      host,
      port,
      pskCallback: () => ({ psk: offer.key, identity: offer.identity }),
      // There is no certificate whose name could be compared: knowing the key is the proof.
      checkServerIdentity: () => undefined,
    });
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), EXPRESS_TIMEOUT_MS);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      socket.pause();
      resolve(socket);
    });
  });
}
