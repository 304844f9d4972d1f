import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Network } from '../../../daemon/effects/network.ts';
import {
  deviceOfSeed,
  identitySeed,
  loopbackNetwork,
  openLibp2pWorld,
  until,
} from '../../compliance/network/libp2p-world.ts';
import { Party, pattern, startParty } from '../../compliance/network/party.ts';

const PEER_PROGRAM = fileURLToPath(new URL('./network-peer-process.ts', import.meta.url));

describe('a network and the processes around it', () => {
  let child: ChildProcess | undefined;
  const world = openLibp2pWorld();
  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await world.cleanUp();
  });

  /** Starts a device in a process of its own; resolves to the address it listens on. */
  async function startProcess(number: number, listen: string): Promise<string> {
    child = spawn(process.execPath, [PEER_PROGRAM, String(number), listen], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [data] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return data.toString().trim();
  }

  it('notices that the other process was killed, and links up with its successor at the same port', async () => {
    const party = await startParty(world, 1);
    const address = await startProcess(2, '/ip4/127.0.0.1/tcp/0');
    const device = world.device(2);
    await party.network.connect(device, [address]);
    party.link.send('control', pattern(10, 1));
    await until(() => party.framesOf('control').length === 1);
    child?.kill('SIGKILL');
    await until(() => party.closed.length === 1);
    await startProcess(2, address);
    await party.network.connect(device, [address]);
    party.link.send('control', pattern(10, 2));
    await until(() => party.framesOf('control').length === 2);
    expect(party.framesOf('control')).toEqual([pattern(10, 1), pattern(10, 2)]);
  });

  it('lets the process end by itself once it is stopped', async () => {
    const party = await startParty(world, 1);
    const address = await startProcess(2, '/ip4/127.0.0.1/tcp/0');
    await party.network.connect(world.device(2), [address]);
    const exited = once(child as ChildProcess, 'exit');
    // The program stops its network when its input ends, and does nothing more.
    child?.stdin?.end();
    expect(await exited).toEqual([0, null]);
    await until(() => party.closed.length === 1);
  });

  it('says which address is taken', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const taken = `/ip4/127.0.0.1/tcp/${port}`;
    const network: Network = loopbackNetwork(1, { listen: ['/ip4/127.0.0.1/tcp/0', taken] });
    const failure = network.start(new Party(network, deviceOfSeed(identitySeed(1))));
    await expect(failure).rejects.toMatchObject({ code: 'address-in-use', message: expect.stringContaining(taken) });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining('/tcp/0') });
    expect(network.addresses()).toEqual([]);
    server.close();
    await once(server, 'close');
    // The failed start left nothing behind.
    const party = new Party(network, deviceOfSeed(identitySeed(1)));
    await network.start(party);
    expect(network.addresses()).toContain(taken);
    await network.stop();
  });

  it('cannot connect before it is started or after it is stopped', async () => {
    const network = loopbackNetwork(1);
    await expect(network.connect(world.device(2), [])).rejects.toMatchObject({ code: 'unreachable' });
    await network.start(new Party(network, world.device(1)));
    await network.stop();
    await expect(network.connect(world.device(2), [])).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('does not dial itself', async () => {
    const party = await startParty(world, 1);
    await expect(party.network.connect(party.device, party.network.addresses())).rejects.toThrow(/itself/);
  });
});
