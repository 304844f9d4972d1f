import { decode, encode, readArray, readList, readText } from '../../protocol/codec.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import { deviceKey } from './keys.ts';

const KEY = deviceKey('listen');
const PORTS_KEPT = 4;

/** Where to listen so that others find this device where they found it last: all interfaces, the last run's ports. */
export function loadListen(store: KeyValueStore): readonly string[] | undefined {
  const row = store.get(KEY);
  if (row === undefined) return undefined;
  const ports = readList(readArray(decode(row), 2)[1], PORTS_KEPT, (item) => readText(item, 8));
  return ports.length === 0 ? undefined : ports.map((port) => `/ip4/0.0.0.0/tcp/${port}`);
}

/** @param addresses multiaddrs this device listens on now */
export async function saveListen(store: KeyValueStore, addresses: readonly string[]): Promise<void> {
  const ports = new Set(addresses.flatMap((address) => /^\/ip4\/[^/]+\/tcp\/(\d+)$/.exec(address)?.[1] ?? []));
  const value = encode([1, [...ports].slice(0, PORTS_KEPT)]);
  await store.write([{ kind: 'put', key: KEY, value }], { durable: false });
}
