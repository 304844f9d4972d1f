import type { Libp2p } from 'libp2p';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lane } from '../../../daemon/effects/network.ts';
import { withPeer } from '../../../daemon/node/network/addresses.ts';
import { frameHeader } from '../../../daemon/node/network/frames.ts';
import { BULK_PROTOCOL, CONTROL_PROTOCOL } from '../../../daemon/node/network/greeting.ts';
import { encodeHello } from '../../../daemon/node/network/hello.ts';
import { createNode } from '../../../daemon/node/network/libp2p-node.ts';
import type { Connection, Stream } from '../../../daemon/node/network/libp2p-types.ts';
import { identitySeed, openLibp2pWorld, until } from '../../compliance/network/libp2p-world.ts';
import { connect, type NetworkUnderTest, type Party, pattern, startParty } from '../../compliance/network/party.ts';

const HELLO = framed(encodeHello({ instance: 'ab'.repeat(16), dials: 1 }));
const MUCH = 600;

function framed(frame: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([frameHeader(frame.length), frame]));
}

/** A peer with the right keys that speaks libp2p and does what it likes on the lanes. */
interface RawPeer {
  readonly connection: Connection;
  readonly lanes: Readonly<Record<Lane, Stream>>;
}

describe('a member that breaks the rules', () => {
  let world: NetworkUnderTest;
  let party: Party;
  let node: Libp2p;
  beforeEach(async () => {
    world = openLibp2pWorld({ heartbeatMs: 40 });
    party = await startParty(world, 1);
    ({ node } = await createNode({
      identitySeed: identitySeed(9),
      listen: [],
      admit: () => true,
      onSocket: () => undefined,
      serviceTag: undefined,
      onDiscovered: () => undefined,
    }));
    await node.start();
  });
  afterEach(async () => {
    await node.stop();
    await world.cleanUp();
  });

  async function dial(): Promise<RawPeer> {
    const [address = ''] = party.network.addresses();
    const connection = await node.dial(withPeer(address, party.device), { force: true });
    const [control, bulk] = await Promise.all([
      connection.newStream(CONTROL_PROTOCOL),
      connection.newStream(BULK_PROTOCOL),
    ]);
    return { connection, lanes: { control, bulk } };
  }

  async function link(): Promise<RawPeer> {
    const peer = await dial();
    peer.lanes.control.send(HELLO);
    await until(() => party.openLinks().length === 1);
    return peer;
  }

  /** Sends heartbeats, so that the link does not end for silence. */
  function stayAlive(peer: RawPeer): NodeJS.Timeout {
    return setInterval(() => {
      if (peer.lanes.control.status === 'open') peer.lanes.control.send(Uint8Array.of(255, 255, 255, 255));
    }, 10);
  }

  it.each(['control', 'bulk'] as const)('is cut off when it announces too large a frame on %s', async (lane) => {
    const peer = await link();
    peer.lanes[lane].send(framed(pattern(10, 1)));
    peer.lanes[lane].send(frameHeader(4 * 1024 * 1024 + 1));
    await until(() => party.closed.length === 1);
    expect(party.closed[0]?.reason).toMatch(/too-large frame/);
    expect(party.framesOf(lane)).toEqual([pattern(10, 1)]);
    await until(() => peer.connection.status !== 'open');
  });

  it('is cut off when it sends something else than frames', async () => {
    const peer = await link();
    peer.lanes.bulk.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await until(() => party.closed.length === 1);
    expect(party.openLinks()).toEqual([]);
  });

  it.each([
    ['of another version', Uint8Array.of(7, 7, 7)],
    ['that is empty', new Uint8Array(0)],
  ])('gets no link with a hello %s', async (_name, hello) => {
    const peer = await dial();
    peer.lanes.control.send(framed(hello));
    await until(() => peer.connection.status !== 'open');
    expect(party.links).toEqual([]);
  });

  it('gets no link with half a hello, nor with one on a single lane', async () => {
    const [address = ''] = party.network.addresses();
    const connection = await node.dial(withPeer(address, party.device), { force: true });
    const control = await connection.newStream(CONTROL_PROTOCOL);
    control.send(HELLO);
    const peer = await dial();
    peer.lanes.control.send(HELLO.subarray(0, 9));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(party.links).toEqual([]);
  });

  it('loses the connection when it opens a lane twice', async () => {
    const peer = await dial();
    const second = peer.connection.newStream(CONTROL_PROTOCOL).then(
      (stream) => until(() => stream.status !== 'open'),
      () => undefined,
    );
    await second;
    expect(party.links).toEqual([]);
  });

  it('is cut off when it closes one lane', async () => {
    const peer = await link();
    await peer.lanes.bulk.close();
    await until(() => party.closed.length === 1);
    await until(() => peer.connection.status !== 'open');
  });

  it('is cut off when it falls silent, and not before', async () => {
    const peer = await link();
    const alive = stayAlive(peer);
    // Many times longer than silence is borne.
    await new Promise((resolve) => setTimeout(resolve, MUCH));
    expect(party.openLinks().length).toBe(1);
    clearInterval(alive);
    await until(() => party.closed.length === 1);
    expect(party.closed[0]?.reason).toMatch(/nothing heard/);
  });

  it('can take its time to read: what waits for it stays in our queue, and control still answers', async () => {
    const peer = await link();
    const alive = stayAlive(peer);
    peer.lanes.bulk.pause();
    let answered = 0;
    peer.lanes.control.addEventListener('message', () => {
      answered += 1;
    });
    for (let index = 0; index < 40; index += 1) party.link.send('bulk', pattern(1024 * 1024, index));
    party.link.send('control', pattern(10, 1));
    await until(() => answered > 0);
    expect(party.link.queuedBytes('bulk')).toBeGreaterThan(20 * 1024 * 1024);
    peer.lanes.bulk.addEventListener('message', () => undefined);
    peer.lanes.bulk.resume();
    await party.link.drained('bulk', 1);
    clearInterval(alive);
    expect(party.openLinks().length).toBe(1);
  });

  it('hurts nobody else', async () => {
    const other = await startParty(world, 2);
    await connect(world, other, party);
    const peer = await dial();
    peer.lanes.control.send(HELLO);
    peer.lanes.bulk.send(Buffer.from('nonsense'));
    await until(() => party.closed.length === 1);
    other.link.send('control', pattern(5, 5));
    await until(() => party.frames.some(({ link: from }) => from.device === other.device));
    expect(party.openLinks().map(({ device }) => device)).toEqual([other.device]);
  });
});

describe('a stranger', () => {
  it('gets no stream at all', async () => {
    const world = openLibp2pWorld();
    const party = await startParty(world, 1);
    party.admits = () => false;
    const { node } = await createNode({
      identitySeed: identitySeed(9),
      listen: [],
      admit: () => true,
      onSocket: () => undefined,
      serviceTag: undefined,
      onDiscovered: () => undefined,
    });
    await node.start();
    const [address = ''] = party.network.addresses();
    const stream = node.dialProtocol(withPeer(address, party.device), CONTROL_PROTOCOL);
    await expect(stream).rejects.toThrow();
    expect(party.asked.length).toBe(1);
    expect(party.links).toEqual([]);
    await node.stop();
    await world.cleanUp();
  });
});
