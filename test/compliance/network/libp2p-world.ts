import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Network } from '../../../daemon/effects/network.ts';
import { createLibp2pNetwork, type Libp2pNetworkOptions } from '../../../daemon/node/network/libp2p-network.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { NetworkUnderTest } from './party.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** 'PKCS#8, Ed25519, 32 bytes follow', RFC 8410 section 7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function identitySeed(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

export function deviceOfSeed(seed: Uint8Array): DeviceId {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return spki.subarray(-32).toString('hex') as DeviceId;
}

export function loopbackNetwork(number: number, options: Partial<Libp2pNetworkOptions> = {}): Network {
  return createLibp2pNetwork({
    identitySeed: identitySeed(number),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    discovery: false,
    logger: silent,
    ...options,
  });
}

/** Polls: real sockets tell nobody when they are done. The test's own timeout ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export function openLibp2pWorld(options: Partial<Libp2pNetworkOptions> = {}): NetworkUnderTest {
  const networks: Network[] = [];
  return {
    create: (number) => {
      const network = loopbackNetwork(number, options);
      networks.push(network);
      return network;
    },
    device: (number) => deviceOfSeed(identitySeed(number)),
    // The discard port: nothing listens below 1024 in a test environment.
    deadAddress: '/ip4/127.0.0.1/tcp/9',
    bulkBytes: 200_000_000,
    during: (promise) => promise,
    until,
    cleanUp: async () => {
      await Promise.all(networks.map((network) => network.stop()));
    },
  };
}
