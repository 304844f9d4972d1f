import { wantedPlacement } from '../../daemon/core/entry.ts';
import type { Digest } from '../../protocol/ids.ts';
import { derivedAnew, derivedAsKept, entriesIn, unreachable } from './index-recount.ts';
import { type Bytes, ModelDevice, type ModelLogEntry } from './model-device.ts';

/** Rounds of everybody scanning, hearing everything and applying, within which a world must be quiet. */
const QUIET_WITHIN_ROUNDS = 12;

/** Devices that exchange logs in causal order, what their users did, and what must be true of it. */
export class ModelWorld {
  readonly devices: readonly ModelDevice[];
  /** Every content that a user ever put into a file. */
  readonly written: string[] = [];
  /** Contents that a user replaced or deleted while looking at them: by their bytes, wherever they stood. */
  readonly overwritten = new Set<string>();
  readonly #clocks: bigint[];
  #tick = 0n;

  /** @param skews how far each device's clock is off; one device for each, the last ones readers */
  constructor(skews: readonly number[], readers = 0) {
    const bytes: Bytes = new Map();
    const count = skews.length;
    this.devices = skews.map((_, number) => new ModelDevice(number, count, bytes, number < count - readers));
    this.#clocks = skews.map((skew) => BigInt(skew));
  }

  device(number: number): ModelDevice {
    const device = this.devices[number];
    if (device === undefined) throw new Error(`no device ${number}`);
    return device;
  }

  /** Creates or replaces a file, as most editors do: a new file renamed over the old one. */
  write(number: number, path: string, bytes: string, mtimeNs = this.#now(number), executable = false): void {
    const { disk } = this.device(number);
    if (!this.written.includes(bytes)) this.written.push(bytes);
    const old = disk.node(path);
    if (old !== undefined && old.bytes !== bytes) this.#forget(number, path);
    disk.put(path, disk.fileNode(bytes, mtimeNs, executable));
  }

  /** Changes a file in place, or only its mode or time. */
  edit(number: number, path: string, bytes: string, executable?: boolean): void {
    const { disk } = this.device(number);
    const node = disk.node(path);
    if (node === undefined) throw new Error(`nothing at ${path}`);
    if (node.bytes !== bytes) this.#forget(number, path);
    if (!this.written.includes(bytes)) this.written.push(bytes);
    node.bytes = bytes;
    node.mtimeNs = this.#now(number);
    node.executable = executable ?? node.executable;
    disk.touch(node);
  }

  makeDirectory(number: number, path: string): void {
    const { disk } = this.device(number);
    disk.put(path, disk.directoryNode());
  }

  remove(number: number, path: string): void {
    this.#forget(number, path);
    this.device(number).disk.remove(path);
  }

  /** Renames or moves; what stood at the target is overwritten. */
  move(number: number, from: string, to: string): void {
    if (from === to) return;
    this.#forget(number, to);
    this.device(number).disk.move(from, to);
  }

  swap(number: number, a: string, b: string): void {
    const { disk } = this.device(number);
    const first = disk.node(a);
    disk.move(b, a);
    if (first === undefined) return;
    disk.touch(first);
    disk.put(b, first);
  }

  #forget(number: number, path: string): void {
    for (const bytes of this.device(number).disk.bytesBelow(path)) this.overwritten.add(bytes);
  }

  /** Never the same twice: an edit that keeps size and time, and is renamed, looks like a rename to any scan. */
  #now(number: number): bigint {
    this.#tick += 1n;
    return (this.#tick + (this.#clocks[number] ?? 0n)) * 100n + BigInt(number);
  }

  /** Up to `count` entries, of whichever logs have what the device may merge now. Returns how many it was. */
  async deliver(to: number, from: readonly number[], count = Number.POSITIVE_INFINITY): Promise<number> {
    const device = this.device(to);
    const reached = [...device.have];
    const batch: ModelLogEntry[] = [];
    for (let found = true; found && batch.length < count; ) {
      found = false;
      for (const author of from) {
        const next = this.device(author).log[reached[author] ?? 0];
        if (author === to || next === undefined || batch.length >= count) continue;
        if (next.seen.some((sequence, feed) => feed !== author && sequence > (reached[feed] ?? 0))) continue;
        batch.push(next);
        reached[author] = (reached[author] ?? 0) + 1;
        found = true;
      }
    }
    if (batch.length > 0) await device.receive(batch);
    return batch.length;
  }

  async apply(number: number, available?: (digest: Digest) => boolean): Promise<void> {
    // What a plan expects to stand on disk is what stood there at the last look.
    await this.device(number).scan();
    await this.device(number).apply(available);
  }

  /** Everybody scans, hears everything and applies. Returns how many log entries that made. */
  async round(): Promise<number> {
    const before = this.#entries();
    const all = this.devices.map((_, number) => number);
    for (const number of all) await this.device(number).scan();
    for (let progress = 1; progress > 0; ) {
      progress = 0;
      for (const number of all) progress += await this.deliver(number, all);
    }
    for (const number of all) await this.apply(number);
    return this.#entries() - before;
  }

  /** Rounds until nobody has anything more to say. */
  async settle(): Promise<void> {
    for (let round = 0; round < QUIET_WITHIN_ROUNDS; round++) if ((await this.round()) === 0) return;
    throw new Error(`still writing after ${QUIET_WITHIN_ROUNDS} rounds`);
  }

  /** What is wrong with a settled world; nothing is. */
  async faults(): Promise<readonly string[]> {
    const faults: string[] = [];
    const trees = await Promise.all(this.devices.map((device) => wantedTree(device)));
    for (const [number, device] of this.devices.entries()) {
      const disk = device.disk.describe();
      const first = this.device(0).disk.describe();
      if (!same(disk, first))
        faults.push(`disk ${number} is not as disk 0:\n${disk.join('\n')}\nbut:\n${first.join('\n')}`);
      if (!same(trees[number], trees[0])) faults.push(`device ${number} wants another tree than device 0`);
      const lost = await unreachable(device.index);
      if (lost.length > 0) faults.push(`device ${number} can not reach ${lost.join(' ')}`);
      const kept = await derivedAsKept(device.index);
      if (kept.dirty.length > 0) faults.push(`device ${number} is not done with ${kept.dirty.join(' ')}`);
      if (!same(kept, await derivedAnew(device.index))) faults.push(`the index of device ${number} has miscounted`);
    }
    const present = new Set(this.device(0).disk.bytesBelow(''));
    // A collapse deletes one of two equal files, and whoever changes the other meanwhile does not know: these bytes
    // may go, as bytes that two devices wrote into one file, of which one then wrote others.
    for (const { collapsed } of this.devices) for (const bytes of collapsed) present.add(bytes);
    for (const bytes of this.written) {
      if (!present.has(bytes) && !this.overwritten.has(bytes)) faults.push(`"${bytes}" is lost`);
    }
    return faults;
  }

  #entries(): number {
    return this.devices.reduce((sum, { log }) => sum + log.length, 0);
  }
}

/** What the registers want, by entry. */
async function wantedTree(device: ModelDevice): Promise<readonly unknown[]> {
  return (await entriesIn(device.index)).flatMap((entry) => {
    const place = wantedPlacement(entry);
    return place === undefined ? [] : [{ id: entry.id, ...place, content: entry.remote?.content }];
  });
}

function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : sorted(part)));
}

function sorted(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
