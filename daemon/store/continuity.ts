import { fromUtf8, toHex, utf8 } from '../../protocol/bytes.ts';
import type { InstanceId } from '../../protocol/ids.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import type { Random } from '../effects/random.ts';
import { loadFolders, saveFolder } from './device-state.ts';
import { deviceKey } from './keys.ts';

const STOPPED = deviceKey('stopped');

/**
 * Called before anything is published in a run. Unless this is the very state that the last run left when it stopped,
 * newer entries of this device's logs may be with others: after a crash of the disk, from a restored backup, in a copy of
 * the whole home. Then every folder goes on in a new log, and what the old ones hold comes back from the others. To go
 * on in an old one would sign two histories under one name.
 * @param mark of the last stop, as found beside the database
 */
export async function ensureContinuity(store: KeyValueStore, mark: string | undefined, random: Random): Promise<void> {
  const row = store.get(STOPPED);
  if (row !== undefined && mark !== undefined && fromUtf8(row) === mark) return;
  const renewed = (await loadFolders(store)).map((config) =>
    saveFolder({ ...config, instance: toHex(random.bytes(16)) as InstanceId }),
  );
  if (renewed.length > 0) await store.write(renewed, { durable: true });
}

/** The last write of a run. */
export async function rememberStop(store: KeyValueStore, mark: string): Promise<void> {
  await store.write([{ kind: 'put', key: STOPPED, value: utf8(mark) }], { durable: true });
}
