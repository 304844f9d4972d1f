import { FRAME_LIMIT_BYTES, type Lane, type Link, type LinkHandler } from '../../../daemon/effects/network.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Life } from '../life.ts';
import { LaneQueue } from './lane-queue.ts';

/** A frame's length before it, and a heading now and then. */
const FRAME_OVERHEAD_BYTES = 4;
/** What a dead connection takes to be noticed when nothing comes any more, as the real links do. */
const SILENCE_MS = [30_000, 60_000] as const;

/** How a wire is, now. */
export interface WireConditions {
  /** One way, at least and at most. */
  readonly latencyMs: readonly [number, number];
  readonly bytesPerMs: number;
}

const REMOTE_CLOSED = 'the other side closed the link';

/** One end of a link: what this side sends, and who hears what arrives. */
export class WireEnd implements Link {
  readonly device: DeviceId;
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly #life: Life;
  readonly #wire: Wire;
  readonly #lanes: Readonly<Record<Lane, LaneQueue>>;
  #handler: LinkHandler | undefined;
  closed: string | undefined;
  sentBytes = 0;
  receivedBytes = 0;

  constructor(
    wire: Wire,
    life: Life,
    about: { readonly device: DeviceId; readonly inbound: boolean; readonly remoteAddress: string },
  ) {
    this.#wire = wire;
    this.#life = life;
    this.device = about.device;
    this.inbound = about.inbound;
    this.remoteAddress = about.remoteAddress;
    const lane = (name: Lane): LaneQueue =>
      new LaneQueue(
        life.schedule,
        wire,
        `${life.name} → ${name}`,
        () => this.closed === undefined && !this.#life.ended,
        (frame) => wire.other(this).arrive(name, frame),
      );
    this.#lanes = { control: lane('control'), bulk: lane('bulk') };
  }

  get life(): Life {
    return this.#life;
  }

  /** Begins to deliver what arrives. */
  open(handler: LinkHandler): void {
    this.#handler = handler;
    if (this.closed !== undefined) handler.onClosed(this.closed);
  }

  send(lane: Lane, ...parts: readonly Uint8Array[]): void {
    if (this.closed !== undefined) return;
    const frame = joined(parts);
    if (frame.length > FRAME_LIMIT_BYTES) return this.close('a frame was too long');
    this.sentBytes += frame.length + FRAME_OVERHEAD_BYTES;
    this.#lanes[lane].add(frame);
  }

  queuedBytes(lane: Lane): number {
    return this.#lanes[lane].queuedBytes;
  }

  drained(lane: Lane, belowBytes: number): Promise<void> {
    return this.#lanes[lane].drained(belowBytes);
  }

  arrive(lane: Lane, frame: Uint8Array): void {
    if (this.closed !== undefined || this.#life.ended) return;
    this.receivedBytes += frame.length + FRAME_OVERHEAD_BYTES;
    try {
      this.#handler?.onFrame(lane, frame);
    } catch {
      this.lose('this side failed to handle a frame');
    }
  }

  /** What waits on the control lane still leaves; bulk is dropped. */
  close(reason: string): void {
    if (this.closed !== undefined) return;
    const last = this.#lanes.control.flush();
    this.#finish(reason);
    this.#wire.farewell(this, last);
  }

  /** The connection failed: nothing more leaves, and the other side finds out in its own time. */
  lose(reason: string): void {
    if (this.closed !== undefined) return;
    this.#finish(reason);
    this.#wire.farewell(this, []);
  }

  /** As `lose`, without a word to the other side. */
  vanish(reason: string): void {
    if (this.closed === undefined) this.#finish(reason);
  }

  #finish(reason: string): void {
    this.closed = reason;
    this.#lanes.control.stop();
    this.#lanes.bulk.stop();
    this.#wire.ended(this);
    this.#life.now(() => this.#handler?.onClosed(reason));
  }

  /** The wire works again: what waited goes on. */
  resume(): void {
    this.#lanes.control.resume();
    this.#lanes.bulk.resume();
  }
}

interface Side {
  readonly life: Life;
  readonly device: DeviceId;
  readonly address: string;
}

/** A connection between two networks. */
export class Wire {
  readonly ends: readonly [WireEnd, WireEnd];
  readonly #conditions: () => WireConditions;
  readonly #isCut: () => boolean;
  readonly #onEnded: (end: WireEnd) => void;

  /** @param onEnded called once for each end */
  constructor(
    dialler: Side,
    listener: Side,
    about: {
      readonly conditions: () => WireConditions;
      readonly isCut: () => boolean;
      readonly onEnded: (end: WireEnd) => void;
    },
  ) {
    this.#conditions = about.conditions;
    this.#isCut = about.isCut;
    this.#onEnded = about.onEnded;
    this.ends = [
      new WireEnd(this, dialler.life, { device: listener.device, inbound: false, remoteAddress: listener.address }),
      new WireEnd(this, listener.life, { device: dialler.device, inbound: true, remoteAddress: dialler.address }),
    ];
  }

  other(end: WireEnd): WireEnd {
    return end === this.ends[0] ? this.ends[1] : this.ends[0];
  }

  get cut(): boolean {
    return this.#isCut();
  }

  transmitMs(bytes: number): number {
    return bytes / this.#conditions().bytesPerMs;
  }

  latencyMs(): number {
    const [low, high] = this.#conditions().latencyMs;
    return this.ends[0].life.schedule.dice.delay(low, high);
  }

  ended(end: WireEnd): void {
    this.#onEnded(end);
  }

  /** The last words of an end that closed, and then its absence. Nothing gets through while the wire is cut. */
  farewell(end: WireEnd, last: readonly Uint8Array[]): void {
    const other = this.other(end);
    if (other.closed !== undefined || this.cut) return;
    end.life.schedule.after(this.latencyMs(), `${end.life.name} link ends`, () => {
      if (this.cut) return this.fallSilent(other);
      for (const frame of last) other.arrive('control', frame);
      other.lose(REMOTE_CLOSED);
    });
  }

  /** An end hears nothing any more, and gives up after a while unless the wire comes back before. */
  fallSilent(end: WireEnd): void {
    const { schedule } = end.life;
    const afterMs = schedule.dice.delay(...SILENCE_MS);
    schedule.after(afterMs, `${end.life.name} hears nothing`, () => {
      const deaf = this.cut || this.other(end).closed !== undefined || this.other(end).life.ended;
      if (deaf && !end.life.ended) end.lose('nothing heard for 45 seconds');
    });
  }

  resume(): void {
    for (const end of this.ends) end.resume();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const frame = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}
