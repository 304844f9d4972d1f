import { peerIdOf } from '../../protocol/device-id.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type {
  AddRequest,
  ApiEvent,
  DeviceInfo,
  FolderInfo,
  Invite,
  InviteRequest,
  JoinRequest,
  LocalApi,
  PeerInfo,
  RemoveRequest,
  Status,
  VersionInfo,
  WaitRequest,
  WaitResult,
} from '../../protocol/local-api.ts';
import { LOCAL_API_SCHEMA } from '../../protocol/local-api.ts';
import { PROTOCOL_VERSION } from '../../protocol/messages.ts';
import { dropFolder, type FolderConfig, loadFolders } from '../store/device-state.ts';
import { onDisk } from './context.ts';
import type { Device } from './device.ts';
import { listDevices } from './device-list.ts';
import type { Environment } from './environment.ts';
import { Events } from './events.ts';
import { Folder } from './folder.ts';
import { FolderCare } from './folder-care.ts';
import { checkRoot } from './folder-paths.ts';
import {
  chooseOptions,
  type FolderOptions,
  inspectRoot,
  makeGenesis,
  openFolder,
  setUpFolder,
} from './folder-setup.ts';
import { isoTime } from './iso-time.ts';
import { checkInvite } from './members/invite-request.ts';
import { checkTicket } from './members/join-request.ts';
import { explainUnreached, Joining, REACH_MS } from './members/joining.ts';
import { AddressBook } from './peers/address-book.ts';
import { Peers } from './peers/peers.ts';
import { Recovery } from './recovery.ts';
import { findDevice, findFolder, nameOfPath } from './selecting.ts';
import { waitForSync } from './waiting.ts';

/** One device's daemon: its folders, its peers, and the operations of the local API. */
export class Daemon implements LocalApi {
  readonly #environment: Environment;
  readonly #device: Device;
  readonly #events: Events;
  readonly #book: AddressBook;
  readonly #peers: Peers;
  readonly #folders = new Map<number, Folder>();
  readonly #joining = new Map<DeviceId, Joining>();
  readonly #recovery: Recovery;
  readonly #care = new FolderCare(() => [...this.#folders.values()]);
  #stopping: Promise<void> | undefined;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(environment: Environment, device: Device) {
    this.#recovery = new Recovery(
      environment.clock,
      (error) => {
        for (const folder of this.#folders.values()) folder.halt(error);
      },
      () => this.#openAgain(),
    );
    this.#environment = { ...environment, store: this.#recovery.watch(environment.store) };
    this.#device = device;
    this.#events = new Events(environment.clock);
    this.#book = new AddressBook(this.#environment.store, environment.logger);
    const host = {
      folders: () => [...this.#folders.values()],
      joining: (id: DeviceId) => this.#joining.get(id),
    };
    this.#peers = new Peers(this.#environment, device, this.#book, host, this.#events);
  }

  /** Opens the folders, then the network. Rejects with a coded error when the network can not listen. */
  async start(): Promise<void> {
    for (const config of await loadFolders(this.#environment.store)) await this.#open(config);
    await this.#environment.network.start(this.#peers);
    this.#peers.refreshAll();
  }

  /** As a restart would: nothing is believed of what the folders had in memory. */
  #openAgain(): Promise<void> {
    return this.#change(async () => {
      for (const folder of this.#folders.values()) {
        await folder.stop();
        await folder.context.documents.forget();
      }
      await this.#environment.store.recover();
      for (const config of await loadFolders(this.#environment.store)) await this.#open(config);
      this.#peers.refreshAll();
    });
  }

  async #open(config: FolderConfig): Promise<Folder> {
    const found = await inspectRoot(this.#environment, config.path);
    const context = await openFolder(this.#environment, this.#device, config, (kind, fields) =>
      this.#events.emit(kind, fields),
    );
    const folder = new Folder(
      context,
      {
        watcher: this.#environment.watcher,
        addressesOf: (devices) => this.#peers.addressesOf(devices),
        learnAddresses: (list) => {
          for (const { device, addresses } of list) {
            if (device !== this.#device.id && context.membership.isMember(device))
              this.#book.learn(device, addresses, false);
          }
        },
        onMembership: () => this.#peers.refreshAll(),
      },
      { staged: found?.staged ?? [] },
    );
    this.#folders.set(config.number, folder);
    // Not awaited: the daemon answers while a large folder is scanned.
    void folder.start(found?.parked ?? []);
    return folder;
  }

  version(): VersionInfo {
    return { ...this.#environment.version, protocol: PROTOCOL_VERSION };
  }

  device(): DeviceInfo {
    return {
      id: peerIdOf(this.#device.id),
      name: this.#device.name,
      addresses: this.#environment.network.addresses(),
    };
  }

  async folders(): Promise<readonly FolderInfo[]> {
    return Promise.resolve([...this.#folders.values()].map((folder) => this.#info(folder)));
  }

  #info({ context }: Folder): FolderInfo {
    const { config, membership, device } = context;
    return {
      id: config.folder,
      name: config.name,
      path: config.path,
      role: membership.role(device.id) ?? 'reader',
      mode: config.mode,
      conflicts: config.conflicts,
      members: membership.current.members.length,
    };
  }

  async devices(): Promise<readonly PeerInfo[]> {
    return Promise.resolve(listDevices([...this.#folders.values()], this.#device.id, this.#peers));
  }

  async status(folder?: string): Promise<Status> {
    return Promise.resolve({
      schema: LOCAL_API_SCHEMA,
      device: this.device(),
      folders: this.#care.select(folder).map((each) => each.status()),
    });
  }

  add(request: AddRequest): Promise<FolderInfo> {
    return this.#change(async () => {
      const path = checkRoot(this.#environment, request.path, this.#paths());
      const options = chooseOptions(request, nameOfPath(path), this.#paths());
      const genesis = makeGenesis(this.#environment, this.#device, options.name, path);
      return this.#setUp(path, options, [genesis]);
    });
  }

  async #setUp(path: string, options: FolderOptions, records: Parameters<typeof setUpFolder>[4]): Promise<FolderInfo> {
    const number = Math.max(0, ...this.#folders.keys()) + 1;
    const config = await setUpFolder(this.#environment, number, path, options, records);
    const folder = await this.#open(config);
    this.#events.emit('folder-added', { folder: config.name, path });
    this.#peers.refreshAll();
    return this.#info(folder);
  }

  #paths(): readonly { readonly name: string; readonly path: string }[] {
    return [...this.#folders.values()].map(({ context }) => ({ name: context.config.name, path: context.config.path }));
  }

  join(request: JoinRequest): Promise<FolderInfo> {
    return this.#change(async () => {
      const { clock, random } = this.#environment;
      const configs = [...this.#folders.values()].map(({ context }) => context.config);
      const ticket = checkTicket(request.ticket, clock.now(), this.#device.id, configs);
      const options = chooseOptions(request, ticket.folderName, this.#paths());
      const path = checkRoot(this.#environment, request.path, this.#paths(), true);
      const joining = new Joining(ticket, this.#device, clock, random);
      this.#joining.set(ticket.inviter, joining);
      try {
        const session = await this.#peers.reach(ticket.inviter, ticket.addresses, REACH_MS).catch((error: unknown) => {
          throw explainUnreached(error);
        });
        const joined = await joining.run(session);
        for (const { device, addresses } of joined.addresses) this.#book.learn(device, addresses, false);
        this.#book.learn(ticket.inviter, ticket.addresses, false);
        return await this.#setUp(path, options, joined.records);
      } finally {
        this.#joining.delete(ticket.inviter);
      }
    });
  }

  remove(request: RemoveRequest): Promise<FolderInfo> {
    return this.#change(async () => {
      const folder = findFolder([...this.#folders.values()], request.folder);
      const info = this.#info(folder);
      const { number, path, name } = folder.context.config;
      for (const device of folder.gossip.devices()) {
        this.#peers.session(device)?.send({ kind: 'folder-close', folder: folder.context.config.folder });
      }
      this.#folders.delete(number);
      await folder.stop();
      await folder.context.documents.forget();
      await dropFolder(this.#environment.store, number);
      if (!request.keepState) await this.#forgetRoot(folder);
      this.#events.emit('folder-removed', { folder: name, path });
      this.#peers.refreshAll();
      return info;
    });
  }

  /** Takes sheaf's own directory out of the root, with the trash in it. The user's files stay. */
  async #forgetRoot({ context }: Folder): Promise<void> {
    try {
      await onDisk(this.#environment.disk, { kind: 'forget', root: context.root });
    } catch (error) {
      // The root may be gone for good; the folder is no longer ours either way.
      this.#environment.logger.warn('.sheaf could not be removed', { path: context.root.path, error: String(error) });
    }
  }

  async invite(request: InviteRequest): Promise<Invite> {
    const { context } = findFolder([...this.#folders.values()], request.folder);
    const { role, expiresMs } = checkInvite(request);
    const { ticket, expires } = await this.#peers.invites.make(context, role, expiresMs);
    return { ticket, folder: context.config.name, role, expires: isoTime(expires) };
  }

  async wait(request: WaitRequest, cancelled: AbortSignal): Promise<WaitResult> {
    const folders = this.#care.select(request.folder);
    const peer = request.peer === undefined ? undefined : findDevice([...this.#folders.values()], request.peer);
    const waitFor = {
      ...(peer === undefined ? {} : { peer }),
      ...(request.copies === undefined ? {} : { copies: request.copies }),
    };
    const now = (folder: Folder): Folder => this.#folders.get(folder.context.config.number) ?? folder;
    return waitForSync(folders, now, waitFor, request.timeoutMs, cancelled);
  }

  readonly scan: LocalApi['scan'] = (request) => this.#care.scan(request);
  readonly pending: LocalApi['pending'] = (folder) => this.#care.pending(folder);
  readonly approve: LocalApi['approve'] = ({ id }) => this.#care.decide(id, 'go');
  readonly reject: LocalApi['reject'] = ({ id }) => this.#care.decide(id, 'undo');
  readonly conflicts: LocalApi['conflicts'] = (request) => this.#care.conflicts(request);
  readonly resolve: LocalApi['resolve'] = (request) => this.#care.resolve(request);
  readonly verify: LocalApi['verify'] = (request) => this.#care.verify(request);
  readonly why: LocalApi['why'] = ({ path }) => this.#care.why(path);
  readonly log: LocalApi['log'] = (request) => this.#care.log(request);

  subscribe(listener: (event: ApiEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  /** Adding, joining and removing folders, one at a time. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#changing.then(work, work);
    this.#changing = mine.catch(() => undefined);
    return mine;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#recovery.stop();
    this.#peers.dialling.stop();
    await this.#environment.network.stop();
    for (const folder of this.#folders.values()) await folder.stop();
    await Promise.all([this.#environment.disk.close(), this.#environment.merge.close()]);
    await this.#environment.store.close();
  }
}
