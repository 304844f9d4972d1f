import type { Libp2p, Libp2pOptions } from 'libp2p';

/** The names libp2p gives to things, taken from its own functions so that its interface package need not be a dependency. */
export type Connection = Awaited<ReturnType<Libp2p['dial']>>;
export type Stream = Awaited<ReturnType<Connection['newStream']>>;
export type PeerId = Connection['remotePeer'];
export type Multiaddr = Connection['remoteAddr'];
type Gater = NonNullable<Libp2pOptions['connectionGater']>;
/** A connection before it is encrypted: in our case the TCP socket. */
export type RawConnection = Parameters<NonNullable<Gater['denyInboundEncryptedConnection']>>[1];
