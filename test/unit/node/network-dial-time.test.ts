import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Network } from '../../../daemon/effects/network.ts';
import { deviceOfSeed, identitySeed, loopbackNetwork } from '../../compliance/network/libp2p-world.ts';
import { Party } from '../../compliance/network/party.ts';

const other = deviceOfSeed(identitySeed(2));
let network: Network;
let servers: Server[];
let sockets: Socket[];

beforeEach(async () => {
  [servers, sockets] = [[], []];
  network = loopbackNetwork(1);
  await network.start(new Party(network, deviceOfSeed(identitySeed(1))));
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await network.stop();
});

/** The address of something that takes connections and never says a word. */
async function silentAddress(): Promise<string> {
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`;
}

const literally = (text: string): string => text.replace(/[.()]/g, '\\$&');

it('shares the time among all addresses, and names each with what happened there', async () => {
  const [first, second] = [await silentAddress(), await silentAddress()];
  const dead = '/ip4/127.0.0.1/tcp/9';
  const expected = [`${first} (no answer within 1.0 seconds)`, `${second} (no answer within 1.0 seconds)`, `${dead} (`];
  await expect(network.connect(other, [first, second, dead], 1500)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(new RegExp(`tried ${expected.map(literally).join(', ')}.*ECONNREFUSED`)),
  });
  expect(sockets).toHaveLength(2);
});

it('does not wait longer for an attempt that is under way', async () => {
  const address = await silentAddress();
  const patient = network.connect(other, [address]);
  patient.catch(() => undefined);
  await expect(network.connect(other, [address], 50)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(`tried ${address}`),
  });
  await network.stop();
  await expect(patient).rejects.toMatchObject({ code: 'unreachable' });
});
