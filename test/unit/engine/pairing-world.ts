import type { FolderContext } from '../../../daemon/engine/context.ts';
import type { Device } from '../../../daemon/engine/device.ts';
import type { DiskJob, DiskResult } from '../../../daemon/engine/disk/jobs.ts';
import type { Environment } from '../../../daemon/engine/environment.ts';
import { makeGenesis, openFolder, setUpFolder } from '../../../daemon/engine/folder-setup.ts';
import { Invites } from '../../../daemon/engine/members/invites.ts';
import { type Joined, Joining } from '../../../daemon/engine/members/joining.ts';
import type { PairChannel } from '../../../daemon/engine/members/pair-channel.ts';
import { concat, utf8 } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/crypto.ts';
import type { DeviceId, InstanceId } from '../../../protocol/ids.ts';
import type { DecodedRecord } from '../../../protocol/membership-record.ts';
import type { Message, PairMessage, Reject } from '../../../protocol/message-types.ts';
import { decodeTicket, type Ticket } from '../../../protocol/ticket.ts';
import { createMemoryStore } from '../../simulator/memory-store.ts';
import { type Actor, actorOf, rolesIn, seedOf, viewOf } from '../../support/membership-world.ts';

/** Time stands still but for `pass`. */
export class TestClock {
  #nowMs = 1_760_000_000_000;
  readonly #timers = new Set<{ readonly dueMs: number; readonly call: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): { cancel(): void } {
    const timer = { dueMs: this.#nowMs + delayMs, call };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  get pending(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.call();
    }
  }
}

const nothing = (): void => undefined;
const unused = (): never => {
  throw new Error('not part of this world');
};

function environmentOf(name: string, clock: TestClock): Environment {
  let drawn = 0;
  const random = (count: number): Uint8Array => {
    drawn += 1;
    return new Uint8Array(sha256(concat(seedOf(name), utf8(`${drawn}`)))).subarray(0, count);
  };
  return {
    store: createMemoryStore(),
    network: { start: unused, addresses: () => [`/dns4/${name}.example/tcp/4001`], connect: unused, stop: unused },
    disk: {
      async run(job: DiskJob): Promise<DiskResult> {
        if (job.kind !== 'prepare') return unused();
        return { kind: 'prepare', device: 1n, inode: 1n, marker: job.marker, parked: [], staged: [], names: undefined };
      },
      close: async () => undefined,
    },
    merge: { run: unused, close: async () => undefined },
    watcher: { watch: unused },
    clock,
    random: { bytes: random },
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    realPath: unused,
    pathKind: unused,
    makeDirectory: unused,
    segmentBytes: 1024 * 1024,
    countEntries: () => 0,
    version: { version: '0', node: '0' },
  };
}

/** A daemon's pairing and membership, with nothing around it. */
export class Party {
  readonly actor: Actor;
  readonly device: Device;
  readonly environment: Environment;
  readonly contexts: FolderContext[] = [];
  readonly invites: Invites;
  /** What the local API would tell: 'kind' or 'kind code'. */
  readonly events: string[] = [];
  /** Folders whose members would hear of new records, once for each time. */
  readonly recorded: string[] = [];

  constructor(name: string, clock: TestClock) {
    this.actor = actorOf(name);
    this.environment = environmentOf(name, clock);
    const { device: id, key: signingKey, box } = this.actor;
    this.device = { id, name, signingKey, box, instance: '00'.repeat(16) as InstanceId };
    this.invites = new Invites({
      contexts: () => this.contexts,
      addresses: this.environment.network.addresses,
      addressesOf: (devices) => devices.map((device) => ({ device, addresses: [] })),
      recorded: ({ config }) => this.recorded.push(config.name),
    });
  }

  get id(): DeviceId {
    return this.device.id;
  }

  share(name: string): Promise<FolderContext> {
    return this.setUp(name, [makeGenesis(this.environment, this.device, name, `/${name}`)]);
  }

  /** As after joining, or after a start. */
  async setUp(name: string, records: readonly DecodedRecord[]): Promise<FolderContext> {
    const options = { name, mode: 'two-way', conflicts: 'copy' } as const;
    const number = this.contexts.length + 1;
    const config = await setUpFolder(this.environment, number, `/${name}`, options, records);
    const context = await openFolder(this.environment, this.device, config, (kind, { detail }) =>
      this.events.push([kind, detail?.['code']].filter((part) => part !== undefined).join(' ')),
    );
    this.contexts.push(context);
    return context;
  }

  async ticket(context: FolderContext, role: 'reader' | 'writer' | 'admin' = 'writer'): Promise<Ticket> {
    return decodeTicket((await this.invites.make(context, role, 600_000)).ticket);
  }
}

/** Both ends of a link between two parties, on which only pairing is spoken. What a filter returns arrives. */
export class PairLink {
  readonly joining: Joining;
  /** All that was sent, in order. */
  readonly sent: Message[] = [];
  /** The joiner, as the inviter sees it. */
  readonly joiner: PairChannel;
  readonly #inviter: PairChannel;

  constructor(
    from: Party,
    to: Party,
    ticket: Ticket,
    filter: (message: PairMessage | Reject) => PairMessage | Reject | undefined = (message) => message,
  ) {
    const { clock, random } = from.environment;
    this.joining = new Joining(ticket, from.device, clock, random);
    const through = (message: PairMessage | Reject): PairMessage | Reject | undefined => {
      this.sent.push(message);
      return filter(message);
    };
    this.joiner = {
      device: from.id,
      send: (message) => {
        const arrived = through(message);
        if (arrived?.kind === 'reject') this.joining.onReject(arrived);
        else if (arrived !== undefined) this.joining.onPair(this.#inviter, arrived);
      },
    };
    this.#inviter = {
      device: to.id,
      send: (message) => {
        const arrived = through(message);
        if (arrived !== undefined && arrived.kind !== 'reject') void to.invites.onPair(this.joiner, arrived);
      },
    };
  }

  run(): Promise<Joined> {
    return this.joining.run(this.#inviter);
  }

  get kinds(): readonly string[] {
    return this.sent.map((message) => (message.kind === 'pair-refuse' ? message.code : message.kind));
  }
}

/** Name and role of each member, by name. */
export function rolesOf({ membership }: FolderContext): readonly string[] {
  return rolesIn(viewOf(membership.current.accepted));
}

/** What a promise rejects with. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await promise.then(
    () => new Error('did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && 'code' in error) return { code: String(error.code), message: error.message };
  throw error;
}
