import { decode, encode, readArray, readList, readText } from '../../../protocol/codec.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { ADDRESS_MAX_BYTES } from '../../../protocol/message-limits.ts';
import type { DeviceAddresses } from '../../../protocol/message-types.ts';
import type { KeyValueStore } from '../../effects/key-value-store.ts';
import type { Logger } from '../../effects/logger.ts';
import { deviceKey } from '../../store/keys.ts';

/** Addresses kept for one device; older ones go. */
const ADDRESSES_KEPT = 16;

/** Where devices were last reached. Hints: a wrong one costs a failed dial, since identities are proven. */
export class AddressBook {
  readonly #store: KeyValueStore;
  readonly #logger: Logger;
  readonly #known = new Map<DeviceId, readonly string[]>();

  constructor(store: KeyValueStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  of(device: DeviceId): readonly string[] {
    const known = this.#known.get(device);
    if (known !== undefined) return known;
    const row = this.#store.get(addressKey(device));
    const stored =
      row === undefined
        ? []
        : readList(readArray(decode(row), 2)[1], ADDRESSES_KEPT, (item) => readText(item, ADDRESS_MAX_BYTES));
    this.#known.set(device, stored);
    return stored;
  }

  /**
   * Remembers addresses, the newest first.
   * @param instead true when they come from the device itself: what it no longer names is forgotten
   */
  learn(device: DeviceId, addresses: readonly string[], instead: boolean): void {
    const before = this.of(device);
    const merged = [...new Set(instead ? addresses : [...before, ...addresses])].slice(0, ADDRESSES_KEPT);
    if (
      merged.length === 0 ||
      (merged.length === before.length && merged.every((address, at) => address === before[at]))
    )
      return;
    this.#known.set(device, merged);
    this.#store
      .write([{ kind: 'put', key: addressKey(device), value: encode([1, merged]) }], { durable: false })
      .catch((error: unknown) => this.#logger.warn('an address could not be kept', { error: String(error) }));
  }

  list(devices: readonly DeviceId[]): readonly DeviceAddresses[] {
    return devices.flatMap((device) => {
      const addresses = this.of(device);
      return addresses.length === 0 ? [] : [{ device, addresses: addresses.slice(0, 8) }];
    });
  }
}

function addressKey(device: DeviceId): Uint8Array {
  return deviceKey(`address/${device}`);
}
