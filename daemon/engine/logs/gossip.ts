import { feedIdOf } from '../../../protocol/device-id.ts';
import { type FrontierItem, sameFrontier } from '../../../protocol/frontier.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { DeviceAddresses, FolderMessage, SyncState, WantChunks } from '../../../protocol/message-types.ts';
import type { FeedHead } from '../../store/feeds.ts';
import type { FolderContext } from '../context.ts';
import type { Session } from '../peers/session.ts';
import { ProbeQueue } from '../scan/probe-queue.ts';
import { Probes } from '../scan/probes.ts';
import type { ChunkSource } from '../transfer/chunk-source.ts';
import { AppliedNews } from './applied-news.ts';
import { entriesHeard } from './hear-first.ts';
import { lackingFrom } from './lacking.ts';
import { PeerLogs } from './peer-logs.ts';
import type { Receiver } from './receive.ts';
import { Records } from './records.ts';

/** New entries up to this size are sent at once to members that have all before them; larger ones are announced. */
const PUSH_BYTES = 512 * 1024;
/** Bytes of log asked for at a time. */
const WANT_BYTES = 1024 * 1024;
/** Entries of one message stay below a frame. */
const ENTRIES_BYTES = 1024 * 1024;
/** A member that was asked for entries and did not bring them in this time is not relied on: others are asked too. */
const ANSWER_MS = 20_000;

/** What a member told us about itself and this folder. */
interface Peer {
  readonly session: Session;
  readonly logs: PeerLogs;
  readonly probes: ProbeQueue;
  state: SyncState | undefined;
}

/** What the rest of the folder does for its members. */
export interface GossipHooks {
  /** Scans, publishes, applies, as far as that goes within a moment. */
  flush(): Promise<void>;
  state(): SyncState;
  addresses(): readonly DeviceAddresses[];
  learn(addresses: readonly DeviceAddresses[]): void;
  onPeers(): void;
  onMembership(): void;
}

/** One folder's talk with its connected members: who has which logs, and passing on what they lack. */
export class Gossip {
  readonly #context: FolderContext;
  readonly #receiver: Receiver;
  readonly #hooks: GossipHooks;
  readonly records: Records;
  readonly #peers = new Map<DeviceId, Peer>();
  readonly #probes: Probes;
  readonly #news: AppliedNews;

  constructor(context: FolderContext, receiver: Receiver, hooks: GossipHooks) {
    this.#context = context;
    this.#receiver = receiver;
    receiver.pause.onOver = () => this.#askEverybody();
    this.#hooks = hooks;
    this.#probes = new Probes(context.clock);
    this.#news = new AppliedNews(context.clock, hooks.state, (state) => {
      for (const { session } of this.#peers.values()) {
        session.send({ kind: 'applied', folder: context.config.folder, ...state });
      }
    });
    this.records = new Records(context, () => {
      hooks.onMembership();
      this.reopen();
    });
  }

  /** A member said hello; its last message may be heard when it is gone already. */
  open(session: Session): void {
    if (session.closed || this.#peers.has(session.device)) return;
    this.#peers.set(session.device, { session, logs: new PeerLogs(), probes: new ProbeQueue(), state: undefined });
    this.#sendOpen(session);
    void this.records.shareKeys();
    this.#news.soon(true);
    this.#hooks.onPeers();
  }

  close(session: Session): void {
    const peer = this.#peers.get(session.device);
    if (peer === undefined || peer.session !== session) return;
    this.#peers.delete(session.device);
    peer.logs.close();
    this.records.forget(session.device);
    this.#receiver.forget(session.device);
    this.#hooks.onPeers();
    // What it was asked for may be had from another.
    this.#askEverybody();
  }

  has(session: Session): boolean {
    return this.#peers.get(session.device)?.session === session;
  }

  devices(): readonly DeviceId[] {
    return [...this.#peers.keys()];
  }

  /** The last thing a connected member said about how far it is. */
  stateOf(device: DeviceId): SyncState | undefined {
    return this.#peers.get(device)?.state;
  }

  /** True when all that connected members have is here; undefined while none has said what it has. */
  get caughtUp(): boolean | undefined {
    const said = [...this.#peers.values()].filter(({ state, logs }) => state !== undefined || logs.claims().length > 0);
    if (said.length === 0) return undefined;
    return said.every(({ logs }) => lackingFrom(this.#context, this.#receiver, logs).next().done === true);
  }

  sources(): readonly ChunkSource[] {
    const { folder } = this.#context.config;
    return [...this.#peers.values()].map(({ session }) => ({
      device: session.device,
      request: (epoch, items, onAnswers, withdrawn) => session.requestFrom(folder, epoch, items, onAnswers, withdrawn),
    }));
  }

  #sendOpen(session: Session): void {
    const { feeds, membership, config } = this.#context;
    session.send({
      kind: 'folder-open',
      folder: config.folder,
      membershipHeads: membership.current.heads,
      frontier: feeds.frontier(),
      addresses: this.#hooks.addresses(),
    });
  }

  /** Membership changed: everybody compares heads again. */
  reopen(): void {
    for (const { session } of this.#peers.values()) this.#sendOpen(session);
  }

  async handle(session: Session, message: Exclude<FolderMessage, WantChunks>): Promise<void> {
    const peer = this.#peers.get(session.device);
    if (peer === undefined || peer.session !== session) return;
    // biome-ignore lint/nursery/useExhaustiveSwitchCases: chunk requests are taken out of the type; the session answers them
    switch (message.kind) {
      case 'folder-open':
        this.#hooks.learn(message.addresses);
        this.records.heard(session, message.membershipHeads);
        // Our own opening may have come before the peer had the folder.
        if (!sameFrontier(message.frontier, this.#context.feeds.frontier())) {
          session.send({ kind: 'frontier', folder: message.folder, items: this.#context.feeds.frontier() });
        }
        this.#news.soon(true);
        return this.#learnFrontier(peer, message.frontier);
      case 'folder-close':
        return this.close(session);
      case 'want-records':
        return this.records.send(session, message.have);
      case 'records':
        return this.#takeRecords(message.records);
      case 'frontier':
        return this.#learnFrontier(peer, message.items);
      case 'entries':
        return this.#takeEntries(peer, message.entries);
      case 'want-entries':
        return this.#sendEntries(peer, message.device, message.instance, message.from, message.limitBytes);
      case 'sync-probe':
        // Not awaited: the scan it starts must not keep the peer's next messages waiting.
        void peer.probes.add(message.nonce, (nonces) => this.#answerProbes(session, nonces));
        return;
      case 'sync-report':
        this.#learnState(peer, message);
        this.#probes.answered(session.device, message.nonce, message);
        return;
      case 'applied':
        return this.#learnState(peer, message);
    }
  }

  #learnState(peer: Peer, state: SyncState): void {
    peer.state = { frontier: state.frontier, settled: state.settled, pending: state.pending };
    this.#learnFrontier(peer, state.frontier);
    this.#hooks.onPeers();
  }

  #learnFrontier(peer: Peer, items: readonly FrontierItem[]): void {
    const { folder } = this.#context.config;
    for (const item of items) peer.logs.learn(feedIdOf(item.device, folder, item.instance), item);
    this.#askForMissing(peer);
  }

  /** The one that just spoke first: it is there. */
  #askEverybody(first?: Peer): void {
    if (first !== undefined && this.#peers.get(first.session.device) === first) this.#askForMissing(first);
    for (const peer of this.#peers.values()) if (peer !== first) this.#askForMissing(peer);
  }

  /** Asks a peer for what it has and we lack, unless another is already sending that. */
  #askForMissing(peer: Peer): void {
    const { config, clock } = this.#context;
    for (const { feed, claim, have } of lackingFrom(this.#context, this.#receiver, peer.logs)) {
      if (!peer.logs.mayAsk(feed)) continue;
      if ([...this.#peers.values()].some((other) => other.logs.isBringing(feed))) continue;
      const overdue = clock.after(ANSWER_MS, () => {
        peer.logs.doubt(feed);
        this.#askEverybody();
      });
      peer.logs.ask(feed, overdue);
      peer.session.send({
        kind: 'want-entries',
        folder: config.folder,
        device: claim.device,
        instance: claim.instance,
        from: have + 1,
        limitBytes: WANT_BYTES,
      });
    }
  }

  async #sendEntries(
    peer: Peer,
    device: DeviceId,
    instance: FrontierItem['instance'],
    from: number,
    limitBytes: number,
  ): Promise<void> {
    const { feeds, config } = this.#context;
    const feed = feedIdOf(device, config.folder, instance);
    const entries = await feeds.read(feed, from, Math.min(limitBytes, ENTRIES_BYTES));
    peer.session.send({ kind: 'entries', folder: config.folder, entries });
    const sequence = from + entries.length - 1;
    if (entries.length > 0) peer.logs.raise(feed, { device, instance, sequence });
  }

  async #takeEntries(peer: Peer, entries: readonly Uint8Array[]): Promise<void> {
    const before = entriesHeard(this.#context.feeds);
    const brought = await this.#receiver.receive(entries, peer.session.device);
    for (const feed of brought) peer.logs.answered(feed);
    if (brought.size === 0) peer.logs.broughtNothing();
    // Entries that wait for something else are not asked for in a circle.
    if (brought.size === 0 || entriesHeard(this.#context.feeds) > before) this.#askEverybody(peer);
  }

  async #takeRecords(records: readonly Uint8Array[]): Promise<void> {
    // Entries may have waited for their author's admission.
    if (await this.records.take(records)) await this.#receiver.again();
  }

  /** New entries are durable here: members that have all before them get them now, others hear of them. */
  spread(head: FeedHead, entries: readonly Uint8Array[]): void {
    const { config } = this.#context;
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    const first = head.sequence - entries.length + 1;
    const item = { device: head.device, instance: head.instance, sequence: head.sequence };
    for (const peer of this.#peers.values()) {
      const known = peer.logs.has(head.feed);
      if (known >= head.sequence) continue;
      if (known >= first - 1 && bytes <= PUSH_BYTES && !peer.session.backlogged) {
        peer.session.send({ kind: 'entries', folder: config.folder, entries: entries.slice(known - first + 1) });
        peer.logs.raise(head.feed, item);
      } else peer.session.send({ kind: 'frontier', folder: config.folder, items: [item] });
    }
    this.tellApplied();
  }

  /** Tells members how far this disk is, soon, and only when that is news. */
  tellApplied(): void {
    this.#news.soon();
  }

  /** Nothing of the folder is asked any more. */
  stop(): void {
    this.#news.stop();
  }

  /** Never rejects. */
  async #answerProbes(session: Session, nonces: readonly number[]): Promise<void> {
    const { config, logger } = this.#context;
    try {
      await this.#hooks.flush();
      const state = this.#hooks.state();
      for (const nonce of nonces) session.send({ kind: 'sync-report', folder: config.folder, nonce, ...state });
    } catch (error) {
      logger.warn('a probe could not be answered', { error: String(error) });
    }
  }

  /** Asks a member to look at its disk and say how far it is; undefined when it went away or took too long. */
  async probe(device: DeviceId, timeoutMs: number): Promise<SyncState | undefined> {
    const peer = this.#peers.get(device);
    if (peer === undefined) return undefined;
    const { folder } = this.#context.config;
    return this.#probes.ask(device, timeoutMs, (nonce) => peer.session.send({ kind: 'sync-probe', folder, nonce }));
  }
}
