import { peerIdOf } from '../../protocol/device-id.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { PeerInfo } from '../../protocol/local-api.ts';
import type { Folder } from './folder.ts';
import { isoTime } from './iso-time.ts';
import type { Peers } from './peers/peers.ts';

/** Every device that some folder is shared with. */
export function listDevices(folders: readonly Folder[], own: DeviceId, peers: Peers): readonly PeerInfo[] {
  const found = new Map<DeviceId, { name: string; folders: string[] }>();
  for (const { context } of folders) {
    for (const { device, name } of context.membership.current.members) {
      if (device === own) continue;
      const known = found.get(device) ?? { name, folders: [] };
      known.folders.push(context.config.name);
      found.set(device, known);
    }
  }
  return [...found].map(([device, { name, folders: shared }]) => {
    const session = peers.session(device);
    const seen = peers.lastSeen(device);
    return {
      id: peerIdOf(device),
      name,
      connected: session !== undefined,
      address: session?.link.remoteAddress ?? null,
      lastSeen: seen === undefined ? null : isoTime(seen),
      folders: shared,
    };
  });
}
