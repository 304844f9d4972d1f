/**
 * Three devices on one local network, one of them with another tag: prints what each discovered as JSON, once the first
 * two have found each other. For a network namespace of its own, since multicast leaves the machine otherwise.
 */
import type { DeviceId } from '../../../protocol/ids.ts';
import { deviceOfSeed, identitySeed, loopbackNetwork, until } from '../../compliance/network/libp2p-world.ts';
import { Party } from '../../compliance/network/party.ts';

const parties = [1, 2, 3].map((number) => {
  const serviceTag = number === 3 ? '_other._udp.local' : '_sheaf-test._udp.local';
  const network = loopbackNetwork(number, { discovery: true, serviceTag });
  return new Party(network, deviceOfSeed(identitySeed(number)));
});
for (const party of parties) await party.network.start(party);
const found = (party: Party | undefined, device: DeviceId | undefined): boolean =>
  party !== undefined && device !== undefined && party.discovered.has(device);
await until(() => found(parties[0], parties[1]?.device) && found(parties[1], parties[0]?.device));
console.log(
  JSON.stringify(
    parties.map(({ device, network, discovered }) => ({
      device,
      addresses: network.addresses(),
      discovered: [...discovered],
    })),
  ),
);
for (const party of parties) await party.network.stop();
