import { openLibp2pWorld } from './network/libp2p-world.ts';
import { networkCompliance } from './network.ts';

networkCompliance('libp2p over loopback', () => openLibp2pWorld());
networkCompliance('libp2p over loopback, without express lanes', () => openLibp2pWorld({ express: false }));
