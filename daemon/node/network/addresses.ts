import { multiaddr } from '@multiformats/multiaddr';
import { deviceIdOf, peerIdOf } from '../../../protocol/device-id.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Multiaddr, PeerId } from './libp2p-types.ts';

/** Undefined for peers whose key is of another kind than Ed25519: they are no devices. */
export function deviceOf(peer: PeerId): DeviceId | undefined {
  return peer.type === 'Ed25519' ? deviceIdOf(peer.toString()) : undefined;
}

/** The address alone: whom we expect there is known from elsewhere. */
export function withoutPeer(address: Multiaddr): string {
  const text = address.toString();
  const end = text.indexOf('/p2p/');
  return end < 0 ? text : text.slice(0, end);
}

/** The address of exactly this device. Throws on text that is no multiaddr. */
export function withPeer(address: string, device: DeviceId): Multiaddr {
  return multiaddr(`${withoutPeer(multiaddr(address))}/p2p/${peerIdOf(device)}`);
}

function isLoopback(address: string): boolean {
  return address.startsWith('/ip4/127.') || address.startsWith('/ip6/::1/');
}

/** Every address once, those that only this machine can reach at the end. */
export function sortAddresses(addresses: readonly string[]): readonly string[] {
  const all = [...new Set(addresses)];
  return [...all.filter((address) => !isLoopback(address)), ...all.filter(isLoopback)];
}

/** Host and TCP port of an address such as '/ip4/192.0.2.1/tcp/4001'; undefined for one of another kind. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)$/.exec(address) ?? [];
  return host === undefined || port === undefined ? undefined : { host, port: Number(port) };
}
