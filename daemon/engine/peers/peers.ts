import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { FolderState } from '../../../protocol/local-api.ts';
import type { Hello, PairMessage, Reject, WantChunks } from '../../../protocol/message-types.ts';
import { PROTOCOL_VERSION } from '../../../protocol/messages.ts';
import type { Link, LinkHandler, NetworkHandler } from '../../effects/network.ts';
import type { FolderContext } from '../context.ts';
import type { Device } from '../device.ts';
import type { Environment } from '../environment.ts';
import type { Events } from '../events.ts';
import type { Folder } from '../folder.ts';
import { Invites } from '../members/invites.ts';
import type { Joining } from '../members/joining.ts';
import { type Answers, serveChunks } from '../transfer/serve.ts';
import type { AddressBook } from './address-book.ts';
import { Dialling } from './dialling.ts';
import { Session, type SessionHandler } from './session.ts';

/** A device that is no member and does not pair within this is sent away. */
const STRANGER_MS = 30_000;

/** From a link to the first message on it; honest devices send it at once. */
const HELLO_MS = 15_000;

/** States in which a folder may not yet have looked through its disk in this run. */
const UNSURE: ReadonlySet<FolderState> = new Set(['starting', 'scanning', 'halted']);

/** Who waits for a device's first message. */
interface Waiting {
  resolve(session: Session): void;
  reject(error: Error): void;
}

/** What the daemon knows that its peers' side needs. */
export interface PeerHost {
  folders(): readonly Folder[];
  joining(device: DeviceId): Joining | undefined;
}

/** All connected devices: who may connect, and which folder hears what. */
export class Peers implements SessionHandler, NetworkHandler {
  readonly invites: Invites;
  readonly dialling: Dialling;
  readonly #environment: Environment;
  readonly #device: Device;
  readonly #book: AddressBook;
  readonly #host: PeerHost;
  readonly #events: Events;
  readonly #sessions = new Map<DeviceId, Session>();
  readonly #lastSeen = new Map<DeviceId, number>();
  readonly #waiting = new Map<DeviceId, Waiting>();
  /** Folders that have been seen to be past their first scan of this run. */
  readonly #looked = new WeakSet<Folder>();

  constructor(environment: Environment, device: Device, book: AddressBook, host: PeerHost, events: Events) {
    this.#environment = environment;
    this.#device = device;
    this.#book = book;
    this.#host = host;
    this.#events = events;
    this.dialling = new Dialling({ ...environment, book }, (id) => this.#sessions.has(id));
    this.invites = new Invites({
      contexts: () => host.folders().map(({ context }) => context),
      addresses: () => environment.network.addresses(),
      addressesOf: (devices) => this.addressesOf(devices),
      recorded: (context) => this.#onRecorded(context),
    });
  }

  // What the network asks.

  admit(device: DeviceId): boolean {
    return this.#isMember(device) || this.#host.joining(device) !== undefined || this.invites.open;
  }

  #isMember(device: DeviceId): boolean {
    return this.#host.folders().some(({ context }) => context.membership.isMember(device));
  }

  onLink(link: Link): LinkHandler {
    const session = new Session(link, this, this.#environment.logger);
    this.#sessions.set(link.device, session);
    const { clock, network } = this.#environment;
    session.send({
      kind: 'hello',
      protocol: PROTOCOL_VERSION,
      instance: this.#device.instance,
      deviceName: this.#device.name,
      addresses: network.addresses().slice(0, 16),
      time: clock.now(),
    });
    clock.after(STRANGER_MS, () => {
      const useful = this.#isMember(link.device) || this.#host.joining(link.device) !== undefined;
      if (!session.closed && !useful) link.close('not a member of any folder here');
    });
    return session;
  }

  onDiscovered(device: DeviceId, addresses: readonly string[]): void {
    if (!this.#isMember(device)) return;
    this.#book.learn(device, addresses, false);
    this.dialling.hurry(device);
  }

  // What sessions say.

  onHello(session: Session, hello: Hello): void {
    this.#lastSeen.set(session.device, this.#environment.clock.now());
    if (this.#isMember(session.device)) {
      this.#book.learn(session.device, hello.addresses, true);
      this.#events.emit('peer-connected', { device: session.device, detail: { name: hello.deviceName } });
    }
    this.#waiting.get(session.device)?.resolve(session);
    this.refresh(session);
  }

  /** Opens the folders that this device and the peer now share. */
  refresh(session: Session): void {
    if (session.hello === undefined || session.closed) return;
    for (const { context, gossip } of this.#host.folders()) {
      const { membership } = context;
      if (membership.isMember(session.device) && membership.isMember(this.#device.id)) gossip.open(session);
      else if (gossip.has(session)) gossip.close(session);
    }
    if (this.#isMember(session.device)) this.#book.learn(session.device, session.hello.addresses, true);
  }

  refreshAll(): void {
    for (const session of this.#sessions.values()) this.refresh(session);
    const wanted = new Set<DeviceId>();
    for (const { context } of this.#host.folders()) {
      for (const { device } of context.membership.current.members) if (device !== this.#device.id) wanted.add(device);
    }
    this.dialling.want(wanted);
  }

  /** Members that are connected compare records again, and whoever is one now is talked to. */
  #onRecorded(context: FolderContext): void {
    this.#host
      .folders()
      .find((folder) => folder.context === context)
      ?.gossip.reopen();
    this.refreshAll();
  }

  onReject(session: Session, message: Reject): void {
    // What concerns a folder is not about joining: this device may have sent it before the answer to its proof.
    if (message.folder === null) this.#host.joining(session.device)?.onReject(message);
  }

  async onPair(session: Session, message: PairMessage): Promise<void> {
    this.#host.joining(session.device)?.onPair(session, message);
    await this.invites.onPair(session, message);
  }

  async onFolder(session: Session, message: Parameters<SessionHandler['onFolder']>[1]): Promise<void> {
    if (message.kind === 'folder-open') this.#openAgain(session, message.folder);
    const folder = this.#folderFor(session, message.folder);
    if (folder !== undefined) return folder.gossip.handle(session, message);
    const text = 'this device does not share that folder with you';
    if (message.kind !== 'folder-close')
      session.send({ kind: 'reject', folder: message.folder, code: 'unknown-folder', message: text });
  }

  /** A member that closed a folder, because it was removed there, has joined it again over the same link. */
  #openAgain(session: Session, id: string): void {
    const folder = this.#host.folders().find(({ context }) => context.config.folder === id);
    if (folder === undefined || session.hello === undefined) return;
    const { membership } = folder.context;
    if (membership.isMember(session.device) && membership.isMember(this.#device.id)) folder.gossip.open(session);
  }

  #folderFor(session: Session, id: string): Folder | undefined {
    return this.#host.folders().find(({ context, gossip }) => context.config.folder === id && gossip.has(session));
  }

  async *serve(session: Session, message: WantChunks): AsyncGenerator<Answers> {
    const folder = this.#folderFor(session, message.folder);
    if (folder === undefined) {
      yield message.items.map((_, index) => ({ index, status: 'busy' as const, sealed: new Uint8Array(0) }));
      return;
    }
    // "Gone" is a word that others act on: only a device that has looked through its whole disk may say it.
    const state = folder.state();
    if (!UNSURE.has(state)) this.#looked.add(folder);
    const unsure = state === 'halted' || !this.#looked.has(folder);
    for await (const answers of serveChunks(folder.context, message.epoch, message.items)) {
      folder.upload.add(answers.reduce((bytes, { sealed }) => bytes + sealed.length, 0));
      yield unsure ? answers.map((each) => (each.status === 'gone' ? { ...each, status: 'busy' } : each)) : answers;
    }
  }

  onClosed(session: Session, reason: string): void {
    if (this.#sessions.get(session.device) === session && session.hello === undefined) {
      this.#waiting
        .get(session.device)
        ?.reject(new CodedError('no-answer', `the other device ended the connection: ${reason}`));
    }
    this.invites.forget(session);
    if (this.#sessions.get(session.device) === session) {
      this.#sessions.delete(session.device);
      this.#host
        .joining(session.device)
        ?.fail(new CodedError('no-answer', `the other device ended the connection: ${reason}`));
    }
    this.#lastSeen.set(session.device, this.#environment.clock.now());
    for (const { gossip } of this.#host.folders()) gossip.close(session);
    this.#environment.logger.info('a peer disconnected', { device: session.device, reason });
    if (this.#isMember(session.device))
      this.#events.emit('peer-disconnected', { device: session.device, detail: { reason } });
    this.dialling.lost(session.device);
  }

  // What the daemon asks.

  session(device: DeviceId): Session | undefined {
    return this.#sessions.get(device);
  }

  /**
   * A session that has said hello, dialling for `withinMs` if there is none. Rejects as `Network.connect` does, and with
   * 'no-answer' when the device connects and then says nothing or goes away.
   */
  async reach(device: DeviceId, addresses: readonly string[], withinMs: number): Promise<Session> {
    const open = this.#sessions.get(device);
    if (open?.hello !== undefined) return open;
    const greeted = new Promise<Session>((resolve, reject) => this.#waiting.set(device, { resolve, reject }));
    // Rejected while the dial is still under way: it is awaited below.
    greeted.catch(() => undefined);
    const silent = new CodedError('no-answer', 'the other device is connected but does not answer: try again');
    try {
      await this.#environment.network.connect(device, addresses, withinMs);
      const timer = this.#environment.clock.after(HELLO_MS, () => this.#waiting.get(device)?.reject(silent));
      return await greeted.finally(() => timer.cancel());
    } finally {
      this.#waiting.delete(device);
    }
  }

  lastSeen(device: DeviceId): number | undefined {
    return this.#sessions.has(device) ? this.#environment.clock.now() : this.#lastSeen.get(device);
  }

  /** Addresses to pass on: this device's own, and where others were last. */
  addressesOf(devices: readonly DeviceId[]): ReturnType<AddressBook['list']> {
    const own = { device: this.#device.id, addresses: this.#environment.network.addresses().slice(0, 8) };
    return [own, ...this.#book.list(devices.filter((device) => device !== this.#device.id))].toSorted((a, b) =>
      a.device < b.device ? -1 : 1,
    );
  }
}
