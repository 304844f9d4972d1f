/**
 * A device in a process of its own: sends back what it gets, prints its address, and stops its network at the end of
 * its input. Usage: node network-peer-process.ts NUMBER LISTEN
 */
import { deviceOfSeed, identitySeed, loopbackNetwork } from '../../compliance/network/libp2p-world.ts';
import { Party } from '../../compliance/network/party.ts';

const number = Number(process.argv[2]);
const network = loopbackNetwork(number, { listen: [process.argv[3] ?? ''] });
const party = new Party(network, deviceOfSeed(identitySeed(number)));
party.onFrame = (lane, frame, link) => link.send(lane, frame);
await network.start(party);
console.log(network.addresses()[0]);
process.stdin.resume();
process.stdin.on('end', () => {
  void network.stop();
});
