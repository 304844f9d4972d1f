import type { Lane, Link, LinkHandler, Network, NetworkHandler } from '../../../daemon/effects/network.ts';
import type { DeviceId } from '../../../protocol/ids.ts';

/** What one implementation offers to the suite. Devices are named by small numbers. */
export interface NetworkUnderTest {
  /** A network of that device, not started. The same number again is the same device, started anew. */
  create(number: number): Network;
  device(number: number): DeviceId;
  /** A well-formed address where nobody answers. */
  readonly deadAddress: string;
  /** How much the test of bulk under load moves. */
  readonly bulkBytes: number;
  /** Lets things happen until the promise settles. */
  during<T>(promise: Promise<T>): Promise<T>;
  /** Lets things happen until the condition holds. */
  until(condition: () => boolean): Promise<void>;
  /** Stops every network that was created. */
  cleanUp(): Promise<void>;
}

/** One device's side: it remembers all that its network tells it. */
export class Party implements NetworkHandler {
  readonly network: Network;
  readonly device: DeviceId;
  readonly links: Link[] = [];
  readonly closed: { readonly link: Link; readonly reason: string }[] = [];
  readonly frames: { readonly link: Link; readonly lane: Lane; readonly frame: Uint8Array }[] = [];
  readonly asked: { readonly device: DeviceId; readonly inbound: boolean }[] = [];
  readonly discovered = new Map<DeviceId, readonly string[]>();
  /** Replaces the recording of frames. */
  onFrame: ((lane: Lane, frame: Uint8Array, link: Link) => void) | undefined;
  admits: (device: DeviceId, inbound: boolean) => boolean = () => true;
  /** Called with each new link, before anything else happens to it. */
  greet: (link: Link) => void = () => undefined;

  constructor(network: Network, device: DeviceId) {
    this.network = network;
    this.device = device;
  }

  admit(device: DeviceId, inbound: boolean): boolean {
    this.asked.push({ device, inbound });
    return this.admits(device, inbound);
  }

  onLink(link: Link): LinkHandler {
    this.links.push(link);
    this.greet(link);
    return {
      onFrame: (lane, frame) => {
        if (this.closed.some((one) => one.link === link)) throw new Error('a frame after the end of its link');
        if (this.onFrame === undefined) this.frames.push({ link, lane, frame });
        else this.onFrame(lane, frame, link);
      },
      onClosed: (reason) => this.closed.push({ link, reason }),
    };
  }

  onDiscovered(device: DeviceId, addresses: readonly string[]): void {
    this.discovered.set(device, addresses);
  }

  /** The newest link; there must be one. */
  get link(): Link {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('no link yet');
    return link;
  }

  framesOf(lane: Lane): readonly Uint8Array[] {
    return this.frames.filter((one) => one.lane === lane).map((one) => one.frame);
  }

  openLinks(): readonly Link[] {
    return this.links.filter((link) => !this.closed.some((one) => one.link === link));
  }
}

export async function startParty(world: NetworkUnderTest, number: number): Promise<Party> {
  const party = new Party(world.create(number), world.device(number));
  await world.during(party.network.start(party));
  return party;
}

/** Two devices with a link between them, dialled by the first. */
export async function startPair(world: NetworkUnderTest): Promise<readonly [Party, Party]> {
  const first = await startParty(world, 1);
  const second = await startParty(world, 2);
  await connect(world, first, second);
  return [first, second];
}

/** Resolves when both sides have the link. */
export async function connect(world: NetworkUnderTest, from: Party, to: Party): Promise<void> {
  await world.during(from.network.connect(to.device, to.network.addresses()));
  await world.until(() => to.openLinks().some((link) => link.device === from.device));
}

/** Bytes that differ from position to position and from seed to seed. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >>> 8) + seed * 7) & 0xff;
  return bytes;
}
