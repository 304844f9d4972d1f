import { randomBytes } from 'node:crypto';
import type { Libp2p } from 'libp2p';
import { peerIdOf } from '../../../protocol/device-id.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Logger } from '../../effects/logger.ts';
import type { Network, NetworkHandler } from '../../effects/network.ts';
import { deviceOf, hostAndPort, sortAddresses, withoutPeer } from './addresses.ts';
import { dialAddresses } from './dialler.ts';
import { DEFAULT_SERVICE_TAG, type Discovery } from './discovery.ts';
import { ExpressServer, type ListenAddress } from './express.ts';
import { OFFERED_PORTS } from './express-offer.ts';
import { BULK_PROTOCOL, CONTROL_PROTOCOL, greet, Reception } from './greeting.ts';
import { createNode } from './libp2p-node.ts';
import type { Connection, Multiaddr, RawConnection } from './libp2p-types.ts';
import { GREETING_TIMEOUT_MS, HEARTBEAT_MS } from './limits.ts';
import { type Attempt, Links } from './links.ts';

export interface Libp2pNetworkOptions {
  /** Ed25519 seed, 32 bytes: whoever has it is this device. */
  readonly identitySeed: Uint8Array;
  /** Multiaddrs such as '/ip4/0.0.0.0/tcp/4001'; port 0 takes any free port. */
  readonly listen: readonly string[];
  /** Whether to announce this device on the local network and look for others. */
  readonly discovery: boolean;
  /** Separates independent groups on one network; by default all sheaf devices see each other. */
  readonly serviceTag?: string;
  readonly logger: Logger;
  /** Whether bulk lanes may go on over TLS sockets of their own, on ports of their own; by default they do. */
  readonly express?: boolean;
  /** How often a heartbeat is sent, in milliseconds; three in silence end a link. Meant for tests. */
  readonly heartbeatMs?: number;
}

/** Links over libp2p: TCP, noise for encryption, yamux for the two lanes. */
export function createLibp2pNetwork(options: Libp2pNetworkOptions): Network {
  return new Libp2pNetwork(options);
}

interface Running {
  readonly node: Libp2p;
  readonly handler: NetworkHandler;
  readonly links: Links;
  readonly discovery: Discovery | undefined;
  readonly express: ExpressServer | undefined;
}

class Libp2pNetwork implements Network {
  readonly #options: Libp2pNetworkOptions;
  readonly #receptions = new WeakMap<Connection, Reception>();
  /** By the timeline object, the one thing that a socket and the connection made over it visibly share. */
  readonly #sockets = new WeakMap<object, RawConnection>();
  #listening: (() => readonly Multiaddr[])[] = [];
  #running: Running | undefined;

  constructor(options: Libp2pNetworkOptions) {
    this.#options = options;
  }

  async start(handler: NetworkHandler): Promise<void> {
    if (this.#running !== undefined) throw new Error('the network runs already');
    const { logger, listen, heartbeatMs = HEARTBEAT_MS } = this.#options;
    const { node, discovery } = await createNode({
      identitySeed: this.#options.identitySeed,
      listen,
      serviceTag: this.#options.discovery ? (this.#options.serviceTag ?? DEFAULT_SERVICE_TAG) : undefined,
      admit: (device, inbound) => handler.admit(device, inbound),
      onSocket: (socket) => this.#sockets.set(socket.timeline, socket),
      onDiscovered: (device, addresses) => handler.onDiscovered(device, addresses),
    });
    const self = deviceOf(node.peerId);
    if (self === undefined) throw new Error('an Ed25519 key made another kind of peer');
    const express = this.#options.express === false ? undefined : new ExpressServer(logger);
    const instance = randomBytes(16).toString('hex');
    const links = new Links({ self, instance, heartbeatMs, logger, handler, express });
    const running: Running = { node, handler, links, discovery, express };
    this.#listening = [];
    node.addEventListener('transport:listening', (event) => {
      const listener = event.detail;
      this.#listening.push(() => listener.getAddrs());
    });
    node.addEventListener('connection:open', (event) => this.#onConnection(running, event.detail));
    await this.#handle(node, 'control');
    await this.#handle(node, 'bulk');
    this.#running = running;
    try {
      await node.start();
    } catch (error) {
      this.#running = undefined;
      this.#listening = [];
      throw startFailure(listen, error);
    }
    await express?.start(this.#listenAddresses());
    // Not being found is no reason not to run: addresses may be known from elsewhere.
    await discovery?.start().catch((error: unknown) => logger.warn('discovery on the local network failed', { error }));
  }

  /** The hosts as asked for, so that a wildcard stays one, with the ports that libp2p got. */
  #listenAddresses(): readonly ListenAddress[] {
    const hosts = new Set(this.#options.listen.flatMap((address) => hostAndPort(address)?.host ?? []));
    const seen = new Map<number, ListenAddress>();
    for (const address of this.#listening.flatMap((list) => list().map(withoutPeer))) {
      const { host, port } = hostAndPort(address) ?? {};
      if (host === undefined || port === undefined || seen.size >= OFFERED_PORTS) continue;
      const wildcard = host.includes(':') ? '::' : '0.0.0.0';
      const asked = hosts.has(host) ? host : wildcard;
      if (hosts.has(asked)) seen.set(port, { host: asked, port });
    }
    return [...seen.values()];
  }

  addresses(): readonly string[] {
    // libp2p's own list leaves out public addresses that nobody has confirmed from outside.
    return sortAddresses(this.#listening.flatMap((list) => list().map(withoutPeer)));
  }

  async connect(device: DeviceId, addresses: readonly string[], withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { node, links } = this.#started();
    const untilMs = performance.now() + withinMs;
    if (deviceOf(node.peerId) === device) throw new CodedError('unreachable', 'A device cannot connect to itself.');
    for (;;) {
      if (links.has(device)) return;
      const running = links.attemptOf(device);
      if (running === undefined) break;
      if (!(await settledBefore(running.settled, untilMs))) {
        const where = running.addresses.join(', ');
        throw new CodedError('unreachable', `Device ${peerIdOf(device)} has not answered yet: tried ${where}.`);
      }
      if (running.failure !== undefined && addresses.every((address) => running.addresses.includes(address))) {
        if (links.has(device)) return;
        throw running.failure;
      }
    }
    const attempt = links.beginAttempt(device, addresses);
    try {
      await this.#dial(device, addresses, untilMs, attempt);
    } catch (error) {
      attempt.failure = error;
    }
    await links.endAttempt(device, attempt);
    // When it failed the other side may have connected meanwhile; that is as good.
    if (attempt.failure !== undefined && !links.has(device)) throw attempt.failure;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#listening = [];
    await running.discovery?.stop();
    await running.links.stop('this device is stopping');
    await running.express?.stop();
    await running.node.stop();
  }

  #dial(device: DeviceId, addresses: readonly string[], untilMs: number, attempt: Attempt): Promise<void> {
    const { node, links } = this.#started();
    return dialAddresses({
      node,
      device,
      addresses,
      signal: attempt.signal,
      untilMs,
      talk: (connection) =>
        greet(
          this.#parties(device, connection),
          () => links.dialHello(attempt),
          (greeted) => links.openOutbound(greeted),
          AbortSignal.any([attempt.signal, AbortSignal.timeout(GREETING_TIMEOUT_MS)]),
        ).finally(() => {
          attempt.greeted = false;
        }),
    });
  }

  #onConnection({ links }: Running, connection: Connection): void {
    if (connection.direction !== 'inbound') return;
    const device = deviceOf(connection.remotePeer);
    if (device === undefined) throw new Error('the gate let another kind of peer pass');
    const reception = new Reception(
      this.#parties(device, connection),
      (greeted) => links.receive(greeted),
      AbortSignal.timeout(GREETING_TIMEOUT_MS),
    );
    this.#receptions.set(connection, reception);
  }

  async #handle(node: Libp2p, lane: 'control' | 'bulk'): Promise<void> {
    await node.handle(
      lane === 'control' ? CONTROL_PROTOCOL : BULK_PROTOCOL,
      (stream, connection) => {
        const reception = this.#receptions.get(connection);
        if (reception === undefined) stream.abort(new Error('only the dialling side opens lanes'));
        else reception.onStream(lane, stream);
      },
      { maxInboundStreams: 1, maxOutboundStreams: 1 },
    );
  }

  #parties(
    device: DeviceId,
    connection: Connection,
  ): { device: DeviceId; connection: Connection; socket: RawConnection } {
    const socket = this.#sockets.get(connection.timeline);
    if (socket === undefined) throw new Error('libp2p no longer shares the timeline between socket and connection');
    return { device, connection, socket };
  }

  #started(): Running {
    if (this.#running === undefined) throw new CodedError('unreachable', 'The network is not started.');
    return this.#running;
  }
}

/** False when the time comes first. `untilMs` is by `performance.now()`. */
async function settledBefore(settled: Promise<void>, untilMs: number): Promise<boolean> {
  if (untilMs === Number.POSITIVE_INFINITY) return settled.then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, untilMs - performance.now()));
  });
  return Promise.race([settled.then(() => true), late]).finally(() => clearTimeout(timer));
}

function startFailure(listen: readonly string[], error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  const all = listen.join(', ');
  if (message.includes('EADDRINUSE')) {
    // libp2p folds the reasons of all addresses into one text, a paragraph for each address.
    const taken = listen.filter((address) =>
      message.split('\n\n').some((paragraph) => paragraph.includes(`${address}: `) && paragraph.includes('EADDRINUSE')),
    );
    const text = `Cannot listen on ${(taken.length > 0 ? taken : listen).join(', ')}: another program uses this port. Stop it or choose another port.`;
    return new CodedError('address-in-use', text, cause);
  }
  const errno = /\b(EADDRNOTAVAIL|EACCES|EINVAL|EAFNOSUPPORT)\b/.exec(message)?.[1];
  if (errno !== undefined) {
    const text = `Cannot listen on ${all} (${errno}): this machine does not have that address, or does not let this user take that port.`;
    return new CodedError('bad-address', text, cause);
  }
  const name = error instanceof Error ? error.name : '';
  if (
    !/^(ValidationError|InvalidMultiaddrError|UnknownProtocolError|InvalidParametersError|UnsupportedListenAddress\w*)$/.test(
      name,
    )
  ) {
    return error instanceof Error ? error : new Error(message);
  }
  const text = `Cannot listen on ${all}: ${name === 'ValidationError' ? message : 'not an address for TCP'}. An address looks like /ip4/0.0.0.0/tcp/4001.`;
  return new CodedError('bad-address', text, cause);
}
