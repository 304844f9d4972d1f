import type { Schedule } from '../schedule.ts';

/** What a lane needs to know of its wire. */
export interface LaneWire {
  readonly cut: boolean;
  transmitMs(bytes: number): number;
  latencyMs(): number;
}

/** Frames of one lane in one direction: first queued, then under way, in order. */
export class LaneQueue {
  readonly #schedule: Schedule;
  readonly #wire: LaneWire;
  readonly #label: string;
  readonly #isOpen: () => boolean;
  readonly #deliver: (frame: Uint8Array) => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #flight: Uint8Array[] = [];
  /** Frames under way whose time has come while the wire was cut. */
  #overdue = 0;
  #sending = false;
  #stopped = false;
  #waiting: { readonly below: number; readonly resolve: () => void }[] = [];

  constructor(
    schedule: Schedule,
    wire: LaneWire,
    label: string,
    isOpen: () => boolean,
    deliver: (frame: Uint8Array) => void,
  ) {
    this.#schedule = schedule;
    this.#wire = wire;
    this.#label = label;
    this.#isOpen = isOpen;
    this.#deliver = deliver;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  add(frame: Uint8Array): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    this.#pump();
  }

  /** Resolves when fewer than `below` bytes are queued; 0 waits for none at all. */
  drained(below: number): Promise<void> {
    if (this.#isLow(below)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ below, resolve }));
  }

  #isLow(below: number): boolean {
    return this.#stopped || this.#queuedBytes === 0 || this.#queuedBytes < below;
  }

  #pump(): void {
    const frame = this.#queue[0];
    if (this.#sending || frame === undefined || this.#stopped || this.#wire.cut) return;
    this.#sending = true;
    this.#schedule.after(this.#wire.transmitMs(frame.length), `${this.#label} sent`, () => {
      this.#sending = false;
      if (this.#stopped || !this.#isOpen()) return;
      this.#queue.shift();
      this.#queuedBytes -= frame.length;
      this.#flight.push(frame);
      this.#schedule.after(this.#wire.latencyMs(), `${this.#label} arrives`, () => this.#arrive());
      this.#wake();
      this.#pump();
    });
  }

  /** One frame's time has come: the oldest arrives, so that a lane keeps its order. */
  #arrive(): void {
    if (this.#wire.cut) {
      this.#overdue += 1;
      return;
    }
    const frame = this.#flight.shift();
    if (frame !== undefined) this.#deliver(frame);
  }

  resume(): void {
    for (; this.#overdue > 0; this.#overdue -= 1) {
      this.#schedule.after(this.#wire.latencyMs(), `${this.#label} arrives late`, () => this.#arrive());
    }
    this.#pump();
  }

  /** Takes what has not arrived, to be sent as last words. */
  flush(): readonly Uint8Array[] {
    const left = [...this.#flight, ...this.#queue];
    this.#flight = [];
    return left;
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#wake();
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ below }) => this.#isLow(below));
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { resolve } of ready) resolve();
  }
}
