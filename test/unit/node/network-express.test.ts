import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connectExpress, ExpressServer } from '../../../daemon/node/network/express.ts';
import { decodeOffer, type ExpressOffer, encodeOffer } from '../../../daemon/node/network/express-offer.ts';
import { Deframer, MOVED_BYTES } from '../../../daemon/node/network/frames.ts';
import { openLibp2pWorld, until } from '../../compliance/network/libp2p-world.ts';
import { connect, type NetworkUnderTest, pattern, startParty } from '../../compliance/network/party.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** Stands for the port of libp2p: the server only tells it on. */
const LISTEN = 4001;
const HOST = '127.0.0.1';

const outcome = (socket: Promise<Socket> | undefined): Promise<string> =>
  (socket ?? Promise.reject(new Error('no port'))).then(
    (taken) => {
      taken.destroy();
      return 'connected';
    },
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

describe('an express port', () => {
  const taken: Socket[] = [];
  let server: ExpressServer;
  beforeEach(async () => {
    server = new ExpressServer(silent);
    await server.start([{ host: HOST, port: LISTEN }]);
  });
  afterEach(async () => {
    for (const socket of taken.splice(0)) socket.destroy();
    await server.stop();
  });

  function offer(): ExpressOffer {
    const made = server.offer((socket) => taken.push(socket));
    if (made === undefined) throw new Error('no offer');
    return made;
  }

  it('takes who knows the key, once', async () => {
    const made = offer();
    const socket = await connectExpress(made, HOST, LISTEN);
    await until(() => taken.length === 1);
    socket?.write('hello');
    const heard = await new Promise<Buffer>((resolve) => taken[0]?.once('data', resolve));
    expect(heard.toString()).toBe('hello');
    expect(await outcome(connectExpress(made, HOST, LISTEN))).not.toBe('connected');
    expect(taken.length).toBe(1);
    socket?.destroy();
  });

  it('gives every offer a key and a name of its own', () => {
    const [one, two] = [offer(), offer()];
    expect(one.identity).not.toBe(two.identity);
    expect(one.key).not.toEqual(two.key);
    expect([one.key.length, one.identity.length]).toEqual([32, 32]);
  });

  it('takes nobody with another key, another name, or none', async () => {
    const made = offer();
    const port = made.ports[0]?.port ?? 0;
    expect(await outcome(connectExpress({ ...made, key: pattern(32, 9) }, HOST, LISTEN))).not.toBe('connected');
    expect(await outcome(connectExpress({ ...made, identity: 'ab'.repeat(16) }, HOST, LISTEN))).not.toBe('connected');
    const plain = await new Promise<string>((resolve) => {
      const socket = connectTls({ host: HOST, port, rejectUnauthorized: false }, () => resolve('connected'));
      socket.once('error', (error) => resolve(error.message));
    });
    expect(plain).not.toBe('connected');
    const rude = connectTcp(port, HOST, () => rude.write('GET / HTTP/1.1\r\n\r\n'));
    await new Promise((resolve) => rude.once('close', resolve).on('error', () => undefined));
    expect(taken).toEqual([]);
    expect(await outcome(connectExpress(made, HOST, LISTEN))).toBe('connected');
  });

  it('is not looked for where connections are forwarded from another port', () => {
    expect(connectExpress(offer(), HOST, LISTEN + 1)).toBeUndefined();
  });

  it('takes nothing more once it has stopped', async () => {
    const made = offer();
    await server.stop();
    expect(await outcome(connectExpress(made, HOST, LISTEN))).toBe('ECONNREFUSED');
    expect(server.offer(() => undefined)).toBeUndefined();
  });
});

describe('an offer', () => {
  const offer = { identity: '0f'.repeat(16), key: pattern(32, 1), ports: [{ listen: 4001, port: 50000 }] };

  it('is kind, name, key and ports', () => {
    const key = Buffer.from(offer.key).toString('hex');
    expect(Buffer.from(encodeOffer(offer)).toString('hex')).toBe(`01${offer.identity}${key}010fa1c350`);
    expect(decodeOffer(encodeOffer(offer))).toEqual(offer);
  });

  it('is none when it is cut short, of another kind, or has no or too many ports', () => {
    const bytes = encodeOffer(offer);
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeOffer(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeOffer(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
    for (const ports of [[], Array.from({ length: 9 }, () => ({ listen: 1, port: 2 }))]) {
      expect(decodeOffer(encodeOffer({ ...offer, ports }))).toBeUndefined();
    }
  });
});

describe('a link', () => {
  let world: NetworkUnderTest;
  let moved: number;
  beforeEach(() => {
    moved = 0;
    const debug = (message: string): void => {
      if (message === 'bulk goes on over an express lane') moved += 1;
    };
    world = openLibp2pWorld({ logger: { ...silent, debug } });
  });
  afterEach(() => world.cleanUp());

  it('keeps bulk in order while it moves to the express lane, both ways', async () => {
    const [first, second] = [await startParty(world, 1), await startParty(world, 2)];
    const count = 300;
    for (const party of [first, second]) {
      party.greet = (link) => {
        // From the first moment on, so that the move falls between frames.
        const next = (index: number): void => {
          link.send('bulk', pattern(20_000 + index, index));
          if (index + 1 < count) setImmediate(next, index + 1);
        };
        next(0);
      };
    }
    await connect(world, first, second);
    await until(() => first.framesOf('bulk').length === count && second.framesOf('bulk').length === count);
    for (const party of [first, second]) {
      expect(party.framesOf('bulk').map((frame) => frame.length)).toEqual(
        Array.from({ length: count }, (_, index) => 20_000 + index),
      );
      expect(party.closed).toEqual([]);
    }
    expect(moved).toBe(2);
  });

  it('stays on its stream behind a forwarded port', async () => {
    const [first, second] = [await startParty(world, 1), await startParty(world, 2)];
    const [address = ''] = second.network.addresses();
    const forwarded = await forward(Number(address.split('/').at(-1)));
    await first.network.connect(second.device, [`/ip4/${HOST}/tcp/${forwarded.port}`]);
    first.link.send('bulk', pattern(1_000_000, 1));
    await until(() => second.framesOf('bulk').length === 1);
    expect(forwarded.bytes()).toBeGreaterThan(1_000_000);
    expect(moved).toBe(0);
  });
});

it('a lane that nobody offered to move can not', () => {
  expect(() => new Deframer(() => undefined).push(MOVED_BYTES)).toThrow(/too-large frame/);
});

/** Another port that leads to the same place. */
async function forward(to: number): Promise<{ readonly port: number; readonly bytes: () => number }> {
  let bytes = 0;
  const server: Server = createServer((inbound) => {
    const outbound = connectTcp(to, HOST);
    inbound.on('data', (data) => {
      bytes += data.length;
    });
    inbound.pipe(outbound).pipe(inbound);
    for (const socket of [inbound, outbound]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, bytes: () => bytes };
}
