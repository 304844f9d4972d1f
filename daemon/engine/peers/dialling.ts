import type { DeviceId } from '../../../protocol/ids.ts';
import type { Clock, Timer } from '../../effects/clock.ts';
import type { Logger } from '../../effects/logger.ts';
import type { Network } from '../../effects/network.ts';
import type { Random } from '../../effects/random.ts';
import type { AddressBook } from './address-book.ts';

/** Waits between attempts to reach a device: doubling, between these, jittered by a quarter. */
const FIRST_MS = 1000;
const LAST_MS = 30_000;

interface Target {
  delayMs: number;
  timer: Timer | undefined;
  dialling: boolean;
}

/** Keeps trying to reach every member that is not connected. */
export class Dialling {
  readonly #network: Network;
  readonly #book: AddressBook;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #isConnected: (device: DeviceId) => boolean;
  readonly #targets = new Map<DeviceId, Target>();
  #stopped = false;

  constructor(
    parts: {
      readonly network: Network;
      readonly book: AddressBook;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
    },
    isConnected: (device: DeviceId) => boolean,
  ) {
    this.#network = parts.network;
    this.#book = parts.book;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#logger = parts.logger;
    this.#isConnected = isConnected;
  }

  /** Who is to be reached from now on. */
  want(devices: ReadonlySet<DeviceId>): void {
    for (const [device, target] of this.#targets) {
      if (devices.has(device)) continue;
      target.timer?.cancel();
      this.#targets.delete(device);
    }
    for (const device of devices) {
      if (this.#targets.has(device)) continue;
      this.#targets.set(device, { delayMs: FIRST_MS, timer: undefined, dialling: false });
      this.#dial(device);
    }
  }

  /** A sign of life: try at once. */
  hurry(device: DeviceId): void {
    const target = this.#targets.get(device);
    if (target === undefined) return;
    target.delayMs = FIRST_MS;
    this.#dial(device);
  }

  /** The link is gone: try again soon. */
  lost(device: DeviceId): void {
    const target = this.#targets.get(device);
    if (target === undefined || this.#stopped) return;
    target.delayMs = FIRST_MS;
    this.#again(device, target);
  }

  #dial(device: DeviceId): void {
    const target = this.#targets.get(device);
    if (target === undefined || target.dialling || this.#stopped || this.#isConnected(device)) return;
    target.timer?.cancel();
    const addresses = this.#book.of(device);
    if (addresses.length === 0) return this.#again(device, target);
    target.dialling = true;
    this.#network
      .connect(device, addresses)
      .catch((error: unknown) => this.#logger.debug('a device can not be reached', { device, error: String(error) }))
      .finally(() => {
        target.dialling = false;
        if (!this.#isConnected(device)) this.#again(device, target);
      });
  }

  #again(device: DeviceId, target: Target): void {
    if (this.#stopped) return;
    target.timer?.cancel();
    const [byte = 128] = this.#random.bytes(1);
    target.timer = this.#clock.after(target.delayMs * (0.75 + byte / 512), () => this.#dial(device));
    target.delayMs = Math.min(LAST_MS, target.delayMs * 2);
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#targets.values()) timer?.cancel();
  }
}
