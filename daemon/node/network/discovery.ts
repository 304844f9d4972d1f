import { mdns } from '@libp2p/mdns';
import type { Libp2pOptions } from 'libp2p';
import type { DeviceId } from '../../../protocol/ids.ts';
import { deviceOf, withoutPeer } from './addresses.ts';

/** What is announced and looked for on the local network; devices with other tags neither see nor answer each other. */
export const DEFAULT_SERVICE_TAG = '_sheaf._udp.local';

type Services = NonNullable<Libp2pOptions['services']>;
type Components = Parameters<Services[string]>[0];

export interface Discovery {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Finds devices by multicast DNS. Not given to libp2p as a discovery module, because libp2p would remember every
 * address that anyone on the local network claims, for any number of made-up peers, and would report each peer only once.
 */
export function createDiscovery(
  components: Components,
  serviceTag: string,
  onDiscovered: (device: DeviceId, addresses: readonly string[]) => void,
): Discovery {
  const service = mdns({ serviceTag })(components as Parameters<ReturnType<typeof mdns>>[0]);
  service.addEventListener('peer', (event) => {
    const device = deviceOf(event.detail.id);
    const addresses = event.detail.multiaddrs.map(withoutPeer);
    if (device !== undefined && addresses.length > 0) onDiscovered(device, addresses);
  });
  const startable = service as typeof service & Discovery;
  return { start: () => startable.start(), stop: () => startable.stop() };
}
