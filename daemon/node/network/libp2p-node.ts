import { noise } from '@chainsafe/libp2p-noise';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p, type Libp2p } from 'libp2p';
import type { DeviceId } from '../../../protocol/ids.ts';
import { deviceOf } from './addresses.ts';
import { createDiscovery, type Discovery } from './discovery.ts';
import type { PeerId, RawConnection } from './libp2p-types.ts';
import {
  AUTHENTICATION_TIMEOUT_MS,
  CONNECTIONS,
  CONNECTIONS_PER_SECOND_AND_HOST,
  DIAL_ADDRESS_TIMEOUT_MS,
  DIAL_ADDRESSES,
  GREETING_TIMEOUT_MS,
  STREAM_READ_BUFFER_BYTES,
  STREAM_WINDOW_BYTES,
  UNAUTHENTICATED_CONNECTIONS,
} from './limits.ts';

export interface NodeOptions {
  /** 32 bytes. */
  readonly identitySeed: Uint8Array;
  readonly listen: readonly string[];
  /** Asked with the proven identity, before the other side can open a stream. */
  readonly admit: (device: DeviceId, inbound: boolean) => boolean;
  /** The socket of a connection that passed the gate, with which its connection shares the timeline object. */
  readonly onSocket: (socket: RawConnection) => void;
  /** Announce and look for devices under this tag; undefined for neither. */
  readonly serviceTag: string | undefined;
  readonly onDiscovered: (device: DeviceId, addresses: readonly string[]) => void;
}

export interface NodeAndDiscovery {
  readonly node: Libp2p;
  /** To be started once the node listens, so that the first question can be answered with our own addresses. */
  readonly discovery: Discovery | undefined;
}

/** A libp2p node with nothing but TCP, noise and yamux: no identify, ping, relay, gossip or address book of others. */
export async function createNode(options: NodeOptions): Promise<NodeAndDiscovery> {
  let discovery: Discovery | undefined;
  const gate = (peer: PeerId, socket: RawConnection, inbound: boolean): boolean => {
    const device = deviceOf(peer);
    if (device === undefined || !options.admit(device, inbound)) return true;
    options.onSocket(socket);
    return false;
  };
  const node = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.identitySeed),
    addresses: { listen: [...options.listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        // Pings every 30 seconds, from which the receive window grows with the round-trip time; our own heartbeat
        // decides whether a link lives.
        enableKeepAlive: true,
        // Two lanes, and room for a peer that opens them anew.
        maxInboundStreams: 8,
        maxOutboundStreams: 8,
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_BYTES,
          maxReadBufferLength: STREAM_READ_BUFFER_BYTES,
        },
      }),
    ],
    connectionGater: {
      // The first calls that know who is there. Nothing is asked before: the identity decides, not the address.
      denyInboundEncryptedConnection: (peer, socket) => gate(peer, socket, true),
      denyOutboundEncryptedConnection: (peer, socket) => gate(peer, socket, false),
      // libp2p's default refuses to dial private and loopback addresses in browsers only; said here to be sure.
      denyDialMultiaddr: () => false,
    },
    connectionManager: {
      maxConnections: CONNECTIONS,
      // The default of 5 would refuse devices behind one address (and tests) with a reset connection.
      inboundConnectionThreshold: CONNECTIONS_PER_SECOND_AND_HOST,
      maxIncomingPendingConnections: UNAUTHENTICATED_CONNECTIONS,
      inboundUpgradeTimeout: AUTHENTICATION_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: GREETING_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: GREETING_TIMEOUT_MS,
      addressDialTimeout: DIAL_ADDRESS_TIMEOUT_MS,
      maxPeerAddrsToDial: DIAL_ADDRESSES,
      // When to dial again is decided elsewhere.
      reconnectRetries: 0,
    },
    // Opens a new stream for each ping and aborts connections whose event loop is busy or whose uplink is full.
    connectionMonitor: { enabled: false },
    services: {
      discovery: (components) => {
        const { serviceTag } = options;
        if (serviceTag !== undefined) discovery = createDiscovery(components, serviceTag, options.onDiscovered);
        // libp2p would start and stop what is returned here.
        return {};
      },
    },
  });
  return { node, discovery };
}
