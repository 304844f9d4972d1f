import type { Network, NetworkHandler } from '../../../daemon/effects/network.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Life } from '../life.ts';
import type { Internet } from './internet.ts';
import { Wire, type WireEnd } from './wire.ts';

/** A dial into the void is given up after this, as by the real network. */
const DIAL_ADDRESS_MS = 4000;
/** Until a device on the same network has been heard of. */
const DISCOVERY_MS = [100, 5000] as const;

type Failure = 'unreachable' | 'wrong-identity' | 'refused';

/** One run of one device's network. */
export class SimulatedNetwork implements Network {
  readonly life: Life;
  readonly device: DeviceId;
  readonly #internet: Internet<SimulatedNetwork>;
  readonly #address: string;
  readonly #links = new Map<DeviceId, WireEnd>();
  readonly #dialling = new Set<(error: Error) => void>();
  #handler: NetworkHandler | undefined;
  /** True lets devices find each other without an address. */
  discovery = false;

  constructor(internet: Internet<SimulatedNetwork>, life: Life, device: DeviceId, address: string) {
    this.#internet = internet;
    this.life = life;
    this.device = device;
    this.#address = address;
  }

  async start(handler: NetworkHandler): Promise<void> {
    await this.life.later(1, 'network starts', () => undefined);
    if (!this.#internet.listen(this.#address, this)) {
      throw new CodedError('address-in-use', `${this.#address} is taken`);
    }
    this.#handler = handler;
    if (this.discovery) for (const other of this.#internet.listening()) this.#discover(other);
  }

  #discover(other: SimulatedNetwork): void {
    if (other === this || !other.discovery || this.#internet.isCut(this.device, other.device)) return;
    for (const [one, two] of [[this, other] as const, [other, this] as const]) {
      one.life.after(this.#internet.schedule.dice.delay(...DISCOVERY_MS), 'discovers', () =>
        one.#handler?.onDiscovered(two.device, two.addresses()),
      );
    }
  }

  addresses(): readonly string[] {
    return this.#handler === undefined ? [] : [this.#address];
  }

  async connect(device: DeviceId, addresses: readonly string[], withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#links.has(device)) return;
    if (addresses.length === 0) throw new CodedError('unreachable', 'no address is known of this device');
    let stop: (error: Error) => void = () => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = reject;
    });
    this.#dialling.add(stop);
    try {
      await Promise.race([this.#dialAll(device, addresses, withinMs), stopped]);
    } finally {
      this.#dialling.delete(stop);
    }
  }

  async #dialAll(device: DeviceId, addresses: readonly string[], withinMs: number): Promise<void> {
    let failure: Failure = 'unreachable';
    const eachMs = Math.min(DIAL_ADDRESS_MS, withinMs / addresses.length);
    for (const address of addresses) {
      const outcome = await this.#dial(device, address, eachMs);
      if (outcome === 'linked') return;
      if (outcome !== 'unreachable') failure = outcome;
    }
    throw new CodedError(failure, `${device.slice(0, 8)} is ${failure}; tried ${addresses.join(', ')}`);
  }

  async #dial(device: DeviceId, address: string, withinMs: number): Promise<Failure | 'linked'> {
    const { schedule, conditions } = this.#internet;
    const [low, high] = conditions.latencyMs;
    const found = this.#internet.at(address);
    const silent = found !== undefined && this.#internet.isCut(this.device, found.device);
    // Three round trips: connect, prove who is who, agree.
    const takesMs = silent ? withinMs : 3 * schedule.dice.delay(low, high);
    return this.life.later(Math.min(takesMs, withinMs), 'dialled', () =>
      silent || takesMs > withinMs ? 'unreachable' : this.#reach(device, address),
    );
  }

  /** The moment in which two networks agree on a link, or not. */
  #reach(device: DeviceId, address: string): Failure | 'linked' {
    const mine = this.#handler;
    const other = this.#internet.at(address);
    const theirs = other === undefined ? undefined : other.#handler;
    if (this.#links.has(device)) return 'linked';
    if (mine === undefined || other === undefined || theirs === undefined) return 'unreachable';
    if (this.#internet.isCut(this.device, other.device)) return 'unreachable';
    if (other.device !== device) return 'wrong-identity';
    if (!mine.admit(device, false) || !theirs.admit(this.device, true)) return 'refused';
    // What the other side still takes for a link belongs to a run, or a connection, of ours that is no more.
    other.#links.get(this.device)?.lose('the device connected anew');
    this.#lay(other, mine, theirs);
    return 'linked';
  }

  #lay(other: SimulatedNetwork, mine: NetworkHandler, theirs: NetworkHandler): void {
    const dialler = { life: this.life, device: this.device, address: this.#address };
    const listener = { life: other.life, device: other.device, address: other.#address };
    const wire: Wire = new Wire(dialler, listener, {
      conditions: () => this.#internet.conditions,
      isCut: () => this.#internet.isCut(this.device, other.device),
      onEnded: (end) => {
        const owner = end === wire.ends[0] ? this : other;
        if (owner.#links.get(end.device) === end) owner.#links.delete(end.device);
        if (wire.ends.every(({ closed, life }) => closed !== undefined || life.ended)) this.#internet.removed(wire);
      },
    });
    this.#internet.laid(wire);
    const sides = [
      { network: this as SimulatedNetwork, handler: mine, end: wire.ends[0] },
      { network: other, handler: theirs, end: wire.ends[1] },
    ];
    for (const { network, end } of sides) network.#links.set(end.device, end);
    if (this.#internet.schedule.dice.chance(0.5)) sides.reverse();
    for (const { handler, end } of sides) {
      try {
        end.open(handler.onLink(end));
      } catch {
        end.lose('this side failed to take the link');
      }
    }
  }

  async stop(): Promise<void> {
    this.#internet.unlisten(this.#address, this);
    this.#handler = undefined;
    for (const reject of [...this.#dialling]) reject(new CodedError('unreachable', 'the network has stopped'));
    for (const end of [...this.#links.values()]) end.close('this device has stopped');
    await this.life.later(1, 'network stops', () => undefined);
  }
}
