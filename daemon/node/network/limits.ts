/** Every time and size the transport is bounded by, with its reason. */

/** Both sides say something at least this often; well below the two minutes after which routers forget a connection. */
export const HEARTBEAT_MS = 15_000;

/** Beats without a single byte from the other side before a link counts as dead: 45 seconds. */
export const SILENT_BEATS = 3;

/** One address: connect and authenticate. Four round trips even over a satellite, without long waits for a stale address. */
export const DIAL_ADDRESS_TIMEOUT_MS = 4_000;

/** When time is short: still four round trips to anywhere on land. */
export const DIAL_ADDRESS_LEAST_MS = 1_000;

/** From an authenticated connection to the other side's hello. Longer than a dial: it may be waiting for its own dial. */
export const GREETING_TIMEOUT_MS = 10_000;

/** Addresses tried for one device, in the order given; more is a mistake or an attack on our patience. */
export const DIAL_ADDRESSES = 16;

/** What is still queued on the control lane may leave for this long when a link is closed in good order. */
export const FAREWELL_MS = 1_000;

/** Connections in all, wanted or not: a folder has tens of devices, so hundreds are strangers. */
export const CONNECTIONS = 256;

/** New connections per second from one address: all devices of an office may share one. */
export const CONNECTIONS_PER_SECOND_AND_HOST = 64;

/** Connections that have not proven their identity yet. */
export const UNAUTHENTICATED_CONNECTIONS = 64;

/** A connection has this long to prove its identity. */
export const AUTHENTICATION_TIMEOUT_MS = 10_000;

/**
 * The most one lane may have on its way unread. Speed is at most window / round-trip time, so 16 MiB is 84 MB/s to the
 * other end of the world.
 */
export const STREAM_WINDOW_BYTES = 16 * 1024 * 1024;

/** A stream whose reader pauses is reset once more than this is buffered: must exceed two windows. */
export const STREAM_READ_BUFFER_BYTES = 40 * 1024 * 1024;

/** An express offer is taken at once or not at all: a connection and a handshake, three round trips. */
export const EXPRESS_TIMEOUT_MS = 10_000;

/** Express connections, and offers that wait for one: a link has one, and strangers shall not use up our files. */
export const EXPRESS_CONNECTIONS = 256;
