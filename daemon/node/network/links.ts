import type { DeviceId } from '../../../protocol/ids.ts';
import type { Logger } from '../../effects/logger.ts';
import type { NetworkHandler } from '../../effects/network.ts';
import { abortConnection } from './abort.ts';
import { hostAndPort } from './addresses.ts';
import { connectExpress, type ExpressServer } from './express.ts';
import { type Greeted, sendHello } from './greeting.ts';
import type { Hello } from './hello.ts';
import { Libp2pLink } from './libp2p-link.ts';

/** An attempt of ours to reach a device, until it ends. */
export class Attempt {
  readonly addresses: readonly string[];
  readonly #abort = new AbortController();
  /** Resolves when the attempt has ended, whichever way. */
  readonly settled: Promise<void>;
  /** True while a hello of ours is on its way and not answered. */
  greeted = false;
  /** Why it failed, once it did. */
  failure: unknown;
  /** An inbound connection of the same device that waits for this attempt to end. */
  rival: Promise<void> | undefined;
  #settle: () => void = () => undefined;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  cancel(reason: string): void {
    this.#abort.abort(new Error(reason));
  }

  settle(): void {
    this.#settle();
  }
}

export type Verdict = 'accept' | 'refuse' | 'wait';

/**
 * What to do with a connection on which another device has said hello.
 *
 * Two devices that dial each other at the same moment must both keep the same one of the two connections: the one
 * dialled by the smaller id. The smaller side knows that its own hello will be taken when it arrives, and waits for
 * that; the larger side drops its own dial. If the smaller side's dial fails after all, what waited is taken.
 *
 * `linkedTo` is the hello of the open link's other side: a hello of the same run that has not dialled since is a
 * left-over of such a race. Anything else means that the other side no longer has the link (it restarted, or noticed
 * a broken network before we did), so it gets a new one.
 */
export function judge(input: {
  readonly self: DeviceId;
  readonly device: DeviceId;
  readonly hello: Hello;
  readonly linkedTo: Hello | undefined;
  readonly ownHelloSent: boolean;
}): Verdict {
  const { self, device, hello, linkedTo, ownHelloSent } = input;
  if (linkedTo !== undefined && linkedTo.instance === hello.instance && hello.dials <= linkedTo.dials) return 'refuse';
  if (ownHelloSent && self < device) return 'wait';
  return 'accept';
}

interface OpenLink {
  readonly link: Libp2pLink;
  readonly hello: Hello;
}

export interface LinksOptions {
  readonly self: DeviceId;
  readonly instance: string;
  readonly heartbeatMs: number;
  readonly logger: Logger;
  readonly handler: NetworkHandler;
  /** Undefined: bulk stays on libp2p's stream. */
  readonly express: ExpressServer | undefined;
}

/** The open links, at most one per device, and the attempts under way. */
export class Links {
  readonly #options: LinksOptions;
  readonly #open = new Map<DeviceId, OpenLink>();
  readonly #attempts = new Map<DeviceId, Attempt>();
  readonly #closing = new Set<Promise<void>>();
  #dials = 0;
  #stopped = false;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  has(device: DeviceId): boolean {
    return this.#open.has(device);
  }

  attemptOf(device: DeviceId): Attempt | undefined {
    return this.#attempts.get(device);
  }

  beginAttempt(device: DeviceId, addresses: readonly string[]): Attempt {
    const attempt = new Attempt(addresses);
    this.#attempts.set(device, attempt);
    return attempt;
  }

  /** Resolves when an inbound connection that waited for the end of the attempt has been dealt with. */
  async endAttempt(device: DeviceId, attempt: Attempt): Promise<void> {
    this.#attempts.delete(device);
    attempt.settle();
    await attempt.rival;
  }

  /** What this side says when it dials. */
  dialHello(attempt: Attempt): Hello {
    attempt.greeted = true;
    this.#dials += 1;
    return this.#hello();
  }

  /** The other side took our connection. */
  openOutbound(greeted: Greeted): void {
    const link = this.#openLink(greeted);
    const { express: offer } = greeted.hello;
    if (link === undefined || offer === undefined || this.#options.express === undefined) return;
    const { host, port } = hostAndPort(link.remoteAddress) ?? {};
    if (host === undefined || port === undefined) return;
    connectExpress(offer, host, port)
      ?.then((socket) => link.takeExpress(socket))
      .catch((error: unknown) => {
        // A firewall lets one port pass and not the other: the stream does as well, only slower.
        this.#options.logger.debug('no express lane', { device: link.device, error });
      });
  }

  /** Another device dialled us and said hello: takes or refuses the connection, at once or after our own attempt. */
  receive(greeted: Greeted): void {
    const { device, connection, socket, control } = greeted.agreed;
    if (this.#stopped || connection.status !== 'open') {
      abortConnection(connection, socket, 'too late');
      return;
    }
    const attempt = this.#attempts.get(device);
    const verdict = judge({
      self: this.#options.self,
      device,
      hello: greeted.hello,
      linkedTo: this.#open.get(device)?.hello,
      ownHelloSent: attempt?.greeted ?? false,
    });
    if (verdict === 'refuse') {
      abortConnection(connection, socket, 'there is a newer connection');
    } else if (verdict === 'wait' && attempt !== undefined) {
      attempt.rival = attempt.settled.then(() => this.receive(greeted));
    } else {
      let link: Libp2pLink | undefined;
      const express = this.#options.express?.offer((taken) => {
        if (link === undefined) taken.destroy();
        else link.takeExpress(taken);
      });
      try {
        sendHello(control, express === undefined ? this.#hello() : { ...this.#hello(), express });
      } catch {
        abortConnection(connection, socket, 'the lane was closed before the answer');
        return;
      }
      attempt?.cancel('the other device connected first');
      link = this.#openLink(greeted);
    }
  }

  async stop(reason: string): Promise<void> {
    this.#stopped = true;
    for (const attempt of this.#attempts.values()) attempt.cancel(reason);
    for (const { link } of [...this.#open.values()]) link.close(reason);
    await Promise.all([...this.#closing, ...[...this.#attempts.values()].map((attempt) => attempt.settled)]);
  }

  #hello(): Hello {
    return { instance: this.#options.instance, dials: this.#dials };
  }

  #openLink(greeted: Greeted): Libp2pLink | undefined {
    const { handler, heartbeatMs, logger } = this.#options;
    const { device, connection, socket } = greeted.agreed;
    if (this.#stopped) {
      abortConnection(connection, socket, 'this device is stopping');
      return undefined;
    }
    this.#open.get(device)?.link.close('replaced by a newer connection of the same device');
    const link = new Libp2pLink(greeted.agreed, { heartbeatMs, logger, onClosed: (closed) => this.#forget(closed) });
    this.#open.set(device, { link, hello: greeted.hello });
    try {
      link.open(handler.onLink(link));
    } catch (error) {
      logger.error('a new link could not be handled', { device, error });
      link.close('this side failed to handle the link');
    }
    return link;
  }

  #forget(link: Libp2pLink): void {
    if (this.#open.get(link.device)?.link === link) this.#open.delete(link.device);
    const gone = link.gone().then(() => {
      this.#closing.delete(gone);
    });
    this.#closing.add(gone);
  }
}
