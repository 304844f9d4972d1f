import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { decodeTicket, encodeTicket } from '../../protocol/ticket.ts';

/** A TCP relay on loopback that counts, on wish records, and can cut what passes. */
export interface Relay {
  /** Where to dial instead of the target: /ip4/127.0.0.1/tcp/PORT. */
  readonly address: string;
  /** Bytes that have passed so far, over all connections. */
  bytes(): { readonly toTarget: number; readonly fromTarget: number };
  /** All that has passed, per direction in order; empty unless recording. */
  recorded(): { readonly toTarget: Buffer; readonly fromTarget: Buffer };
  /** Connections that are open now. */
  connections(): number;
  /** Breaks every connection, as a pulled cable noticed at once. New ones are let through. */
  cut(): void;
  /** While blocked every connection is broken, also new ones. */
  block(blocked: boolean): void;
  /** Where new connections go from now on. */
  retarget(address: string): void;
  close(): Promise<void>;
}

/** @param target a multiaddr such as /ip4/127.0.0.1/tcp/40001 */
export async function createRelay(target: string, { record = false } = {}): Promise<Relay> {
  let port = portOf(target);
  let blocked = false;
  const count = { toTarget: 0, fromTarget: 0 };
  const parts: { readonly toTarget: Buffer[]; readonly fromTarget: Buffer[] } = { toTarget: [], fromTarget: [] };
  const open = new Set<Socket>();

  const pass = (from: Socket, to: Socket, way: 'toTarget' | 'fromTarget'): void => {
    from.on('data', (data: Buffer) => {
      count[way] += data.length;
      if (record) parts[way].push(Buffer.from(data));
      if (!to.write(data)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (blocked) {
      client.destroy();
      return;
    }
    const there = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    open.add(client).add(there);
    client.setNoDelay(true);
    there.setNoDelay(true);
    pass(client, there, 'toTarget');
    pass(there, client, 'fromTarget');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`,
    bytes: () => ({ ...count }),
    recorded: () => ({ toTarget: Buffer.concat(parts.toTarget), fromTarget: Buffer.concat(parts.fromTarget) }),
    connections: () => open.size / 2,
    cut,
    block(value) {
      blocked = value;
      if (value) cut();
    },
    retarget(address) {
      port = portOf(address);
    },
    close() {
      cut();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function portOf(address: string): number {
  const port = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)/.exec(address)?.[1];
  if (port === undefined) throw new Error(`${address} is no loopback address`);
  return Number(port);
}

/**
 * The same ticket, whose joiner knows no other address than the relay's. The connection made by it stays there until it
 * is cut; later ones may go directly, as the devices tell each other their own addresses.
 */
export function ticketThrough(relay: Relay, ticket: string): string {
  return encodeTicket({ ...decodeTicket(ticket), addresses: [relay.address] });
}
