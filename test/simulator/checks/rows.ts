import type { KeyValueStore } from '../../../daemon/effects/key-value-store.ts';
import type { SimulatedDevice } from '../world/device.ts';

/** The number of the only folder of a device. */
export const FOLDER = 1;

/** What is in a device's database now, up or down: a look that counts as no operation and changes nothing. */
export function rowsOf(device: SimulatedDevice): KeyValueStore {
  const { rows } = device.store.image();
  return {
    get: (key) => rows.get(key),
    range: (range) => Promise.resolve(rows.range(range)),
    write: () => Promise.reject(new Error('a check writes nothing')),
    recover: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
