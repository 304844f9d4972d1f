import { peerIdOf } from '../../protocol/device-id.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { MemberStatus } from '../../protocol/local-api.ts';
import type { FolderContext } from './context.ts';
import type { Gossip } from './logs/gossip.ts';

/** The other members of a folder, and how far each is. */
export function listMembers(
  { membership, device: own }: FolderContext,
  gossip: Gossip,
  inSyncWith: (device: DeviceId) => boolean,
): readonly MemberStatus[] {
  return membership.current.members
    .filter(({ device }) => device !== own.id)
    .map(({ device, name, role }) => ({
      device: peerIdOf(device),
      name,
      role,
      connected: gossip.devices().includes(device),
      inSync: inSyncWith(device),
      behindEntries: gossip.stateOf(device)?.pending ?? null,
    }));
}
